// Keeps one playback session alive: opens it, renews it every minute, reopens it when it was lost, gives it back.
import { ApiProblem } from '../api/problem.ts';
import { openSession, renewSession, stopSession, type OpenedSession } from './session.ts';

/** Every renewal is also the heartbeat of the stream lease (150 s), so one may be lost. */
const RENEW_EVERY_MS = 60_000;
const RENEW_AGAIN_MS = 10_000;

export interface LeaseEvents {
  /** The session can't be kept: the viewer was signed out, the profile lost its right, the limit is reached. */
  onLost: (error: unknown) => void;
  /** Renewal failed, but a new session was to be had. */
  onReopened: (session: OpenedSession) => void;
}

export class Lease {
  readonly #contentId: string;
  readonly #events: LeaseEvents;
  readonly #closed = new AbortController();
  #token: string | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #renewing: Promise<boolean> | null = null;

  constructor(contentId: string, events: LeaseEvents) {
    this.#contentId = contentId;
    this.#events = events;
  }

  get token(): string {
    return this.#token ?? '';
  }

  /** True while a stream of the account is held for this screen. */
  get held(): boolean {
    return this.#token !== null;
  }

  async open(): Promise<OpenedSession> {
    const session = await openSession(this.#contentId);
    // Not aborted on the way: a session that was opened all the same has to be given back.
    if (this.#closed.signal.aborted) {
      stopSession(session.playbackToken);
      throw this.#closed.signal.reason;
    }
    this.#hold(session.playbackToken);
    return session;
  }

  /** A new token, by renewal or else by a new session. False when there is none to be had now. Single flight. */
  renew(): Promise<boolean> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  /** Gives the stream back, for as long as nobody watches. */
  release(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#token !== null) stopSession(this.#token);
    this.#token = null;
  }

  close(): void {
    this.#closed.abort();
    this.release();
  }

  async #renew(): Promise<boolean> {
    try {
      const token = this.#token;
      if (token !== null && (await this.#extend(token))) return true;
      if (this.#closed.signal.aborted) return false;
      this.#events.onReopened(await this.open());
      return true;
    } catch (error) {
      if (this.#closed.signal.aborted) return false;
      if (isPassing(error)) this.#renewIn(RENEW_AGAIN_MS);
      else this.#events.onLost(error);
      return false;
    }
  }

  /** False when the token is past renewing. Throws when nothing answered, and when the right itself is gone. */
  async #extend(token: string): Promise<boolean> {
    try {
      const { playbackToken } = await renewSession(token);
      if (this.#closed.signal.aborted) stopSession(playbackToken);
      else this.#hold(playbackToken);
      return true;
    } catch (error) {
      if (isPassing(error) || isRefusal(error)) throw error;
      return false;
    }
  }

  #hold(token: string): void {
    this.#token = token;
    this.#renewIn(RENEW_EVERY_MS);
  }

  #renewIn(delayMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.renew(), delayMs);
  }
}

/** No answer, or one that blames the server: waiting helps. */
function isPassing(error: unknown): boolean {
  return error instanceof ApiProblem && (error.status === 0 || error.status >= 500);
}

/** Another profile was chosen, or every stream of the account is taken: a new session would not be this viewer's. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiProblem && (error.status === 403 || error.status === 429);
}
