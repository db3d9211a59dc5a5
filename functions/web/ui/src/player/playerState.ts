// Everything the controls show, as one snapshot. The engine writes it, React reads it.
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Failure } from './recovery.ts';
import type { Chapter, Marker } from './session.ts';

/** A height of the ladder that can be asked for by itself. */
export interface Quality {
  height: number;
  bitrate: number;
  hdr: boolean;
}

export interface Track {
  id: number;
  name: string;
  language: string;
}

/** A caption on screen. `top` when the author placed it in the upper half. */
export interface CaptionLine {
  key: string;
  cue: VTTCue;
  top: boolean;
}

export interface PlayerState {
  phase: 'opening' | 'ready' | 'failed';
  failure: Failure | null;
  /** The network is away; what is buffered plays on. */
  waitingForNetwork: boolean;
  title: string;
  playing: boolean;
  /** The browser wants a press before it plays sound. */
  needsPress: boolean;
  ended: boolean;
  /** Playback wants to go on and can't. Shown as a spinner only after a moment. */
  stalled: boolean;
  position: number;
  duration: number;
  buffered: readonly Marker[];
  volume: number;
  muted: boolean;
  rate: number;
  qualities: readonly Quality[];
  /** Null is Auto. */
  chosenHeight: number | null;
  shownHeight: number | null;
  subtitles: readonly Track[];
  /** -1 is Off. */
  subtitle: number;
  captions: readonly CaptionLine[];
  audioTracks: readonly Track[];
  audioTrack: number;
  /** Where playback was taken up again, until the viewer starts over or it no longer matters. */
  resumedAt: number | null;
  intro: Marker | null;
  creditsStart: number | null;
  chapters: readonly Chapter[];
  nextEpisodeId: string | null;
  storyboardUrl: string | null;
  pictureInPicture: boolean;
}

export type PlayerStore = StoreApi<PlayerState>;

export function createPlayerStore(volume: number, muted: boolean): PlayerStore {
  return createStore<PlayerState>()(() => ({
    phase: 'opening',
    failure: null,
    waitingForNetwork: false,
    title: '',
    playing: false,
    needsPress: false,
    ended: false,
    stalled: false,
    position: 0,
    duration: 0,
    buffered: [],
    volume,
    muted,
    rate: 1,
    qualities: [],
    chosenHeight: null,
    shownHeight: null,
    subtitles: [],
    subtitle: -1,
    captions: [],
    audioTracks: [],
    audioTrack: -1,
    resumedAt: null,
    intro: null,
    creditsStart: null,
    chapters: [],
    nextEpisodeId: null,
    storyboardUrl: null,
    pictureInPicture: false,
  }));
}
