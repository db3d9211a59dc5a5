// How long to wait before opening the event stream again.

const FIRST_MS = 2_000;
const LONGEST_MS = 60_000;

/** Doubles with every failure in a row (1, 2, 3, …), up to a minute. */
export function reconnectDelayMs(failures: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
}
