// The name, drawn: wide letters on one stroke, and a lit bulb for the tail of the Q.

const LETTERS = [
  'M3 24V4.6l10 13 10-13V24',
  'M30 24.2 40 4l10 20.2M33.6 18.2h12.8',
  'M57.5 24V5.5H69a5.9 5.9 0 0 1 0 11.8H57.5M67.5 17.3l7.6 6.9',
  'M103.6 14.5a10 9.5 0 1 0-6.2 8.76',
  'M111.5 4v11.7a8.7 8 0 0 0 17.4 0V4',
  'M153 5.5h-15.5v17H153M137.5 14h13.7',
  'M175.5 5.5H160v17h15.5M160 14h13.7',
];

export function Wordmark({ className = '' }: { className?: string }) {
  return (
    <svg viewBox="0 0 178 28" role="img" aria-label="Marquee" className={className} fill="none">
      <g stroke="currentColor" strokeWidth="3.2" strokeLinejoin="round">
        {LETTERS.map((letter) => (
          <path key={letter} d={letter} />
        ))}
      </g>
      <circle cx="101.6" cy="23" r="6" className="fill-bulb/25" />
      <circle cx="101.6" cy="23" r="3" className="fill-bulb" />
    </svg>
  );
}
