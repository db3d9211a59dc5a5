// The page around the player: nothing but the player, loaded when it is needed.
import { useNavigate, useParams, useRouter } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';

const Player = lazy(() => import('../player/index.ts'));

export default function WatchPage() {
  const { id } = useParams({ from: '/watch/$id' });
  const navigate = useNavigate();
  const { history } = useRouter();
  const exit = () => {
    if (history.canGoBack()) history.back();
    else void navigate({ to: '/title/$id', params: { id }, replace: true });
  };
  return (
    <main id="main" className="fixed inset-0 bg-black">
      <Suspense fallback={null}>
        <Player key={id} contentId={id} onExit={exit} />
      </Suspense>
    </main>
  );
}
