// The page around the player: nothing but the player.
import { useNavigate, useParams, useRouter } from '@tanstack/react-router';
import { Player } from '../player/index.ts';

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
      <Player
        contentId={id}
        onExit={exit}
        onNext={(next) => void navigate({ to: '/watch/$id', params: { id: next }, replace: true })}
      />
    </main>
  );
}
