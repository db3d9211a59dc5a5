// What the studio reads. A job that runs is watched closely, one at rest hardly.
import { queryOptions } from '@tanstack/react-query';
import { api } from '../api/client.ts';
import type { IngestStatus } from '../api/types.ts';
import { isRunning } from './jobs.ts';

export const STUDIO_PAGE_SIZE = 50;

const SERIES_SEARCHED = 100;
const CLOSE_MS = 1_000;
const TASKS_MS = 2_000;
const LIST_MS = 5_000;
const IDLE_MS = 15_000;

export const studioQuery = (page: number) =>
  queryOptions({
    queryKey: ['studio', 'content', 'page', page],
    queryFn: () => api.studioList(page, STUDIO_PAGE_SIZE),
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.items.some((item) => item.status === 'processing') ? LIST_MS : IDLE_MS),
  });

/** The series that an episode can belong to: viewers see a series only once one of its episodes is out. */
export const seriesQuery = queryOptions({
  queryKey: ['studio', 'series'],
  queryFn: async () => (await api.studioList(1, SERIES_SEARCHED)).items.filter((item) => item.contentType === 'series'),
});

export const studioContentQuery = (id: string) =>
  queryOptions({
    queryKey: ['studio', 'content', id],
    queryFn: () => api.studioContent(id),
    staleTime: 0,
  });

/** Both exist once a version is published; `version` makes a new one's read again. */
export const markersQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: ['studio', 'markers', id, version],
    queryFn: () => api.markers(id),
  });

export const artworkQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: ['studio', 'artwork', id, version],
    queryFn: () => api.artwork(id),
  });

export const ingestQuery = (contentId: string) =>
  queryOptions({
    queryKey: ['studio', 'ingest', contentId],
    queryFn: () => api.ingestStatus(contentId),
    staleTime: 0,
    refetchInterval: ({ state }) => (isWatchedClosely(state.data) ? CLOSE_MS : IDLE_MS),
  });

/** A job with its tasks: asked for only while somebody looks at them. */
export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ['studio', 'job', id],
    queryFn: () => api.job(id),
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data === undefined || isRunning(state.data.job.state) ? TASKS_MS : false),
  });

function isWatchedClosely(status: IngestStatus | undefined): boolean {
  return status?.job != null && isRunning(status.job.state);
}
