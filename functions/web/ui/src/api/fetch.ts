// Every request to the platform goes through here. Cookies carry the session: a 401 is answered by one
// silent refresh, shared by all requests that wait for it, and one retry. Mutations carry an
// `Idempotency-Key`, the same on the retry, so that a retried request can't act twice.
import { offlineProblem } from './problem.ts';

const REFRESH_PATH = '/api/auth/refresh';
const REFRESHED_AT = 'marquee.refreshedAt';

/** A 401 from these is their answer, not a sign of an expired session. */
const OWN_401 = new Set(['/api/auth/login', REFRESH_PATH, '/api/auth/logout']);

type Listener = () => void;
const lostListeners = new Set<Listener>();
let refreshing: Promise<boolean> | null = null;

/** Called when the session is gone for good and the viewer has to sign in again. */
export function onSessionLost(listener: Listener): () => void {
  lostListeners.add(listener);
  return () => void lostListeners.delete(listener);
}

export async function apiFetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const request = new Request(input, { credentials: 'same-origin', ...init });
  if (isMutation(request.method) && !request.headers.has('idempotency-key')) {
    request.headers.set('idempotency-key', crypto.randomUUID());
  }
  const startedMs = Date.now();
  const retry = request.clone();
  const response = await send(request);
  if (response.status !== 401 || OWN_401.has(new URL(request.url).pathname)) return response;
  if (await refreshSession(startedMs)) return send(retry);
  for (const listener of lostListeners) listener();
  return response;
}

/**
 * Exchanges the refresh cookie for a new session. False when there is none to exchange.
 * A refresh token is good for one use and a second use revokes the whole family, so tabs take turns, and a
 * tab that finds a refresh newer than its own failed request uses that one.
 */
export function refreshSession(failedRequestStartedMs: number): Promise<boolean> {
  refreshing ??= inTurn(async () => {
    if (Number(localStorage.getItem(REFRESHED_AT) ?? 0) > failedRequestStartedMs) return true;
    const response = await send(
      new Request(new URL(REFRESH_PATH, location.origin), {
        method: 'POST',
        credentials: 'same-origin',
        headers: { 'idempotency-key': crypto.randomUUID() },
      }),
    );
    if (response.ok) localStorage.setItem(REFRESHED_AT, String(Date.now()));
    // A failing origin says nothing about the session: only a refusal ends it.
    if (response.status >= 500) throw offlineProblem();
    return response.ok;
  }).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

/** `navigator.locks` is missing where the page is not a secure context. */
async function inTurn(work: () => Promise<boolean>): Promise<boolean> {
  if (!('locks' in navigator)) return work();
  return navigator.locks.request('marquee.refresh', work);
}

async function send(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw offlineProblem();
  }
}

function isMutation(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD';
}
