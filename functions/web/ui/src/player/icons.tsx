// The player's signs, drawn on a 24 px grid. Decorative: the button around each one has the name.
import type { ReactNode } from 'react';

function Sign({ children, filled = false }: { children: ReactNode; filled?: boolean }) {
  return (
    <svg
      viewBox="0 0 24 24"
      aria-hidden="true"
      fill={filled ? 'currentColor' : 'none'}
      stroke={filled ? 'none' : 'currentColor'}
      strokeWidth="1.7"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {children}
    </svg>
  );
}

export const PlaySign = () => (
  <Sign filled>
    <path d="M7.2 4.3c0-.9 1-1.5 1.8-1l11 6.8c.8.5.8 1.6 0 2.1l-11 6.8c-.8.5-1.8-.1-1.8-1z" transform="translate(-1 .9)" />
  </Sign>
);
export const PauseSign = () => (
  <Sign filled>
    <rect x="5.5" y="4" width="4.4" height="16" rx="1.3" />
    <rect x="14.1" y="4" width="4.4" height="16" rx="1.3" />
  </Sign>
);
export const ReplaySign = () => (
  <Sign>
    <path d="M4.5 12a7.5 7.5 0 1 0 2.4-5.5" />
    <path d="M7.4 2.8 6.6 6.9l4.1.5" />
  </Sign>
);

/** An arrow that turns around the number of seconds; `turn` is 1 for forward. */
function SkipSign({ turn }: { turn: 1 | -1 }) {
  return (
    <Sign>
      <g transform={turn === 1 ? undefined : 'matrix(-1 0 0 1 24 0)'}>
        <path d="M16.4 5.9A8.2 8.2 0 1 0 20.2 13" />
        <path d="M12.9 2.6 16.8 6 13 9.2" />
      </g>
      <text x="12" y="15.7" textAnchor="middle" fontSize="7" fontWeight="680" fill="currentColor" stroke="none">
        10
      </text>
    </Sign>
  );
}
export const BackTenSign = () => <SkipSign turn={-1} />;
export const ForwardTenSign = () => <SkipSign turn={1} />;

export const LeaveSign = () => (
  <Sign>
    <path d="M14.5 5.5 8 12l6.5 6.5" />
  </Sign>
);
export const VolumeSign = ({ level }: { level: 'off' | 'low' | 'high' }) => (
  <Sign>
    <path d="M4 9.6v4.8h3.2l4.3 3.7V5.9L7.2 9.6z" fill="currentColor" />
    {level === 'off' ? (
      <path d="m15.6 9.6 4.8 4.8m0-4.8-4.8 4.8" />
    ) : (
      <>
        <path d="M15 9.3a4 4 0 0 1 0 5.4" />
        {level === 'high' && <path d="M17.7 6.8a7.6 7.6 0 0 1 0 10.4" />}
      </>
    )}
  </Sign>
);
export const SubtitlesSign = () => (
  <Sign>
    <rect x="3" y="5" width="18" height="14" rx="3" />
    <path d="M6.8 11.2h4.4m2.6 0h3.4M6.8 15h2.6m2.4 0h5.4" />
  </Sign>
);
export const AudioSign = () => (
  <Sign>
    <path d="M4 10.5v3M8 7v10m4-13v16m4-12.5v9M20 10.5v3" />
  </Sign>
);
export const QualitySign = () => (
  <Sign>
    <path d="M4 7.5h8m4.5 0H20M4 16.5h3.5m4.5 0h8" />
    <circle cx="14.2" cy="7.5" r="2.2" />
    <circle cx="9.8" cy="16.5" r="2.2" />
  </Sign>
);
export const SpeedSign = () => (
  <Sign>
    <path d="M5.6 18a8.6 8.6 0 1 1 12.8 0" />
    <path d="m12 13.4 3.6-4.6" />
    <circle cx="12" cy="13.6" r="1.3" fill="currentColor" />
  </Sign>
);
export const PictureInPictureSign = () => (
  <Sign>
    <path d="M20.5 11V7a2.5 2.5 0 0 0-2.5-2.5H6A2.5 2.5 0 0 0 3.5 7v9A2.5 2.5 0 0 0 6 18.5h4" />
    <rect x="12.5" y="13" width="9" height="6.5" rx="1.6" fill="currentColor" />
  </Sign>
);
export const FullscreenSign = ({ active }: { active: boolean }) => (
  <Sign>
    {active ? (
      <path d="M9.5 4v3.5a2 2 0 0 1-2 2H4M14.5 4v3.5a2 2 0 0 0 2 2H20M9.5 20v-3.5a2 2 0 0 0-2-2H4m10.5 5.5v-3.5a2 2 0 0 1 2-2H20" />
    ) : (
      <path d="M4 9V6a2 2 0 0 1 2-2h3m6 0h3a2 2 0 0 1 2 2v3m0 6v3a2 2 0 0 1-2 2h-3M9 20H6a2 2 0 0 1-2-2v-3" />
    )}
  </Sign>
);
export const CheckSign = () => (
  <Sign>
    <path d="m5.5 12.5 4.2 4.2 8.8-9.4" />
  </Sign>
);
export const ScreenSign = () => (
  <Sign>
    <rect x="3" y="4.5" width="18" height="12" rx="2.2" />
    <path d="M8.5 20h7" />
  </Sign>
);
