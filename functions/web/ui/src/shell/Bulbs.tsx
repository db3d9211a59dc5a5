// A frame of running light bulbs, as around a cinema's sign: one dotted stroke with round caps, and over it
// every second bulb lit, in turns.

/** Two bulbs to a pair; whole pairs, so that the chain closes without a gap. */
const PAIRS = 38;

export function Bulbs({ radius }: { radius: number }) {
  return (
    <svg aria-hidden className="pointer-events-none absolute inset-0 size-full overflow-visible">
      <rect
        width="100%"
        height="100%"
        rx={radius}
        fill="none"
        strokeLinecap="round"
        pathLength={PAIRS * 2}
        strokeDasharray="0 1"
        strokeWidth="7"
        className="stroke-bulb-deep/35"
      />
      <rect
        width="100%"
        height="100%"
        rx={radius}
        fill="none"
        strokeLinecap="round"
        pathLength={PAIRS * 2}
        strokeDasharray="0 2"
        strokeWidth="7"
        className="animate-chase stroke-bulb-hot drop-shadow-[0_0_7px_rgb(255_185_80/0.95)]"
      />
    </svg>
  );
}
