// What comes up by itself over the picture: spinner, network notice, start over, skip intro, next episode.
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useStore } from 'zustand';
import type { PlaybackEngine } from './engine.ts';
import { PlaySign, ReplaySign } from './icons.tsx';
import { timecode } from './timecode.ts';

/** Waiting shorter than this is not worth a spinner. */
const SPINNER_AFTER_MS = 300;
const RESUME_PROMPT_MS = 12_000;
const NEXT_AFTER_S = 10;

export function Spinner({ engine }: { engine: PlaybackEngine }) {
  const waits = useStore(engine.store, ({ phase, stalled, needsPress }) => (phase === 'opening' || stalled) && !needsPress);
  const shown = useDelayed(waits, SPINNER_AFTER_MS);
  return shown ? <div className="player-spinner" role="progressbar" aria-label="Loading" data-testid="player-spinner" /> : null;
}

export function NetworkNotice({ engine }: { engine: PlaybackEngine }) {
  const stalled = useStore(engine.store, (state) => state.stalled);
  const unanswered = useStore(engine.store, (state) => state.waitingForNetwork);
  const offline = useOffline();
  const waiting = unanswered || (offline && stalled);
  return (
    <div role="status" className="player-notice-place">
      {waiting && (
        <p className="player-notice" data-testid="network-notice">
          Waiting for the network. The film goes on by itself.
        </p>
      )}
    </div>
  );
}

export function ResumePrompt({ engine }: { engine: PlaybackEngine }) {
  const resumedAt = useStore(engine.store, (state) => state.resumedAt);
  const playing = useStore(engine.store, (state) => state.playing);
  useEffect(() => {
    if (resumedAt === null || !playing) return;
    const timer = setTimeout(() => engine.store.setState({ resumedAt: null }), RESUME_PROMPT_MS);
    return () => clearTimeout(timer);
  }, [engine, resumedAt, playing]);
  if (resumedAt === null) return null;
  return (
    <div className="player-resume" data-testid="resume-prompt">
      <span>Resumed at {timecode(resumedAt)}</span>
      <button type="button" className="player-pill" data-testid="start-over" onClick={() => engine.startOver()}>
        <ReplaySign />
        Start over
      </button>
    </div>
  );
}

export function SkipIntro({ engine }: { engine: PlaybackEngine }) {
  const intro = useStore(engine.store, ({ intro: marker, position }) => (marker && position >= marker.start && position < marker.end - 1 ? marker : null));
  if (!intro) return null;
  return (
    <button type="button" className="player-pill player-corner" data-testid="skip-intro" onClick={() => engine.seek(intro.end)}>
      Skip intro
    </button>
  );
}

export function NextUp({ engine, onNext }: { engine: PlaybackEngine; onNext: (contentId: string) => void }) {
  const nextId = useStore(engine.store, ({ nextEpisodeId, creditsStart, position, ended }) =>
    nextEpisodeId !== null && (ended || (creditsStart !== null && position >= creditsStart)) ? nextEpisodeId : null,
  );
  const [leftS, setLeftS] = useState(NEXT_AFTER_S);
  const [declined, setDeclined] = useState(false);
  const counts = nextId !== null && !declined;
  useEffect(() => {
    if (!counts) return;
    if (leftS === 0) return onNext(nextId);
    const timer = setTimeout(() => setLeftS(leftS - 1), 1000);
    return () => clearTimeout(timer);
  }, [counts, leftS, nextId, onNext]);
  if (!counts) return null;
  return (
    <div className="player-next player-corner" data-testid="next-up">
      <button type="button" className="player-pill" onClick={() => onNext(nextId)}>
        <PlaySign />
        Next episode in {leftS}
      </button>
      <button type="button" className="player-pill player-pill-quiet" onClick={() => setDeclined(true)}>
        Watch credits
      </button>
    </div>
  );
}

function useOffline(): boolean {
  return useSyncExternalStore(
    (changed) => {
      window.addEventListener('online', changed);
      window.addEventListener('offline', changed);
      return () => {
        window.removeEventListener('online', changed);
        window.removeEventListener('offline', changed);
      };
    },
    () => !navigator.onLine,
  );
}

function useDelayed(wanted: boolean, delayMs: number): boolean {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!wanted) return setShown(false);
    const timer = setTimeout(() => setShown(true), delayMs);
    return () => clearTimeout(timer);
  }, [wanted, delayMs]);
  return wanted && shown;
}
