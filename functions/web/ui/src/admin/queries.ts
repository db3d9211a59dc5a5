// What the studio reads. A job that runs is watched closely, one at rest hardly.
import { queryOptions } from '@tanstack/react-query';
import { api } from '../api/client.ts';
import type { IngestStatus } from '../api/types.ts';
import { isRunning } from './jobs.ts';

const CLOSE_MS = 1_000;
const LIST_MS = 5_000;
const IDLE_MS = 15_000;

export const studioQuery = queryOptions({
  queryKey: ['studio', 'content'],
  queryFn: api.adminContent,
  staleTime: 0,
  refetchInterval: ({ state }) => (state.data?.some((item) => item.status === 'processing') ? LIST_MS : IDLE_MS),
});

export const ingestQuery = (contentId: string) =>
  queryOptions({
    queryKey: ['studio', 'ingest', contentId],
    queryFn: () => api.ingestStatus(contentId),
    staleTime: 0,
    refetchInterval: ({ state }) => (isWatchedClosely(state.data) ? CLOSE_MS : IDLE_MS),
  });

function isWatchedClosely(status: IngestStatus | undefined): boolean {
  return status?.job != null && isRunning(status.job.state);
}
