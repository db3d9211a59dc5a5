// Which rung of the ladder to start on. The first segment decides how soon the first frame shows, so it has to
// be small for the network at hand; the adaptive choice takes over from the second segment.

export interface Rung {
  height: number;
  bitrate: number;
}

/** Seconds of the first media segment (the edge lists the first 6 s as three ranges of 2 s). */
const FIRST_SEGMENT_S = 2;

/** The first segment should be here after this long. */
const COLD_BUDGET_S = 0.25;

/** While the viewer still looks at the card there is more time. */
const AHEAD_BUDGET_S = 0.8;

/** With nothing known, a network that plays 540p comfortably. */
export const UNKNOWN_BANDWIDTH = 4_000_000;

const MOST_TRUSTED_BANDWIDTH = 50_000_000;

/** `rungs` in ascending order of bit rate, as hls.js keeps them. */
export function startRung(rungs: readonly Rung[], bandwidth: number, startsAhead: boolean): number {
  const budgetS = startsAhead ? AHEAD_BUDGET_S : COLD_BUDGET_S;
  const affordable = (Math.min(bandwidth, MOST_TRUSTED_BANDWIDTH) * budgetS) / FIRST_SEGMENT_S;
  let chosen = 0;
  rungs.forEach((rung, index) => {
    if (rung.bitrate <= affordable) chosen = index;
  });
  return chosen;
}

/** The last film's throughput, else the browser's own hint, else a guess. */
export function expectedBandwidth(remembered: number | null): number {
  if (remembered !== null && remembered > 0) return remembered;
  const hintMbps = (navigator as { connection?: { downlink?: number } }).connection?.downlink;
  return hintMbps !== undefined && hintMbps > 0 ? Math.min(hintMbps * 1_000_000 * 0.7, UNKNOWN_BANDWIDTH * 2) : UNKNOWN_BANDWIDTH;
}
