// The frame of every page behind sign-in except the player: skip link, header, main, footer.
import { Outlet, useRouterState } from '@tanstack/react-router';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { usePlatformEvents } from '../events/usePlatformEvents.ts';
import { sessionQuery } from '../session/queries.ts';
import { Header } from './Header.tsx';
import { Wordmark } from './Wordmark.tsx';

export function AppLayout() {
  const { data: session } = useSuspenseQuery(sessionQuery);
  const main = useFocusAfterNavigation();
  usePlatformEvents(session.profile != null);
  return (
    <>
      <a
        href="#main"
        className="button button-lit fixed top-3 left-3 z-50 -translate-y-24 focus-visible:translate-y-0"
      >
        Skip to content
      </a>
      <Header session={session} />
      <main id="main" ref={main} tabIndex={-1} className="min-h-svh pb-24 outline-none">
        <Outlet />
      </main>
      <footer className="gutter flex flex-wrap items-center justify-between gap-4 border-t border-cream/8 py-10 text-sm text-faint">
        <Wordmark className="h-4 text-dim" />
        <p>Every film starts at once and waits where you left it.</p>
      </footer>
    </>
  );
}

/** After a navigation the keyboard and the screen reader start at the new page's content. */
function useFocusAfterNavigation() {
  const main = useRef<HTMLElement>(null);
  const pathname = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const previous = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (previous.current !== undefined && previous.current !== pathname) main.current?.focus({ preventScroll: true });
    previous.current = pathname;
  }, [pathname]);
  return main;
}
