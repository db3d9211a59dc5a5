// The one cache of server state, and the policy for failed reads.
import { QueryClient } from '@tanstack/react-query';
import { ApiProblem } from './api/problem.ts';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 60_000,
      gcTime: 30 * 60_000,
      retry: (failures, error) => failures < 2 && isTransient(error),
      refetchOnWindowFocus: false,
    },
  },
});

/** A refusal stays a refusal; only a missing or failing server is worth asking again. */
export function isTransient(error: unknown): boolean {
  return !(error instanceof ApiProblem) || error.status === 0 || error.status >= 500;
}
