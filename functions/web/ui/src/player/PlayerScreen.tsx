// The player as the viewer sees it: the picture, and over it whatever is needed at the moment.
import { useCallback, useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { followSession } from '../progress/followSession.ts';
import { flushProgress } from '../progress/index.ts';
import { queryClient } from '../queries.ts';
import { Captions } from './Captions.tsx';
import { Controls } from './Controls.tsx';
import type { PlaybackEngine } from './engine.ts';
import { FailurePanel } from './FailurePanel.tsx';
import { BackTenSign, ForwardTenSign, PauseSign, PlaySign } from './icons.tsx';
import type { PlayerProps } from './index.ts';
import { handleKey, type KeyActions } from './keyboard.ts';
import { followMediaSession } from './mediaSession.ts';
import { takeEngine } from './prefetch.ts';
import { NetworkNotice, NextUp, ResumePrompt, SkipIntro, Spinner } from './Prompts.tsx';
import { Stage, type Gesture } from './Stage.tsx';
import { useAttention } from './useAttention.ts';
import './player.css';

followSession(queryClient);

export default function PlayerScreen({ contentId, onExit, onNext, intentMs }: PlayerProps & { intentMs: number }) {
  const [engine, setEngine] = useState<PlaybackEngine | null>(null);
  useEffect(() => {
    const taken = takeEngine(contentId, wantedStart(), intentMs);
    setEngine(taken);
    return () => {
      taken.dispose();
      setEngine(null);
      void flushProgress().then(() => refreshWhatShowsPositions(contentId));
    };
  }, [contentId, intentMs]);
  return engine ? <Screening engine={engine} onExit={onExit} onNext={onNext} /> : <div className="player" />;
}

/** Pages that show how far a title was watched read it again. */
async function refreshWhatShowsPositions(contentId: string): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: ['continue'] });
  await queryClient.invalidateQueries({ queryKey: ['position', contentId] });
}

/** `/watch/$id?start=0`: "start over" on other pages. */
function wantedStart(): number | null {
  const text = new URLSearchParams(location.search).get('start');
  const start = text === null ? Number.NaN : Number(text);
  return Number.isFinite(start) && start >= 0 ? start : null;
}

interface ScreeningProps {
  engine: PlaybackEngine;
  onExit: () => void;
  onNext: PlayerProps['onNext'];
}

function Screening({ engine, onExit, onNext }: ScreeningProps) {
  const root = useRef<HTMLDivElement>(null);
  const { failure, title, playing, needsPress, ended } = useStore(engine.store);
  const [held, setHeld] = useState(false);
  const { attentive, wake, toggle } = useAttention(!playing || held || needsPress || ended);
  const { fullscreen, toggleFullscreen } = useFullscreen(root, engine.video);
  const [announcement, setAnnouncement] = useState('');
  const [flash, setFlash] = useState<{ gesture: Gesture; at: number } | null>(null);

  const togglePictureInPicture = useCallback(() => {
    if (document.pictureInPictureElement) void document.exitPictureInPicture();
    else void engine.video.requestPictureInPicture().catch(() => undefined);
  }, [engine]);

  useEffect(() => followMediaSession(engine), [engine]);
  // The page before is gone, and with it whatever had the focus.
  useEffect(() => root.current?.focus({ preventScroll: true }), []);
  useKeys(engine, { toggleFullscreen, togglePictureInPicture, announce: setAnnouncement, exit: onExit }, wake);

  const onGesture = (gesture: Gesture) => {
    if (gesture === 'toggle-controls') return toggle();
    if (gesture === 'fullscreen') return toggleFullscreen();
    if (gesture === 'toggle-play') engine.togglePlay();
    else engine.skip(gesture === 'forward' ? 10 : -10);
    setFlash({ gesture, at: performance.now() });
  };

  return (
    <div
      ref={root}
      className="player"
      role="region"
      tabIndex={-1}
      aria-label={title === '' ? 'Player' : `Player: ${title}`}
      data-testid="player"
      data-attentive={attentive}
      onPointerMove={(event) => event.pointerType === 'mouse' && wake()}
      onFocus={wake}
    >
      <Stage video={engine.video} onGesture={onGesture} />
      {failure ? (
        <FailurePanel failure={failure} engine={engine} onExit={onExit} />
      ) : (
        <>
          <div className="player-shade" />
          <Captions engine={engine} />
          <Spinner engine={engine} />
          {flash && !attentive && <Flash key={flash.at} gesture={flash.gesture} playing={playing} />}
          <Controls engine={engine} fullscreen={fullscreen} onExit={onExit} onFullscreen={toggleFullscreen} onPictureInPicture={togglePictureInPicture} onHold={setHeld} />
          <div className="player-prompts">
            <ResumePrompt engine={engine} />
            <SkipIntro engine={engine} />
            {onNext && <NextUp engine={engine} onNext={onNext} />}
          </div>
          <NetworkNotice engine={engine} />
        </>
      )}
      <p className="player-spoken" aria-live="polite">
        {announcement}
      </p>
    </div>
  );
}

/** Keys are heard wherever the focus is. Escape leaves the full screen first, then the film. */
function useKeys(engine: PlaybackEngine, actions: KeyActions, wake: () => void) {
  const current = useRef(actions);
  useEffect(() => {
    current.current = actions;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      wake();
      const { exit } = current.current;
      if (engine.store.getState().phase === 'failed') return event.key === 'Escape' ? exit() : undefined;
      const leave = () => (document.fullscreenElement ? void document.exitFullscreen() : exit());
      if (handleKey(event, engine, { ...current.current, exit: leave })) event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [engine, wake]);
}

function Flash({ gesture, playing }: { gesture: Gesture; playing: boolean }) {
  const sign = gesture === 'forward' ? <ForwardTenSign /> : gesture === 'back' ? <BackTenSign /> : playing ? <PlaySign /> : <PauseSign />;
  return (
    <div className="player-flash" data-gesture={gesture} aria-hidden="true">
      {sign}
    </div>
  );
}

function useFullscreen(root: React.RefObject<HTMLDivElement | null>, video: HTMLVideoElement) {
  const [fullscreen, setFullscreen] = useState(false);
  useEffect(() => {
    const follow = () => setFullscreen(document.fullscreenElement !== null);
    document.addEventListener('fullscreenchange', follow);
    return () => document.removeEventListener('fullscreenchange', follow);
  }, []);
  const toggleFullscreen = useCallback(() => {
    if (document.fullscreenElement) return void document.exitFullscreen();
    // iPhones can only enlarge the video itself.
    if (root.current?.requestFullscreen) void root.current.requestFullscreen().catch(() => undefined);
    else (video as { webkitEnterFullscreen?: () => void }).webkitEnterFullscreen?.();
  }, [root, video]);
  return { fullscreen, toggleFullscreen };
}
