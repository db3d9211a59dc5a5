// Sends the viewer to the right door when the session is over, or when it has no profile yet, from
// wherever a request found that out.
import type { QueryClient } from '@tanstack/react-query';
import type { AnyRouter } from '@tanstack/react-router';
import { onSessionLost } from '../api/fetch.ts';
import { ApiProblem } from '../api/problem.ts';
import { forgetSession } from './queries.ts';

const DOORS = new Set(['/signin', '/profiles']);

export function leaveWhenOver(router: AnyRouter, queryClient: QueryClient): void {
  const leaveTo = async (door: '/signin' | '/profiles') => {
    const { pathname, href } = router.state.location;
    if (pathname === '/signin' || pathname === door) return;
    forgetSession();
    await router.navigate({ to: door, search: DOORS.has(pathname) ? {} : { next: href } });
    queryClient.removeQueries();
  };
  onSessionLost(() => void leaveTo('/signin'));
  queryClient.getQueryCache().subscribe(({ query, type }) => {
    const error: unknown = query.state.error;
    if (type === 'updated' && error instanceof ApiProblem && error.code === 'profile_required') void leaveTo('/profiles');
  });
}
