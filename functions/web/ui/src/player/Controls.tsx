// The controls over the picture: leave and sound above, transport in the middle, timeline and choices below.
import { useCallback, useState } from 'react';
import { useStore } from 'zustand';
import type { PlaybackEngine } from './engine.ts';
import {
  AudioSign,
  BackTenSign,
  ForwardTenSign,
  FullscreenSign,
  LeaveSign,
  PauseSign,
  PictureInPictureSign,
  PlaySign,
  QualitySign,
  ReplaySign,
  SpeedSign,
  SubtitlesSign,
  VolumeSign,
} from './icons.tsx';
import { Menu, type Choice } from './Menu.tsx';
import { Scrubber } from './Scrubber.tsx';
import { timecode } from './timecode.ts';

const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2];
const SKIP_S = 10;

export interface ControlsProps {
  engine: PlaybackEngine;
  fullscreen: boolean;
  onExit: () => void;
  onFullscreen: () => void;
  onPictureInPicture: () => void;
  /** While something is held or open, the controls stay. */
  onHold: (held: boolean) => void;
}

export function Controls(props: ControlsProps) {
  return (
    <div className="player-controls">
      <TopBar {...props} />
      <Transport engine={props.engine} />
      <BottomBar {...props} />
    </div>
  );
}

function TopBar({ engine, onExit }: ControlsProps) {
  return (
    <div className="player-top">
      <button type="button" className="player-button" aria-label="Leave player" title="Leave player" data-testid="leave" onClick={onExit}>
        <LeaveSign />
      </button>
      <Volume engine={engine} />
    </div>
  );
}

function Transport({ engine }: { engine: PlaybackEngine }) {
  const playing = useStore(engine.store, (state) => state.playing);
  const ended = useStore(engine.store, (state) => state.ended);
  const name = ended ? 'Watch again' : playing ? 'Pause' : 'Play';
  return (
    <div className="player-transport">
      <button type="button" className="player-button player-button-large" aria-label="Back 10 seconds" title="Back 10 seconds" data-testid="back-10" onClick={() => engine.skip(-SKIP_S)}>
        <BackTenSign />
      </button>
      <button type="button" className="player-button player-button-main" aria-label={name} title={name} data-testid="play-pause" onClick={() => engine.togglePlay()}>
        {ended ? <ReplaySign /> : playing ? <PauseSign /> : <PlaySign />}
      </button>
      <button type="button" className="player-button player-button-large" aria-label="Forward 10 seconds" title="Forward 10 seconds" data-testid="forward-10" onClick={() => engine.skip(SKIP_S)}>
        <ForwardTenSign />
      </button>
    </div>
  );
}

function BottomBar({ engine, fullscreen, onFullscreen, onPictureInPicture, onHold }: ControlsProps) {
  const title = useStore(engine.store, (state) => state.title);
  return (
    <div className="player-bottom">
      <div className="player-title-row">
        <h1 className="player-title">{title}</h1>
        <div className="player-choices">
          <Choices engine={engine} onHold={onHold} />
          {document.pictureInPictureEnabled && (
            <button type="button" className="player-button" aria-label="Picture in picture" title="Picture in picture" data-testid="picture-in-picture" onClick={onPictureInPicture}>
              <PictureInPictureSign />
            </button>
          )}
          <button
            type="button"
            className="player-button"
            aria-label={fullscreen ? 'Exit full screen' : 'Full screen'}
            title={fullscreen ? 'Exit full screen' : 'Full screen'}
            data-testid="fullscreen"
            onClick={onFullscreen}
          >
            <FullscreenSign active={fullscreen} />
          </button>
        </div>
      </div>
      <div className="player-timeline">
        <Elapsed engine={engine} />
        <Scrubber engine={engine} onHold={onHold} />
        <Remaining engine={engine} />
      </div>
    </div>
  );
}

function Elapsed({ engine }: { engine: PlaybackEngine }) {
  const position = useStore(engine.store, (state) => Math.floor(state.position));
  return (
    <time className="player-time" data-testid="elapsed">
      {timecode(position)}
    </time>
  );
}

function Remaining({ engine }: { engine: PlaybackEngine }) {
  const left = useStore(engine.store, ({ duration, position }) => Math.max(0, Math.ceil(duration) - Math.floor(position)));
  return (
    <time className="player-time player-time-left" aria-label={`${timecode(left)} left`} data-testid="remaining">
      −{timecode(left)}
    </time>
  );
}

type MenuName = 'subtitles' | 'audio' | 'quality' | 'speed';

function Choices({ engine, onHold }: { engine: PlaybackEngine; onHold: (held: boolean) => void }) {
  const { subtitles, subtitle, audioTracks, audioTrack, qualities, chosenHeight, shownHeight, rate } = useStore(engine.store);
  const [open, setOpen] = useState<MenuName | null>(null);
  const opener = useCallback(
    (name: MenuName) => (wanted: boolean) => {
      setOpen(wanted ? name : null);
      onHold(wanted);
    },
    [onHold],
  );
  const auto: Choice = { id: 'auto', label: 'Auto', ...(chosenHeight === null && shownHeight !== null && { note: `${shownHeight}p now` }) };
  const heights = qualities.map(({ height, hdr }) => ({ id: String(height), label: `${height}p`, ...(hdr && { note: 'HDR' }) }));
  return (
    <>
      {subtitles.length > 0 && (
        <Menu
          name="Subtitles"
          testId="subtitles"
          sign={<SubtitlesSign />}
          choices={[{ id: 'off', label: 'Off' }, ...subtitles.map(({ id, name }) => ({ id: String(id), label: name }))]}
          chosen={subtitle === -1 ? 'off' : String(subtitle)}
          open={open === 'subtitles'}
          onOpen={opener('subtitles')}
          onChoose={(id) => engine.renditions.chooseSubtitle(id === 'off' ? -1 : Number(id))}
        />
      )}
      {audioTracks.length > 1 && (
        <Menu
          name="Audio"
          testId="audio"
          sign={<AudioSign />}
          choices={audioTracks.map(({ id, name }) => ({ id: String(id), label: name }))}
          chosen={String(audioTrack)}
          open={open === 'audio'}
          onOpen={opener('audio')}
          onChoose={(id) => engine.renditions.chooseAudio(Number(id))}
        />
      )}
      <Menu
        name="Quality"
        testId="quality"
        sign={<QualitySign />}
        choices={[auto, ...heights]}
        chosen={chosenHeight === null ? 'auto' : String(chosenHeight)}
        open={open === 'quality'}
        onOpen={opener('quality')}
        onChoose={(id) => engine.renditions.chooseHeight(id === 'auto' ? null : Number(id))}
      />
      <Menu
        name="Playback speed"
        testId="speed"
        sign={<SpeedSign />}
        {...(rate !== 1 && { badge: `${rate}×` })}
        choices={RATES.map((value) => ({ id: String(value), label: value === 1 ? 'Normal' : `${value}×` }))}
        chosen={String(rate)}
        open={open === 'speed'}
        onOpen={opener('speed')}
        onChoose={(id) => engine.setRate(Number(id))}
      />
    </>
  );
}

function Volume({ engine }: { engine: PlaybackEngine }) {
  const { volume, muted } = useStore(engine.store);
  const audible = muted ? 0 : volume;
  const level = audible === 0 ? 'off' : audible < 0.5 ? 'low' : 'high';
  return (
    <div className="player-volume">
      <input
        type="range"
        min={0}
        max={100}
        step={5}
        value={Math.round(audible * 100)}
        aria-label="Volume"
        data-testid="volume"
        data-own-keys
        style={{ '--filled': `${audible * 100}%` } as React.CSSProperties}
        onChange={(event) => engine.setVolume(Number(event.currentTarget.value) / 100)}
      />
      <button type="button" className="player-button" aria-label={muted ? 'Unmute' : 'Mute'} aria-pressed={muted} title={muted ? 'Unmute' : 'Mute'} data-testid="mute" onClick={() => engine.setMuted(!muted)}>
        <VolumeSign level={level} />
      </button>
    </div>
  );
}
