// Pressing play starts long before the press: a card that holds the pointer or the focus for a moment has
// its title's playback prepared, so that the first frame is already near.
import { useEffect, useMemo, useRef } from 'react';

const DWELL_MS = 80;

export function prepareTitle(contentId: string): void {
  // Without the player's code the press on Play fetches it; preparing is only ever a head start.
  import('../player/index.ts').then((player) => player.prefetchTitle(contentId)).catch(() => undefined);
}

export interface IntentHandlers {
  onPointerEnter: () => void;
  onPointerLeave: () => void;
  onFocus: () => void;
  onBlur: () => void;
}

export function useIntent(contentId: string): IntentHandlers {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useMemo(() => {
    const begin = () => {
      clearTimeout(timer.current);
      timer.current = setTimeout(() => prepareTitle(contentId), DWELL_MS);
    };
    const end = () => clearTimeout(timer.current);
    return { onPointerEnter: begin, onPointerLeave: end, onFocus: begin, onBlur: end };
  }, [contentId]);
}
