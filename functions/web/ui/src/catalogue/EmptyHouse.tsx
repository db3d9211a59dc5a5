// Home before the first film has been published.
import { Link } from '@tanstack/react-router';
import { UploadIcon } from '../shell/icons.tsx';

export function EmptyHouse({ isAdmin }: { isAdmin: boolean }) {
  return (
    <div className="gutter flex min-h-svh flex-col items-center justify-center bg-[radial-gradient(60rem_34rem_at_50%_0,rgb(255_186_90/0.14),transparent_70%)] py-32 text-center">
      <title>Marquee</title>
      <p className="eyebrow text-bulb">Doors open soon</p>
      <h1 className="display mt-4 max-w-3xl text-4xl sm:text-6xl">The first film is on its way</h1>
      <p className="mt-5 max-w-xl text-lg leading-relaxed text-dim">
        {isAdmin ? 'Upload a master in the studio. It shows up here as soon as it is published.' : 'Nothing is showing yet. Come back soon.'}
      </p>
      {isAdmin && (
        <Link to="/admin" className="button button-lit mt-9">
          <UploadIcon /> Open the studio
        </Link>
      )}
    </div>
  );
}
