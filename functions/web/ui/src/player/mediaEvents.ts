// What the <video> element says, turned into state, progress and beacons.
import type { PlaybackEngine } from './engine.ts';
import type { Marker } from './session.ts';

const REPORT_EVERY_MS = 10_000;
/** A stop shorter than this is no stall. */
const STALL_MS = 250;

export function followMedia(engine: PlaybackEngine): () => void {
  const { video, store, beacons } = engine;
  const listening = new AbortController();
  const on = (event: keyof HTMLVideoElementEventMap, listener: () => void) => video.addEventListener(event, listener, { signal: listening.signal });
  let reportedMs = performance.now();
  let seekStartMs: number | null = null;
  let stallStartMs: number | null = null;
  let started = false;
  const totals = { playedS: 0, stalledMs: 0, lastPosition: 0 };

  const report = () => {
    reportedMs = performance.now();
    engine.report();
  };
  const unstall = () => {
    if (stallStartMs !== null) {
      const stallMs = Math.round(performance.now() - stallStartMs);
      if (stallMs >= STALL_MS) {
        totals.stalledMs += stallMs;
        beacons.send({ type: 'stall', stallMs, position: video.currentTime });
      }
      stallStartMs = null;
    }
    store.setState({ stalled: false });
  };

  on('loadedmetadata', () => store.setState({ phase: 'ready', ...(Number.isFinite(video.duration) && { duration: video.duration }) }));
  on('durationchange', () => Number.isFinite(video.duration) && video.duration > 0 && store.setState({ duration: video.duration }));
  on('play', () => store.setState({ playing: true, ended: false, needsPress: false }));
  on('pause', () => {
    store.setState({ playing: false });
    if (!started || video.ended) return;
    report();
    beacons.send({ type: 'pause', position: video.currentTime });
  });
  on('playing', () => {
    started = true;
    unstall();
    beacons.send({ type: 'playing', position: video.currentTime });
  });
  on('waiting', () => {
    store.setState({ stalled: true });
    // What a seek or the start leaves to wait for is not a stall.
    if (started && !video.seeking && !video.paused) stallStartMs ??= performance.now();
  });
  on('canplay', unstall);
  on('seeking', () => {
    seekStartMs ??= performance.now();
    stallStartMs = null;
    store.setState({ position: video.currentTime, stalled: video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA });
  });
  on('seeked', () => {
    totals.lastPosition = video.currentTime;
    if (seekStartMs !== null && started) beacons.send({ type: 'seek', seekMs: Math.round(performance.now() - seekStartMs), position: video.currentTime });
    seekStartMs = null;
    store.setState({ position: video.currentTime });
    if (started) report();
  });
  on('timeupdate', () => {
    if (!video.seeking) {
      totals.playedS += Math.max(0, Math.min(1, video.currentTime - totals.lastPosition));
      totals.lastPosition = video.currentTime;
      store.setState({ position: video.currentTime, buffered: ranges(video.buffered) });
    }
    if (!video.paused && performance.now() - reportedMs >= REPORT_EVERY_MS) report();
  });
  on('progress', () => store.setState({ buffered: ranges(video.buffered) }));
  on('volumechange', () => store.setState({ volume: video.volume, muted: video.muted }));
  on('ended', () => {
    store.setState({ ended: true, playing: false });
    report();
  });
  on('enterpictureinpicture', () => store.setState({ pictureInPicture: true }));
  on('leavepictureinpicture', () => store.setState({ pictureInPicture: false }));

  // The last moments of a page: on phones only these events are certain to come.
  const leaving = () => {
    if (document.visibilityState === 'hidden' && started) {
      engine.reportLast();
      beacons.flush();
    }
  };
  document.addEventListener('visibilitychange', leaving, { signal: listening.signal });
  window.addEventListener(
    'pagehide',
    () => {
      if (!started) return;
      engine.reportLast();
      sendEnd(engine, totals);
    },
    { signal: listening.signal },
  );

  return () => {
    if (started) sendEnd(engine, totals);
    listening.abort();
  };
}

function sendEnd({ video, beacons }: PlaybackEngine, totals: { playedS: number; stalledMs: number }): void {
  const quality = video.getVideoPlaybackQuality();
  beacons.send({
    type: 'end',
    playedS: Math.round(totals.playedS),
    stalledMs: totals.stalledMs,
    droppedFrames: quality.droppedVideoFrames,
    totalFrames: quality.totalVideoFrames,
    position: video.currentTime,
  });
  beacons.flush();
}

function ranges(buffered: TimeRanges): Marker[] {
  return Array.from({ length: buffered.length }, (_, index) => ({ start: buffered.start(index), end: buffered.end(index) }));
}
