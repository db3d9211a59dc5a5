// Empties the outbox: one tab at a time, alone or in batches, again and again until the server has everything.
import { wireForm, type StampedPosition } from './position.ts';
import type { Outbox } from './outbox.ts';
import type { ServerClock } from './clock.ts';

const SINGLE_PATH = '/api/watch/progress';
const BATCH_PATH = '/api/watch/progress/batch';

/** The server takes no more at once. */
const MOST_PER_BATCH = 50;

/** A request without an answer must not keep the turn from other tabs. */
const ANSWER_WITHIN_MS = 15_000;

const FIRST_RETRY_MS = 2_000;
const LAST_RETRY_MS = 60_000;

export interface SenderContext {
  outbox: Outbox;
  clock: ServerClock;
  /** Sends one request; throws when nothing answered. */
  fetch: (path: string, init: RequestInit) => Promise<Response>;
  /** Whose positions the session would write. Null while nobody is signed in. */
  profileId: () => string | null;
  /** Runs the work when no other tab runs its own. */
  inTurn: (work: () => Promise<void>) => Promise<void>;
  now: () => number;
  later: (work: () => void, delayMs: number) => () => void;
  /** Between 0 and 1: keeps many devices from coming back in the same second. */
  jitter: () => number;
}

type Verdict = { settled: StampedPosition[]; retryAfterMs: number | null; goOn: boolean };

interface BatchAnswer {
  results?: { contentId: string; success: boolean; code?: string }[];
  serverTimestamp?: number;
}

export class Sender {
  readonly #context: SenderContext;
  #running: Promise<void> | null = null;
  #again = false;
  #failures = 0;
  #cancelRetry: (() => void) | null = null;

  constructor(context: SenderContext) {
    this.#context = context;
  }

  /** Sends everything that waits. Calls during a run lead to one more run, never to two at once. */
  flush(): Promise<void> {
    this.#again = true;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** For a page that is going away: one request, now, that outlives it. What it sends stays in the outbox. */
  sendLast(position: StampedPosition): void {
    if (this.#context.profileId() !== position.profileId) return;
    void this.#post(SINGLE_PATH, wireForm(position), true).then(
      (response) => (response.ok ? this.#context.outbox.settle(position) : undefined),
      () => undefined,
    );
  }

  stop(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
  }

  async #run(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      await this.#context.inTurn(() => this.#drain());
    }
  }

  async #drain(): Promise<void> {
    for (;;) {
      const profileId = this.#context.profileId();
      if (profileId === null) return;
      const positions = await this.#context.outbox.waiting(profileId, MOST_PER_BATCH);
      if (positions.length === 0) return;
      const verdict = await this.#send(positions);
      for (const position of verdict.settled) await this.#context.outbox.settle(position);
      if (verdict.retryAfterMs !== null) return this.#retryIn(verdict.retryAfterMs);
      this.#failures = 0;
      if (!verdict.goOn) return;
    }
  }

  async #send(positions: StampedPosition[]): Promise<Verdict> {
    try {
      const [only] = positions;
      if (positions.length === 1 && only) return await this.#sendOne(only);
      return await this.#sendBatch(positions);
    } catch {
      return { settled: [], retryAfterMs: this.#backOffMs(), goOn: false };
    }
  }

  async #sendOne(position: StampedPosition): Promise<Verdict> {
    const response = await this.#post(SINGLE_PATH, wireForm(position), false);
    if (response.ok || isFinal(response.status)) return { settled: [position], retryAfterMs: null, goOn: true };
    return this.#notNow(response);
  }

  async #sendBatch(positions: StampedPosition[]): Promise<Verdict> {
    const response = await this.#post(BATCH_PATH, { updates: positions.map(wireForm) }, false);
    if (response.ok) {
      const { results = [] } = (await response.clone().json()) as BatchAnswer;
      const settled = positions.filter(({ contentId }) => {
        const result = results.find((candidate) => candidate.contentId === contentId);
        return result !== undefined && (result.success || isFinalCode(result.code));
      });
      // An answer that settles nothing must not be asked for again at once.
      return { settled, retryAfterMs: settled.length === positions.length ? null : this.#backOffMs(), goOn: true };
    }
    // One position that the server can't read must not hold back the others.
    if (isFinal(response.status)) return this.#sendEach(positions);
    return this.#notNow(response);
  }

  async #sendEach(positions: StampedPosition[]): Promise<Verdict> {
    const settled: StampedPosition[] = [];
    for (const position of positions) {
      const verdict = await this.#sendOne(position);
      settled.push(...verdict.settled);
      if (verdict.retryAfterMs !== null) return { ...verdict, settled };
    }
    return { settled, retryAfterMs: null, goOn: true };
  }

  #notNow(response: Response): Verdict {
    // Signed out, or no profile: the next sign-in starts a new run.
    if (response.status === 401 || response.status === 403) return { settled: [], retryAfterMs: LAST_RETRY_MS, goOn: false };
    const waitS = Number(response.headers.get('retry-after') ?? Number.NaN);
    const askedMs = Number.isFinite(waitS) ? Math.min(waitS * 1_000, LAST_RETRY_MS) : 0;
    return { settled: [], retryAfterMs: Math.max(askedMs, this.#backOffMs()), goOn: false };
  }

  async #post(path: string, body: unknown, keepalive: boolean): Promise<Response> {
    const sentMs = this.#context.now();
    const response = await this.#context.fetch(path, {
      method: 'POST',
      keepalive,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.ok) await this.#learnTime(response.clone(), sentMs);
    return response;
  }

  async #learnTime(response: Response, sentMs: number): Promise<void> {
    const receivedMs = this.#context.now();
    const answer = (await response.json().catch(() => ({}))) as { serverTimestamp?: unknown };
    if (typeof answer.serverTimestamp === 'number') this.#context.clock.learn(answer.serverTimestamp, sentMs, receivedMs);
  }

  #retryIn(delayMs: number): void {
    this.#failures += 1;
    this.#cancelRetry?.();
    this.#cancelRetry = this.#context.later(() => {
      this.#cancelRetry = null;
      void this.flush();
    }, delayMs);
  }

  #backOffMs(): number {
    const fullMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.#failures, 5));
    return fullMs * (0.75 + 0.25 * this.#context.jitter());
  }
}

/** The server understood and will never take it. */
function isFinal(status: number): boolean {
  return status === 400 || status === 404 || status === 409 || status === 413 || status === 422;
}

/** Per entry of a batch: everything but what passes by itself. */
function isFinalCode(code: string | undefined): boolean {
  return code !== undefined && !['unavailable', 'internal', 'rate_limited', 'timeout'].includes(code);
}
