// The playback session: what the edge hands out so that one viewer may play one title on one screen.
// Manifests and media are let through by the path-scoped cookie that comes with it. Licence, renewal and stop
// carry the token as Bearer: those cookies belong to whichever tab opened a session last.
import { apiFetch } from '../api/fetch.ts';
import { offlineProblem, problemFrom } from '../api/problem.ts';
import type { PlaybackSession } from '../api/types.ts';

export interface Marker {
  start: number;
  end: number;
}

/** A chapter lasts until the next begins. */
export interface Chapter {
  start: number;
  title: string;
}

/** A session with the optional markers that not every title has. */
export interface OpenedSession extends PlaybackSession {
  intro?: Marker | null;
  chapters?: Chapter[] | null;
  nextEpisodeId?: string | null;
}

export interface Renewal {
  playbackToken: string;
  expiresAt: string;
}

export async function openSession(contentId: string): Promise<OpenedSession> {
  const response = await apiFetch(`/api/stream/${encodeURIComponent(contentId)}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  if (!response.ok) throw await problemFrom(response);
  return (await response.json()) as OpenedSession;
}

/** Renews the token and tells the lease that this screen still plays. */
export async function renewSession(token: string): Promise<Renewal> {
  const response = await withToken('POST', '/api/stream/session/renew', token);
  if (!response.ok) throw await problemFrom(response);
  return (await response.json()) as Renewal;
}

/** Gives the stream back. Survives the page: it is sent while the page goes away. */
export function stopSession(token: string): void {
  void withToken('DELETE', '/api/stream/session', token).catch(() => {
    // The lease runs out by itself when its heartbeat stays away.
  });
}

async function withToken(method: string, path: string, token: string): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      credentials: 'same-origin',
      keepalive: true,
      headers: { authorization: `Bearer ${token}` },
    });
  } catch {
    throw offlineProblem();
  }
}
