// Whether the viewer is doing something with the player: the controls are shown while they are.
import { useCallback, useEffect, useRef, useState } from 'react';

const IDLE_AFTER_MS = 3_000;

export function useAttention(held: boolean) {
  const [awake, setAwake] = useState(true);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);

  const wake = useCallback(() => {
    setAwake(true);
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = setTimeout(() => setAwake(false), IDLE_AFTER_MS);
  }, []);
  const toggle = useCallback(() => {
    if (!awake) return wake();
    if (timer.current !== null) clearTimeout(timer.current);
    setAwake(false);
  }, [awake, wake]);

  useEffect(() => {
    wake();
    return () => {
      if (timer.current !== null) clearTimeout(timer.current);
    };
  }, [held, wake]);

  return { attentive: awake || held, wake, toggle };
}
