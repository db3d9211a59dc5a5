// Seconds that are left until a moment, counting down on screen.
import { useEffect, useState } from 'react';

export function useCountdown(untilMs: number | null): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  const leftS = untilMs === null ? 0 : Math.max(0, Math.ceil((untilMs - nowMs) / 1000));
  const running = leftS > 0;
  useEffect(() => {
    setNowMs(Date.now());
    if (untilMs === null || !running) return;
    const timer = setInterval(() => setNowMs(Date.now()), 500);
    return () => clearInterval(timer);
  }, [untilMs, running]);
  return leftS;
}
