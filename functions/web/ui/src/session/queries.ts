// Who is signed in and who is watching.
import { queryOptions } from '@tanstack/react-query';
import { api } from '../api/client.ts';
import type { Session } from '../api/types.ts';
import { isTransient } from '../queries.ts';

const REMEMBERED = 'marquee.session';

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => readSession(signal),
  staleTime: 5 * 60_000,
  retry: false,
});

/**
 * While the accounts can't be reached the pages go on with what they last knew: the edge still plays titles
 * then. This grants nothing, since every request is judged by its own cookie.
 */
async function readSession(signal: AbortSignal): Promise<Session> {
  try {
    const session = await api.session(signal);
    localStorage.setItem(REMEMBERED, JSON.stringify(session));
    return session;
  } catch (error) {
    const remembered = isTransient(error) ? localStorage.getItem(REMEMBERED) : null;
    if (remembered === null) throw error;
    return JSON.parse(remembered) as Session;
  }
}

export function forgetSession(): void {
  localStorage.removeItem(REMEMBERED);
}
