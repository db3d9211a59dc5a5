// Positions belong to whoever is watching: this keeps the outbox told who that is, on every page and in every tab.
import type { QueryClient } from '@tanstack/react-query';
import { sessionQuery } from '../session/queries.ts';
import { startProgressSync, stopProgressSync } from './index.ts';

let following = false;

/** Call once at the start of the app. Later calls do nothing. */
export function followSession(queryClient: QueryClient): void {
  if (following) return;
  following = true;
  let profileId: string | null = null;
  let stop: (() => void) | null = null;
  const follow = () => {
    const session = queryClient.getQueryData(sessionQuery.queryKey);
    // Not read yet, or forgotten for a moment while another profile takes the seat.
    if (session === undefined) return;
    const current = session.profile?.id ?? null;
    if (current === profileId) return;
    profileId = current;
    stop?.();
    stop = null;
    if (current === null) stopProgressSync();
    else stop = startProgressSync(current);
  };
  queryClient.getQueryCache().subscribe(({ query }) => {
    if (query.queryKey[0] === sessionQuery.queryKey[0]) follow();
  });
  follow();
}
