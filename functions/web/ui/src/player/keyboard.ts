// Keys of the player. Menus and the volume slider keep their own keys; everything else is heard from anywhere.
import type { PlaybackEngine } from './engine.ts';

export interface KeyActions {
  toggleFullscreen: () => void;
  togglePictureInPicture: () => void;
  exit: () => void;
  announce: (text: string) => void;
}

const SKIP_S = 10;
const VOLUME_STEP = 0.05;

/** True when the key was one of ours. */
export function handleKey(event: KeyboardEvent, engine: PlaybackEngine, actions: KeyActions): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false;
  const target = event.target instanceof HTMLElement ? event.target : null;
  // A focused button is pressed by space itself, and a slider moved by its own arrows.
  if (event.key === ' ' && target?.closest('button, a, [role^="menuitem"]')) return false;
  if (target?.closest('[data-own-keys]') && event.key.startsWith('Arrow')) return false;
  if (/^[0-9]$/.test(event.key)) {
    engine.seek((engine.store.getState().duration * Number(event.key)) / 10);
    return true;
  }
  return handleNamedKey(event.key, engine, actions);
}

function handleNamedKey(key: string, engine: PlaybackEngine, actions: KeyActions): boolean {
  const { muted } = engine.video;
  switch (key) {
    case ' ':
    case 'k':
    case 'K':
      engine.togglePlay();
      return true;
    case 'ArrowLeft':
    case 'j':
    case 'J':
      engine.skip(-SKIP_S);
      return true;
    case 'ArrowRight':
    case 'l':
    case 'L':
      engine.skip(SKIP_S);
      return true;
    case 'ArrowUp':
      engine.changeVolume(VOLUME_STEP);
      return true;
    case 'ArrowDown':
      engine.changeVolume(-VOLUME_STEP);
      return true;
    case 'Home':
      engine.seek(0);
      return true;
    case 'm':
    case 'M':
      engine.setMuted(!muted);
      actions.announce(muted ? 'Sound on' : 'Muted');
      return true;
    case 'c':
    case 'C':
      engine.renditions.toggleSubtitles();
      actions.announce(subtitleName(engine));
      return true;
    case 'f':
    case 'F':
      actions.toggleFullscreen();
      return true;
    case 'i':
    case 'I':
      actions.togglePictureInPicture();
      return true;
    case 'Escape':
      actions.exit();
      return true;
    default:
      return false;
  }
}

function subtitleName(engine: PlaybackEngine): string {
  const { subtitle, subtitles } = engine.store.getState();
  return `Subtitles: ${subtitles.find(({ id }) => id === subtitle)?.name ?? 'off'}`;
}
