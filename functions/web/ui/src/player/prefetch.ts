// One title at a time, opened off-screen while its card has the viewer's attention.
import { PlaybackEngine } from './engine.ts';

/** Long enough to go from the card to the title's page and to its Play button. */
const KEEP_AFTER_LEAVING_MS = 8_000;

/** Nobody looks at one card for longer; the stream goes back to the account. */
const KEEP_AT_MOST_MS = 90_000;

let prepared: PlaybackEngine | null = null;
let timer: ReturnType<typeof setTimeout> | null = null;

/** Returns what to call when the card is left. */
export function prepare(contentId: string): () => void {
  if (savesData()) return () => undefined;
  if (prepared?.contentId !== contentId) {
    drop();
    prepared = new PlaybackEngine(contentId, { prepared: true, startAt: null });
  }
  dropIn(KEEP_AT_MOST_MS);
  return () => {
    if (prepared?.contentId === contentId) dropIn(KEEP_AFTER_LEAVING_MS);
  };
}

/** Hands over the engine that waits for this title, or makes one. `startAt` overrides where the viewer left off. */
export function takeEngine(contentId: string, startAt: number | null, intentMs: number): PlaybackEngine {
  const ready = prepared?.contentId === contentId && prepared.store.getState().phase !== 'failed' ? prepared : null;
  if (ready) prepared = null;
  drop();
  const engine = ready ?? new PlaybackEngine(contentId, { prepared: false, startAt });
  if (ready && startAt !== null) engine.startAt(startAt);
  engine.take(intentMs);
  return engine;
}

function drop(): void {
  if (timer !== null) clearTimeout(timer);
  timer = null;
  prepared?.dispose();
  prepared = null;
}

function dropIn(delayMs: number): void {
  if (timer !== null) clearTimeout(timer);
  timer = setTimeout(drop, delayMs);
}

function savesData(): boolean {
  return (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
}
