// The top of every page behind sign-in. Clear over the picture, solid once the page has scrolled.
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { AccountMenu } from '../session/AccountMenu.tsx';
import type { Session } from '../api/types.ts';
import { SearchIcon } from './icons.tsx';
import { Wordmark } from './Wordmark.tsx';

const LINK =
  'rounded-full px-4 py-2 text-[0.95rem] font-medium text-dim transition-colors hover:text-cream data-[status=active]:bg-cream/10 data-[status=active]:text-cream';

export function Header({ session }: { session: Session }) {
  const scrolled = useScrolled();
  return (
    <header
      data-scrolled={scrolled}
      className="fixed inset-x-0 top-0 z-40 transition-colors duration-300 before:pointer-events-none before:absolute before:inset-0 before:-z-10 before:h-28 before:bg-linear-to-b before:from-ink/85 before:to-transparent data-[scrolled=true]:bg-ink/88 data-[scrolled=true]:backdrop-blur-xl"
    >
      <div className="gutter flex h-16 items-center gap-3 sm:h-20 sm:gap-8">
        <Link to="/" aria-label="Marquee, home" className="rounded-md text-cream">
          <Wordmark className="h-[1.15rem] sm:h-[1.4rem]" />
        </Link>
        <nav aria-label="Main" className="ml-auto flex items-center gap-1 sm:ml-0">
          <Link to="/" activeOptions={{ exact: true }} className={`${LINK} hidden sm:block`}>
            Home
          </Link>
          <Link to="/search" aria-label="Search" className={`${LINK} flex items-center gap-2 max-sm:px-3`}>
            <SearchIcon className="size-[1.15rem]" />
            <span className="hidden sm:inline">Search</span>
          </Link>
          {session.user.role === 'admin' && (
            <Link to="/admin" className={`${LINK} hidden sm:block`}>
              Studio
            </Link>
          )}
        </nav>
        <div className="sm:ml-auto">
          <AccountMenu session={session} />
        </div>
      </div>
    </header>
  );
}

function useScrolled(): boolean {
  const [scrolled, setScrolled] = useState(false);
  useEffect(() => {
    const read = () => setScrolled(scrollY > 24);
    read();
    addEventListener('scroll', read, { passive: true });
    return () => removeEventListener('scroll', read);
  }, []);
  return scrolled;
}
