// The server's clock, estimated from its answers. Last-writer-wins across devices needs timestamps that can be
// compared, and a device's own clock may be hours off.

const OFFSET_KEY = 'marquee.clockOffsetMs';

/** Offsets below this are network jitter. */
const JITTER_MS = 250;

export type KeyValue = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export class ServerClock {
  readonly #storage: KeyValue;
  readonly #now: () => number;

  constructor(storage: KeyValue, now: () => number) {
    this.#storage = storage;
    this.#now = now;
  }

  now(): number {
    return this.#now() + this.#offsetMs();
  }

  /** `serverMs` was read somewhere between the two moments of this device's clock. */
  learn(serverMs: number, sentMs: number, receivedMs: number): void {
    if (!Number.isFinite(serverMs)) return;
    const offsetMs = Math.round(serverMs - (sentMs + receivedMs) / 2);
    if (Math.abs(offsetMs - this.#offsetMs()) < JITTER_MS) return;
    try {
      this.#storage.setItem(OFFSET_KEY, String(offsetMs));
    } catch {
      // Without storage the device's own clock has to do.
    }
  }

  #offsetMs(): number {
    const stored = Number(this.#storage.getItem(OFFSET_KEY) ?? 0);
    return Number.isFinite(stored) ? stored : 0;
  }
}
