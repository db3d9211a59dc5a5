// The interface's icons: 24 units square, drawn with the text's colour, hidden from assistive technology
// (the control that holds one carries the name).
import type { ReactNode } from 'react';

interface IconProps {
  className?: string;
}

function outline(children: ReactNode) {
  return function Icon({ className = 'size-5' }: IconProps) {
    return (
      <svg
        viewBox="0 0 24 24"
        aria-hidden
        className={`shrink-0 ${className}`}
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        {children}
      </svg>
    );
  };
}

export function PlayIcon({ className = 'size-5' }: IconProps) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden className={`shrink-0 ${className}`} fill="currentColor">
      <path d="M6.5 4.2v15.6c0 1 1.1 1.6 2 1.1l12.6-7.8c.8-.5.8-1.7 0-2.2L8.5 3.1c-.9-.5-2 .1-2 1.1Z" />
    </svg>
  );
}

export const SearchIcon = outline(<path d="M10.5 17.5a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM20.5 20.5l-5-5" />);
export const PlusIcon = outline(<path d="M12 5v14M5 12h14" />);
export const InfoIcon = outline(<path d="M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v5.5M12 7.6v.1" />);
export const RestartIcon = outline(<path d="M4 12a8 8 0 1 0 2.6-5.9M4 4v4.5h4.5" />);
export const ChevronLeftIcon = outline(<path d="m15 5-7 7 7 7" />);
export const ChevronRightIcon = outline(<path d="m9 5 7 7-7 7" />);
export const LockIcon = outline(<path d="M6 11h12v9H6zM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11" />);
export const CloseIcon = outline(<path d="m6 6 12 12M18 6 6 18" />);
export const CheckIcon = outline(<path d="m5 12.5 4.5 4.5L19 7.5" />);
export const WarningIcon = outline(<path d="M12 4 2.8 20h18.4L12 4ZM12 10v4.5M12 17.2v.1" />);
export const UploadIcon = outline(<path d="M12 16V4.5M7 9l5-5 5 5M4.5 16v3.5h15V16" />);
export const PauseIcon = outline(<path d="M9 5.5v13M15 5.5v13" />);
export const SwitchIcon = outline(<path d="M4 8h14l-3.5-3.5M20 16H6l3.5 3.5" />);
export const SignOutIcon = outline(<path d="M14 4.5H5v15h9M10 12h10.5M17 8.5l3.5 3.5-3.5 3.5" />);
export const StudioIcon = outline(<path d="M3.5 9.5h17v10h-17zM3.5 9.5l1-4.5 16-.5v5M9 4.8 7 9.5M14.5 4.7l-2 4.8" />);
export const OfflineIcon = outline(<path d="M3 3l18 18M8.5 14.5a5 5 0 0 1 6 -.3M5 11a10 10 0 0 1 4-2.3M13 8.2a10 10 0 0 1 6 2.8M12 18.5v.1" />);
