// What the catalogue's pages read. Keys that start with `catalogue` go stale when the platform publishes.
import { queryOptions } from '@tanstack/react-query';
import { api } from '../api/client.ts';
import { ApiProblem } from '../api/problem.ts';

const PAGE_SIZE = 24;

export const recommendationsQuery = (profileId: string) =>
  queryOptions({
    queryKey: ['catalogue', 'recommendations', profileId],
    queryFn: () => api.recommendations(profileId),
  });

export const newestQuery = queryOptions({
  queryKey: ['catalogue', 'newest'],
  queryFn: () => api.contentList({ page: 1, pageSize: PAGE_SIZE, sort: 'new' }),
});

export const genreQuery = (genre: string) =>
  queryOptions({
    queryKey: ['catalogue', 'genre', genre],
    queryFn: () => api.contentList({ page: 1, pageSize: PAGE_SIZE, genre, sort: 'title' }),
  });

export const contentQuery = (id: string) =>
  queryOptions({
    queryKey: ['catalogue', 'content', id],
    queryFn: () => api.content(id),
  });

export const searchQuery = (text: string) =>
  queryOptions({
    queryKey: ['catalogue', 'search', text],
    queryFn: ({ signal }) => api.search(text, signal),
  });

/** Positions are the viewer's own: always asked again when a page shows them. */
export const continueQuery = queryOptions({
  queryKey: ['continue'],
  queryFn: api.continueWatching,
  staleTime: 0,
});

export const positionQuery = (contentId: string) =>
  queryOptions({
    queryKey: ['position', contentId],
    queryFn: () =>
      api.position(contentId).catch((error: unknown) => {
        if (error instanceof ApiProblem && error.status === 404) return null;
        throw error;
      }),
    staleTime: 0,
  });
