// A row that is read only when the viewer comes near it. One that can't be read is left out: the rest of
// the page is worth more than an error in its middle.
import { CatchBoundary } from '@tanstack/react-router';
import { Suspense, useEffect, useRef, useState, type ReactNode } from 'react';
import type { CardShape } from './cards.tsx';
import { RowSkeleton } from './skeletons.tsx';

const NEAR = '600px 0px';

export function LazyRow({ shape, children }: { shape: CardShape; children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(false);
  useEffect(() => {
    if (near || place.current === null) return;
    const watcher = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && setNear(true), {
      rootMargin: NEAR,
    });
    watcher.observe(place.current);
    return () => watcher.disconnect();
  }, [near]);
  const skeleton = <RowSkeleton shape={shape} />;
  if (!near) return <div ref={place}>{skeleton}</div>;
  return (
    <CatchBoundary getResetKey={() => shape} errorComponent={() => null}>
      <Suspense fallback={skeleton}>{children}</Suspense>
    </CatchBoundary>
  );
}
