// The page around the player: nothing but the player, loaded when it is needed.
import { useNavigate, useParams } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';

const Player = lazy(() => import('../player/index.ts'));

export default function WatchPage() {
  const { id } = useParams({ from: '/watch/$id' });
  const navigate = useNavigate();
  return (
    <Suspense fallback={<div className="fixed inset-0 bg-black" />}>
      <Player contentId={id} onExit={() => void navigate({ to: '/' })} />
    </Suspense>
  );
}
