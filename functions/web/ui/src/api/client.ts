// The platform's endpoints as functions. Components call these and never build a URL themselves.
import { apiFetch } from './fetch.ts';
import { problemFrom } from './problem.ts';
import type {
  Content,
  ContentDetails,
  ContentDraft,
  ContentPage,
  ContinueItem,
  IngestStatus,
  NewProfile,
  Profile,
  Recommendations,
  Session,
  SignInAnswer,
  WatchPosition,
} from './types.ts';

type Query = Record<string, string | number | undefined>;

interface Options {
  body?: unknown;
  query?: Query;
  signal?: AbortSignal;
}

async function request<T>(method: string, path: string, { body, query, signal }: Options = {}): Promise<T> {
  const response = await apiFetch(new URL(path + search(query), location.origin), {
    method,
    ...(signal && { signal }),
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw await problemFrom(response);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

function search(query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

const segment = encodeURIComponent;

export const api = {
  signIn: (username: string, password: string) =>
    request<SignInAnswer>('POST', '/api/auth/login', { body: { username, password, delivery: 'cookie' } }),
  signOut: () => request<void>('POST', '/api/auth/logout'),
  session: (signal?: AbortSignal) => request<Session>('GET', '/api/auth/me', { ...(signal && { signal }) }),

  profiles: () => request<Profile[]>('GET', '/api/profiles'),
  addProfile: (profile: NewProfile) => request<Profile>('POST', '/api/profiles', { body: profile }),
  selectProfile: (id: string, pin: string | null) =>
    request<{ success: boolean; profile: Profile }>('POST', `/api/profiles/${segment(id)}/select`, {
      body: pin === null ? {} : { pin },
    }),
  recommendations: (profileId: string) =>
    request<Recommendations>('GET', `/api/profiles/${segment(profileId)}/recommendations`),

  contentList: (query: Query) => request<ContentPage>('GET', '/api/content', { query }),
  content: (id: string) => request<ContentDetails>('GET', `/api/content/${segment(id)}`),
  search: (text: string, signal: AbortSignal) =>
    request<Content[] | { items: Content[] }>('GET', '/api/search', { query: { q: text }, signal }).then((answer) =>
      Array.isArray(answer) ? answer : answer.items,
    ),
  continueWatching: () => request<ContinueItem[]>('GET', '/api/watch/continue'),
  position: (contentId: string) => request<WatchPosition>('GET', `/api/watch/progress/${segment(contentId)}`),

  adminContent: () =>
    request<Content[] | ContentPage>('GET', '/api/admin/content').then((answer) =>
      Array.isArray(answer) ? answer : answer.items,
    ),
  createContent: (draft: ContentDraft) => request<Content>('POST', '/api/admin/content', { body: draft }),
  editContent: (id: string, draft: Partial<ContentDraft>) =>
    request<Content>('PATCH', `/api/admin/content/${segment(id)}`, { body: draft }),
  ingestStatus: (id: string) => request<IngestStatus>('GET', `/api/admin/content/${segment(id)}/status`),
  publish: (id: string, version: number | null) =>
    request<unknown>('POST', `/api/admin/content/${segment(id)}/publish`, { body: version === null ? {} : { version } }),
  retryJob: (id: string) => request<unknown>('POST', `/api/admin/jobs/${segment(id)}/retry`),
  cancelJob: (id: string) => request<unknown>('POST', `/api/admin/jobs/${segment(id)}/cancel`),
};
