// The platform's endpoints as functions. Components call these and never build a URL themselves.
import createClient from 'openapi-fetch';
import { apiFetch } from './fetch.ts';
import { problemFrom, problemOf } from './problem.ts';
import type { paths } from './schema.ts';
import type { ContentFields, ContinueItem, MarkerDraft, NewProfile, WatchPosition } from './types.ts';

const origin = createClient<paths>({ fetch: apiFetch });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

async function read<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok || data === undefined) throw problemOf(response, error);
  return data;
}

async function done(call: Promise<Answer<unknown>>): Promise<void> {
  const { error, response } = await call;
  if (!response.ok) throw problemOf(response, error);
}

/** For what the edge answers by itself, which origin's document doesn't know. */
async function readFromEdge<T>(path: string): Promise<T> {
  const response = await apiFetch(path);
  if (!response.ok) throw await problemFrom(response);
  return (await response.json()) as T;
}

/** A file as it is: origin's document has no type for bytes. */
async function send(path: string, file: File): Promise<void> {
  const response = await apiFetch(path, { method: 'PUT', headers: { 'content-type': 'application/octet-stream' }, body: file });
  if (!response.ok) throw await problemFrom(response);
}

const by = (id: string) => ({ params: { path: { id } } });

export interface CataloguePage {
  page: number;
  pageSize: number;
  sort?: 'new' | 'title';
  genre?: string;
}

export const api = {
  signIn: (username: string, password: string) =>
    read(origin.POST('/api/auth/login', { body: { username, password, delivery: 'cookie' } })),
  signOut: () => done(origin.POST('/api/auth/logout')),
  session: (signal: AbortSignal) => read(origin.GET('/api/auth/me', { signal })),

  profiles: () => read(origin.GET('/api/profiles')),
  addProfile: (profile: NewProfile) => read(origin.POST('/api/profiles', { body: profile })),
  selectProfile: (id: string, pin: string | null) =>
    read(origin.POST('/api/profiles/{id}/select', { ...by(id), body: { pin } })),
  recommendations: (profileId: string) => read(origin.GET('/api/profiles/{id}/recommendations', by(profileId))),

  contentList: (query: CataloguePage) => read(origin.GET('/api/content', { params: { query } })),
  content: (id: string) => read(origin.GET('/api/content/{id}', by(id))),
  search: async (text: string, signal: AbortSignal) =>
    (await read(origin.GET('/api/search', { params: { query: { q: text } }, signal }))).items,

  continueWatching: () => readFromEdge<ContinueItem[]>('/api/watch/continue'),
  position: (contentId: string) => readFromEdge<WatchPosition>(`/api/watch/progress/${encodeURIComponent(contentId)}`),

  studioList: (page: number, pageSize: number) =>
    read(origin.GET('/api/admin/content', { params: { query: { page, pageSize } } })),
  studioContent: (id: string) => read(origin.GET('/api/admin/content/{id}', by(id))),
  createContent: (fields: ContentFields) => read(origin.POST('/api/admin/content', { body: fields })),
  editContent: (id: string, fields: ContentFields) => read(origin.PATCH('/api/admin/content/{id}', { ...by(id), body: fields })),
  markers: (id: string) => read(origin.GET('/api/admin/content/{id}/markers', by(id))),
  replaceMarkers: (id: string, markers: MarkerDraft[]) =>
    read(origin.PUT('/api/admin/content/{id}/markers', { ...by(id), body: { markers } })),
  artwork: (id: string) => read(origin.GET('/api/admin/content/{id}/artwork', by(id))),
  chooseArtwork: (id: string, chosen: number) =>
    read(origin.PATCH('/api/admin/content/{id}/artwork', { ...by(id), body: { chosen } })),
  deliverSubtitles: (id: string, file: File) =>
    send(`/api/admin/content/${encodeURIComponent(id)}/subtitles?filename=${encodeURIComponent(file.name)}`, file),
  ingestStatus: (id: string) => read(origin.GET('/api/admin/content/{id}/status', by(id))),
  publish: (id: string, version: number | null) =>
    read(origin.POST('/api/admin/content/{id}/publish', { ...by(id), body: { version } })),
  job: (id: string) => read(origin.GET('/api/admin/jobs/{id}', by(id))),
  retryJob: (id: string) => read(origin.POST('/api/admin/jobs/{id}/retry', by(id))),
  cancelJob: (id: string) => read(origin.POST('/api/admin/jobs/{id}/cancel', by(id))),
};
