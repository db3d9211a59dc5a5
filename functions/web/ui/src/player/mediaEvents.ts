// What the <video> element says, turned into state, progress and beacons.
import type { PlaybackEngine } from './engine.ts';
import { Meter } from './meter.ts';
import type { Marker } from './session.ts';

const REPORT_EVERY_MS = 10_000;

/** Returns what to call when the screening is over. */
export function followMedia(engine: PlaybackEngine): () => void {
  const meter = new Meter(engine.video, engine.beacons);
  const listening = new AbortController();
  followState(engine, listening.signal);
  followQuality(engine, meter, listening.signal);
  followProgress(engine, meter, listening.signal);
  return () => {
    meter.ended();
    listening.abort();
  };
}

function followState({ video, store }: PlaybackEngine, signal: AbortSignal): void {
  const on = (event: keyof HTMLVideoElementEventMap, listener: () => void) => video.addEventListener(event, listener, { signal });
  const showDuration = () => Number.isFinite(video.duration) && video.duration > 0 && store.setState({ duration: video.duration });
  on('loadedmetadata', () => {
    store.setState({ phase: 'ready' });
    showDuration();
  });
  on('durationchange', showDuration);
  on('play', () => store.setState({ playing: true, ended: false, needsPress: false }));
  // After a decoding error the browser pauses by itself; the viewer still wants to watch, and the engine plays on once it is mended.
  on('pause', () => video.error === null && store.setState({ playing: false }));
  on('playing', () => store.setState({ stalled: false }));
  on('canplay', () => store.setState({ stalled: false }));
  on('waiting', () => store.setState({ stalled: true }));
  on('seeking', () => store.setState({ position: video.currentTime, stalled: video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA }));
  on('seeked', () => store.setState({ position: video.currentTime }));
  on('timeupdate', () => !video.seeking && store.setState({ position: video.currentTime, buffered: ranges(video.buffered) }));
  on('progress', () => store.setState({ buffered: ranges(video.buffered) }));
  on('volumechange', () => store.setState({ volume: video.volume, muted: video.muted }));
  on('ended', () => store.setState({ ended: true, playing: false }));
  on('enterpictureinpicture', () => store.setState({ pictureInPicture: true }));
  on('leavepictureinpicture', () => store.setState({ pictureInPicture: false }));
}

function followQuality({ video, beacons }: PlaybackEngine, meter: Meter, signal: AbortSignal): void {
  video.addEventListener('playing', () => meter.playing(), { signal });
  video.addEventListener('waiting', () => meter.waiting(), { signal });
  video.addEventListener('canplay', () => meter.resumed(), { signal });
  video.addEventListener('seeking', () => meter.seeking(), { signal });
  video.addEventListener('seeked', () => meter.seeked(), { signal });
  video.addEventListener('timeupdate', () => !video.seeking && meter.advanced(), { signal });
  video.addEventListener('pause', () => meter.started && !video.ended && beacons.send({ type: 'pause', position: video.currentTime }), { signal });
}

/** Every 10 s while it plays, at every pause and seek, at the end, and in the last moments of the page. */
function followProgress(engine: PlaybackEngine, meter: Meter, signal: AbortSignal): void {
  const { video, beacons } = engine;
  let reportedMs = performance.now();
  const report = () => {
    if (!meter.started) return;
    reportedMs = performance.now();
    engine.report();
  };
  video.addEventListener('pause', () => !video.ended && report(), { signal });
  video.addEventListener('seeked', report, { signal });
  video.addEventListener('ended', report, { signal });
  video.addEventListener('timeupdate', () => !video.paused && performance.now() - reportedMs >= REPORT_EVERY_MS && report(), { signal });

  // On phones the first of these is the only one that is certain to come.
  const hidden = () => {
    if (document.visibilityState !== 'hidden' || !meter.started) return;
    engine.reportLast();
    beacons.flush();
  };
  const leaving = () => {
    if (!meter.started) return;
    engine.reportLast();
    meter.ended();
  };
  document.addEventListener('visibilitychange', hidden, { signal });
  window.addEventListener('pagehide', leaving, { signal });
}

function ranges(buffered: TimeRanges): Marker[] {
  return Array.from({ length: buffered.length }, (_, index) => ({ start: buffered.start(index), end: buffered.end(index) }));
}
