// Picture, sound and captions: what hls.js offers, what the viewer chose. The only place that says `level`.
import Hls, { type Level } from 'hls.js';
import type { CaptionLine, PlayerStore, Quality } from './playerState.ts';
import { readPreferences, remember } from './preferences.ts';
import type { Beacons } from './telemetry.ts';

export class RenditionChoice {
  readonly #store: PlayerStore;
  readonly #video: HTMLVideoElement;
  readonly #beacons: Beacons;
  #hls: Hls | null = null;

  constructor(store: PlayerStore, video: HTMLVideoElement, beacons: Beacons) {
    this.#store = store;
    this.#video = video;
    this.#beacons = beacons;
    video.textTracks.addEventListener('addtrack', ({ track }) => track?.addEventListener('cuechange', this.#showCaptions));
  }

  follow(hls: Hls): void {
    this.#hls = hls;
    // We draw captions ourselves, so that they move up when the controls come and look the same everywhere.
    hls.subtitleDisplay = false;
    hls.on(Hls.Events.MANIFEST_PARSED, () => {
      this.#store.setState({ qualities: qualitiesOf(hls.levels) });
      this.chooseHeight(this.#store.getState().chosenHeight);
    });
    hls.on(Hls.Events.LEVEL_SWITCHED, (_event, { level }) => {
      const shown = hls.levels[level];
      if (!shown) return;
      this.#store.setState({ shownHeight: shown.height });
      this.#beacons.send({ type: 'switch', height: shown.height, bitrate: shown.bitrate, position: this.#video.currentTime });
    });
    hls.on(Hls.Events.SUBTITLE_TRACKS_UPDATED, (_event, { subtitleTracks }) => {
      this.#store.setState({ subtitles: subtitleTracks.map(({ id, name, lang }) => ({ id, name, language: lang ?? 'und' })) });
      const wanted = readPreferences().subtitles;
      const track = wanted === null ? undefined : subtitleTracks.find(({ lang }) => lang === wanted);
      this.#applySubtitle(track?.id ?? -1);
    });
    hls.on(Hls.Events.AUDIO_TRACKS_UPDATED, (_event, { audioTracks }) => {
      this.#store.setState({ audioTracks: audioTracks.map(({ id, name, lang }) => ({ id, name, language: lang ?? 'und' })) });
      const wanted = readPreferences().audio;
      const track = wanted === null ? undefined : audioTracks.find(({ lang }) => lang === wanted);
      if (track && track.id !== hls.audioTrack) hls.audioTrack = track.id;
    });
    hls.on(Hls.Events.AUDIO_TRACK_SWITCHING, (_event, { id }) => this.#store.setState({ audioTrack: id }));
  }

  /** Null is Auto. Takes effect from the next segment on, without a stop. */
  chooseHeight(height: number | null): void {
    this.#store.setState({ chosenHeight: height });
    if (!this.#hls) return;
    this.#hls.nextLevel = height === null ? -1 : bestLevelOf(this.#hls.levels, height);
  }

  chooseSubtitle(id: number): void {
    remember({ subtitles: this.#store.getState().subtitles.find((track) => track.id === id)?.language ?? null });
    this.#applySubtitle(id);
  }

  /** Off, or the language that was last on, or the first there is. */
  toggleSubtitles(): void {
    const { subtitle, subtitles } = this.#store.getState();
    if (subtitle !== -1) return this.chooseSubtitle(-1);
    const spoken = navigator.language.split('-')[0];
    const track = subtitles.find(({ id }) => id === this.#lastSubtitle) ?? subtitles.find(({ language }) => language.split('-')[0] === spoken) ?? subtitles[0];
    if (track) this.chooseSubtitle(track.id);
  }
  #lastSubtitle = -1;

  chooseAudio(id: number): void {
    remember({ audio: this.#store.getState().audioTracks.find((track) => track.id === id)?.language ?? null });
    if (this.#hls) this.#hls.audioTrack = id;
  }

  #applySubtitle(id: number): void {
    if (id !== -1) this.#lastSubtitle = id;
    this.#store.setState({ subtitle: id, captions: [] });
    if (!this.#hls) return;
    this.#hls.subtitleTrack = id;
    this.#showCaptions();
  }

  readonly #showCaptions = () => {
    const { subtitle, captions: shown } = this.#store.getState();
    const captions = subtitle === -1 ? [] : Array.from(this.#video.textTracks).flatMap(activeLines);
    if (captions.length === 0 && shown.length === 0) return;
    this.#store.setState({ captions });
  };
}

function activeLines(track: TextTrack): CaptionLine[] {
  if (track.mode === 'disabled' || !track.activeCues) return [];
  return Array.from(track.activeCues)
    .filter((cue): cue is VTTCue => cue instanceof VTTCue)
    .map((cue) => ({ key: `${cue.startTime}-${cue.id}-${cue.text}`, cue, top: isHigh(cue) }));
}

/** WebVTT's `line` counts lines from the top, from the bottom when negative, or is a percentage. */
function isHigh({ line, snapToLines }: VTTCue): boolean {
  if (line === 'auto') return false;
  return snapToLines ? line >= 0 && line < 6 : line < 50;
}

function qualitiesOf(levels: readonly Level[]): Quality[] {
  const best = new Map<number, Quality>();
  for (const { height, bitrate, videoRange } of levels) {
    const known = best.get(height);
    if (!known || known.bitrate < bitrate) best.set(height, { height, bitrate, hdr: videoRange !== 'SDR' });
  }
  return [...best.values()].sort((a, b) => b.height - a.height);
}

function bestLevelOf(levels: readonly Level[], height: number): number {
  let best = -1;
  levels.forEach((level, index) => {
    if (level.height === height && (best === -1 || level.bitrate > (levels[best]?.bitrate ?? 0))) best = index;
  });
  return best;
}
