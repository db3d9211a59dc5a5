// What a viewer's evening was like, in batches: startup, stalls, switches, errors. Never in the way of playback.

export type BeaconEvent =
  | { type: 'start'; prepared: boolean }
  /** `startupMs`: from the press to the first frame on screen. */
  | { type: 'first_frame'; startupMs: number; prepared: boolean }
  | { type: 'pause'; position: number }
  | { type: 'playing'; position: number }
  | { type: 'stall'; stallMs: number; position: number }
  | { type: 'seek'; seekMs: number; position: number }
  | { type: 'switch'; height: number; bitrate: number; position: number }
  | { type: 'error'; details: string; fatal: boolean; status: number | null; position: number }
  | { type: 'end'; playedS: number; stalledMs: number; droppedFrames: number; totalFrames: number; position: number };

const FLUSH_AFTER_MS = 10_000;
const FULL_BATCH = 50;

/** A batch has at most 100 events; while the network is away only the newest are kept. */
const MOST_KEPT = 100;

export class Beacons {
  readonly #contentId: string;
  #leaseId: string | null = null;
  #waiting: object[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(contentId: string) {
    this.#contentId = contentId;
  }

  /** The lease id: the same as CMCD's `sid`, so that edge logs and beacons can be joined. */
  openedAs(leaseId: string): void {
    this.#leaseId = leaseId;
  }

  send(event: BeaconEvent): void {
    this.#waiting.push({ ...event, at: Date.now(), contentId: this.#contentId, ...(this.#leaseId !== null && { leaseId: this.#leaseId }) });
    if (this.#waiting.length > MOST_KEPT) this.#waiting.splice(0, this.#waiting.length - MOST_KEPT);
    if (this.#waiting.length >= FULL_BATCH) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_AFTER_MS);
  }

  /** Sends what waits. The request outlives the page. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#waiting.length === 0) return;
    const events = this.#waiting;
    this.#waiting = [];
    void fetch('/api/telemetry', {
      method: 'POST',
      credentials: 'same-origin',
      keepalive: true,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ events }),
    }).catch(() => {
      this.#waiting = [...events, ...this.#waiting].slice(-MOST_KEPT);
    });
  }
}
