// Who's watching: one press takes a viewer to their own home.
import { useSuspenseQuery } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { ApiProblem } from '../api/problem.ts';
import type { Profile } from '../api/types.ts';
import { useSignOut } from '../session/AccountMenu.tsx';
import { safeReturnPath } from '../session/returnPath.ts';
import { LockIcon, PlusIcon } from '../shell/icons.tsx';
import { ProblemAlarm } from '../shell/Notice.tsx';
import { Wordmark } from '../shell/Wordmark.tsx';
import { AddProfileDialog } from './AddProfileDialog.tsx';
import { PinDialog } from './PinDialog.tsx';
import { MAX_PROFILES, profilesQuery, useSelectProfile } from './queries.ts';

export default function ProfilesPage() {
  const { next } = useSearch({ from: '/profiles' });
  const router = useRouter();
  const signOut = useSignOut();
  const { data: profiles } = useSuspenseQuery(profilesQuery);
  const [asksPin, setAsksPin] = useState<Profile | null>(null);
  const [adding, setAdding] = useState(false);

  const select = useSelectProfile(async () => {
    await router.invalidate();
    await router.navigate({ href: safeReturnPath(next), replace: true });
  });
  const choose = (profile: Profile) => {
    if (profile.hasPin) setAsksPin(profile);
    else select.mutate({ profileId: profile.id, pin: null });
  };
  const pinRefused = select.error instanceof ApiProblem && select.error.code.startsWith('pin_');

  return (
    <main id="main" className="gutter relative isolate flex min-h-svh flex-col items-center justify-center py-24">
      <title>Who’s watching? · Marquee</title>
      <div className="absolute inset-0 -z-10 bg-[radial-gradient(70rem_36rem_at_50%_-10rem,rgb(255_186_90/0.17),transparent_70%)]" />
      <Wordmark className="absolute top-8 h-6" />
      <h1 className="display animate-rise text-center text-4xl sm:text-6xl">Who’s watching?</h1>
      {select.error !== null && !pinRefused && (
        <div className="mt-8 max-w-md">
          <ProblemAlarm error={select.error} />
        </div>
      )}
      <ul className="mt-10 flex max-w-5xl flex-wrap justify-center gap-x-5 gap-y-8 sm:mt-14 sm:gap-x-10">
        {profiles.map((profile) => (
          <li key={profile.id} className="animate-rise">
            <Seat profile={profile} busy={select.isPending} onChoose={choose} />
          </li>
        ))}
        {profiles.length < MAX_PROFILES && (
          <li className="animate-rise">
            <button type="button" onClick={() => setAdding(true)} className="group flex w-32 flex-col items-center gap-4 rounded-3xl sm:w-40">
              <span className="flex aspect-square w-full items-center justify-center rounded-[28%] border-2 border-dashed border-seam text-faint transition group-hover:border-bulb group-hover:text-bulb">
                <PlusIcon className="size-10" />
              </span>
              <span className="text-lg text-dim transition-colors group-hover:text-cream">Add profile</span>
            </button>
          </li>
        )}
      </ul>
      <button type="button" onClick={() => signOut.mutate()} className="button button-glass button-small mt-16">
        Sign out
      </button>
      {asksPin !== null && (
        <PinDialog
          profile={asksPin}
          error={pinRefused ? select.error : null}
          busy={select.isPending}
          onPin={(pin) => select.mutate({ profileId: asksPin.id, pin })}
          onClose={() => {
            setAsksPin(null);
            select.reset();
          }}
        />
      )}
      {adding && <AddProfileDialog profiles={profiles} onClose={() => setAdding(false)} />}
    </main>
  );
}

interface SeatProps {
  profile: Profile;
  busy: boolean;
  onChoose: (profile: Profile) => void;
}

function Seat({ profile, busy, onChoose }: SeatProps) {
  return (
    <button
      type="button"
      disabled={busy}
      onClick={() => onChoose(profile)}
      className="group flex w-32 flex-col items-center gap-4 rounded-3xl sm:w-40"
    >
      <span className="relative aspect-square w-full rounded-[28%] ring-bulb ring-offset-4 ring-offset-ink transition duration-300 ease-screen group-hover:scale-105 group-hover:shadow-[0_0_60px_rgb(255_185_80/0.3)] group-hover:ring-3 group-focus-visible:scale-105">
        <img src={profile.avatarUrl} alt="" className="size-full rounded-[28%] object-cover" />
        {profile.hasPin && (
          <span className="absolute right-0 bottom-0 flex size-9 items-center justify-center rounded-full bg-ink/90 text-dim">
            <LockIcon className="size-4" />
          </span>
        )}
      </span>
      <span className="flex flex-col items-center gap-1">
        <span className="max-w-full truncate text-lg text-dim transition-colors group-hover:text-cream">{profile.name}</span>
        {profile.isKids && (
          <span className="eyebrow text-[0.65rem] text-bulb">
            For kids
          </span>
        )}
      </span>
    </button>
  );
}
