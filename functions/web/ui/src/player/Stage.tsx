// The picture, and what a press on it means: mouse presses play and pause, taps show the controls, double taps skip.
import { useEffect, useRef, type PointerEvent } from 'react';

export type Gesture = 'toggle-play' | 'toggle-controls' | 'fullscreen' | 'back' | 'forward';

const DOUBLE_MS = 280;

export function Stage({ video, onGesture }: { video: HTMLVideoElement; onGesture: (gesture: Gesture) => void }) {
  const place = useRef<HTMLDivElement>(null);
  const lastPress = useRef({ atMs: 0, side: '' as '' | 'back' | 'forward' });
  const pending = useRef<ReturnType<typeof setTimeout> | null>(null);

  useEffect(() => {
    video.className = 'player-video';
    place.current?.append(video);
    return () => {
      if (pending.current !== null) clearTimeout(pending.current);
    };
  }, [video]);

  const later = (gesture: Gesture) => {
    if (pending.current !== null) clearTimeout(pending.current);
    pending.current = setTimeout(() => onGesture(gesture), DOUBLE_MS);
  };
  const now = (gesture: Gesture) => {
    if (pending.current !== null) clearTimeout(pending.current);
    onGesture(gesture);
  };
  const onPointerUp = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    const box = event.currentTarget.getBoundingClientRect();
    const side = sideOf((event.clientX - box.left) / box.width);
    const { atMs, side: lastSide } = lastPress.current;
    const double = event.timeStamp - atMs < DOUBLE_MS && lastSide === side;
    lastPress.current = { atMs: event.timeStamp, side };
    if (event.pointerType === 'mouse') return double ? now('fullscreen') : later('toggle-play');
    if (double && side !== '') return now(side);
    later('toggle-controls');
  };

  return <div ref={place} className="player-stage" data-testid="stage" onPointerUp={onPointerUp} />;
}

/** The outer thirds skip; the middle does not. */
function sideOf(across: number): '' | 'back' | 'forward' {
  if (across < 1 / 3) return 'back';
  return across > 2 / 3 ? 'forward' : '';
}
