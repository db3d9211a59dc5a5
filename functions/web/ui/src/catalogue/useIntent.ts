// Pressing play starts long before the press: a card that holds the pointer or the focus for a moment has
// its title opened off-screen, so that the first frame is already there.
import { useEffect, useMemo } from 'react';
import { prefetchTitle } from '../player/index.ts';

const DWELL_MS = 80;

export interface IntentHandlers {
  onPointerEnter: () => void;
  onPointerLeave: () => void;
  onFocus: () => void;
  onBlur: () => void;
}

export function useIntent(contentId: string): IntentHandlers {
  const intent = useMemo(() => trackIntent(contentId), [contentId]);
  useEffect(() => intent.end, [intent]);
  return useMemo(
    () => ({ onPointerEnter: intent.begin, onPointerLeave: intent.end, onFocus: intent.begin, onBlur: intent.end }),
    [intent],
  );
}

/** For a page that is about one title: it is opened as soon as the page is. */
export function usePreparedTitle(contentId: string, isPlayable: boolean): void {
  useEffect(() => (isPlayable ? prefetchTitle(contentId) : undefined), [contentId, isPlayable]);
}

function trackIntent(contentId: string) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let leave: (() => void) | null = null;
  const end = () => {
    clearTimeout(timer);
    leave?.();
    leave = null;
  };
  const begin = () => {
    end();
    timer = setTimeout(() => {
      leave = prefetchTitle(contentId);
    }, DWELL_MS);
  };
  return { begin, end };
}
