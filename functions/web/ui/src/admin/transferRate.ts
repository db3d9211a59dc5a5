// How fast an upload goes and how long it will take, from its latest progress only: an average since the
// start would hide a connection that changed.

const WINDOW_MS = 8_000;

export interface Sample {
  atMs: number;
  bytes: number;
}

/** Keeps what is inside the window, and one sample before it to measure from. */
export function withSample(samples: Sample[], sample: Sample): Sample[] {
  const kept = samples.filter(({ atMs }) => sample.atMs - atMs <= WINDOW_MS);
  return [...kept, sample];
}

export function bytesPerSecond(samples: Sample[]): number | null {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.atMs - first.atMs < 500) return null;
  return ((last.bytes - first.bytes) / (last.atMs - first.atMs)) * 1000;
}

export function secondsLeft(totalBytes: number, sentBytes: number, rate: number | null): number | null {
  return rate === null || rate <= 0 ? null : (totalBytes - sentBytes) / rate;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function bytesInWords(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value.toFixed(power === 0 || value >= 100 ? 0 : 1)} ${UNITS[power]}`;
}

export function durationInWords(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
