// The player's public face. hls.js and Encrypted Media Extensions are reachable only from this folder, and
// this module is the only one of it that the rest of the app loads before the viewer wants to watch.
import { createElement, useEffect, useState, type ComponentType, type ReactElement } from 'react';

export interface PlayerProps {
  contentId: string;
  onExit: () => void;
  /** Called when the viewer, or the end of the credits, asks for the next episode. */
  onNext?: (contentId: string) => void;
}

/** A press older than this did not ask for what is shown now. */
const PRESS_FRESH_MS = 5_000;

let lastPressMs: number | null = null;
if (typeof document !== 'undefined') {
  const remember = (event: Event) => {
    lastPressMs = event.timeStamp;
  };
  document.addEventListener('pointerdown', remember, { capture: true, passive: true });
  document.addEventListener('keydown', remember, { capture: true, passive: true });
}

type Screen = ComponentType<PlayerProps & { intentMs: number }>;

let loaded: Screen | null = null;

async function loadScreen(): Promise<Screen> {
  loaded = (await import('./PlayerScreen.tsx')).default;
  return loaded;
}

/** Fetches the player's code while the browser has nothing better to do. */
function warmWhenIdle(): void {
  if ((navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true) return;
  if ('requestIdleCallback' in window) requestIdleCallback(() => void loadScreen().catch(() => undefined), { timeout: 5_000 });
  else setTimeout(() => void loadScreen().catch(() => undefined), 2_000);
}
if (typeof window !== 'undefined') {
  if (document.readyState === 'complete') warmWhenIdle();
  else window.addEventListener('load', warmWhenIdle, { once: true });
}

/** The full-window player. It opens a playback session when it mounts and gives it back when it unmounts. */
export function Player(props: PlayerProps): ReactElement {
  // A new title is a new player: nothing of the last one may be left in its state.
  return createElement(OnePlayer, { key: props.contentId, ...props });
}

/** Not `lazy` with `Suspense`: React holds a revealed boundary back for 300 ms, which is most of a start. */
function OnePlayer(props: PlayerProps): ReactElement {
  const [pressedMs] = useState(intentMs);
  const [Screen, setScreen] = useState<Screen | null>(() => loaded);
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => {
    if (Screen === null) loadScreen().then((screen) => setScreen(() => screen), setFailure);
  }, [Screen]);
  if (failure !== null) throw failure;
  if (Screen === null) return createElement('div', { style: { position: 'fixed', inset: 0, background: '#000' } });
  return createElement(Screen, { ...props, intentMs: pressedMs });
}
export default Player;

/**
 * Call when a card has held the pointer or the focus for a moment; call the answer when it is left. The title is
 * opened off-screen: session, licence and first segments, so that pressing play shows the first frame at once.
 * One title at a time; with Save-Data only the code is fetched.
 */
export function prefetchTitle(contentId: string): () => void {
  let left = false;
  let leave: (() => void) | null = null;
  void import('./prefetch.ts').then(({ prepare }) => {
    if (!left) leave = prepare(contentId);
  });
  return () => {
    left = true;
    leave?.();
  };
}

/** When the viewer asked to play, on the clock of `performance.now()`. */
function intentMs(): number {
  const nowMs = performance.now();
  return lastPressMs !== null && nowMs - lastPressMs < PRESS_FRESH_MS ? lastPressMs : nowMs;
}
