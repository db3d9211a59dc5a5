// The film on the lock screen, on headphone buttons and in the browser's own media controls.
import { api } from '../api/client.ts';
import type { PlaybackEngine } from './engine.ts';

const SKIP_S = 10;

export function followMediaSession(engine: PlaybackEngine): () => void {
  if (!('mediaSession' in navigator)) return () => undefined;
  const session = navigator.mediaSession;
  const handlers: [MediaSessionAction, MediaSessionActionHandler][] = [
    ['play', () => engine.play()],
    ['pause', () => engine.pause()],
    ['seekbackward', ({ seekOffset }) => engine.skip(-(seekOffset ?? SKIP_S))],
    ['seekforward', ({ seekOffset }) => engine.skip(seekOffset ?? SKIP_S)],
    ['seekto', ({ seekTime }) => seekTime !== undefined && engine.seek(seekTime)],
    ['stop', () => engine.pause()],
  ];
  for (const [action, handler] of handlers) setHandler(action, handler);
  void showMetadata(engine.contentId);
  const unsubscribe = engine.store.subscribe(({ playing, position, duration, rate }) => {
    session.playbackState = playing ? 'playing' : 'paused';
    if (duration > 0) session.setPositionState({ duration, position: Math.min(position, duration), playbackRate: rate });
  });
  return () => {
    unsubscribe();
    for (const [action] of handlers) setHandler(action, null);
    session.metadata = null;
    session.playbackState = 'none';
  };
}

async function showMetadata(contentId: string): Promise<void> {
  try {
    const { title, heroImageUrl, thumbnailUrl, posterUrl } = await api.content(contentId);
    const artwork = [heroImageUrl, thumbnailUrl, posterUrl].flatMap((src) => (src ? [{ src }] : []));
    navigator.mediaSession.metadata = new MediaMetadata({ title, artist: 'Marquee', artwork });
  } catch {
    // The film plays without a picture on the lock screen.
  }
}

function setHandler(action: MediaSessionAction, handler: MediaSessionActionHandler | null): void {
  try {
    navigator.mediaSession.setActionHandler(action, handler);
  } catch {
    // An action that this browser doesn't know.
  }
}
