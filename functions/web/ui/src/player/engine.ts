// One title on one <video>: session, hls.js, recovery and progress. It exists without React, so that it can be
// made ready off-screen while the viewer still looks at the card, and be taken into the page on play.
import Hls, { ErrorDetails, type ErrorData } from 'hls.js';
import { recordLastPosition, recordPosition, type Position } from '../progress/index.ts';
import { bufferTarget, hlsConfig, playsNatively } from './hlsConfig.ts';
import { Lease } from './lease.ts';
import { followMedia } from './mediaEvents.ts';
import { createPlayerStore, type PlayerStore } from './playerState.ts';
import { clampVolume, readPreferences, remember } from './preferences.ts';
import { failureFor, remedyFor, retryDelayMs, unreachable, unsupported, type Failure } from './recovery.ts';
import type { OpenedSession } from './session.ts';
import { expectedBandwidth, startRung } from './startRung.ts';
import { Beacons } from './telemetry.ts';
import { RenditionChoice } from './renditions.ts';

/** A viewer who paused this long ago gives the stream back to the account. */
const IDLE_AFTER_MS = 10 * 60_000;

/** A resume this close to the start is no resume. */
const WORTH_RESUMING_S = 5;

/** Playback that went well for this long forgets earlier repairs. */
const HEALTHY_AFTER_MS = 30_000;

export class PlaybackEngine {
  readonly contentId: string;
  readonly video = document.createElement('video');
  readonly store: PlayerStore;
  readonly renditions: RenditionChoice;
  readonly beacons: Beacons;
  readonly #lease: Lease;
  readonly #stopFollowing: () => void;
  #startAt: number | null;
  #hls: Hls | null = null;
  #session: OpenedSession | null = null;
  #prepared: boolean;
  #disposed = false;
  #manifestSeen = false;
  #networkFailures = 0;
  #networkTimer: ReturnType<typeof setTimeout> | null = null;
  #idleTimer: ReturnType<typeof setTimeout> | null = null;
  #repairs = { mediaRecoveries: 0, reopenings: 0 };
  #lastRepairMs = 0;

  /**
   * `prepared` engines stay silent, buffer only the first seconds and don't play until `take`.
   * `startAt` overrides where the viewer left off.
   */
  constructor(contentId: string, { prepared, startAt }: { prepared: boolean; startAt: number | null }) {
    this.contentId = contentId;
    this.#startAt = startAt;
    this.#prepared = prepared;
    const { volume, muted } = readPreferences();
    this.store = createPlayerStore(volume, muted);
    this.video.playsInline = true;
    this.video.preload = 'auto';
    this.video.volume = volume;
    this.video.muted = muted;
    this.beacons = new Beacons(contentId);
    this.renditions = new RenditionChoice(this.store, this.video, this.beacons);
    this.#lease = new Lease(contentId, {
      onLost: (error) => this.#fail(failureFor(error)),
      onReopened: (session) => this.#continueWith(session),
    });
    this.#stopFollowing = followMedia(this);
    window.addEventListener('online', this.#onOnline);
    window.addEventListener('pagehide', this.#onPageHide);
    void this.#start();
  }

  /** The viewer pressed play: from here on it is a real screening. */
  take(intentMs: number): void {
    const prepared = this.#prepared;
    this.#prepared = false;
    if (this.#hls) {
      Object.assign(this.#hls.config, bufferTarget(false));
      this.#hls.capLevelToPlayerSize = true;
    }
    this.beacons.send({ type: 'start', prepared });
    this.#reportFirstFrame(intentMs, prepared);
    this.play();
  }

  play(): void {
    this.#watchIdle(false);
    if (this.store.getState().ended) this.seek(0);
    if (!this.#lease.held && this.#session) void this.#lease.renew();
    this.store.setState({ needsPress: false });
    this.video.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === 'NotAllowedError') this.store.setState({ needsPress: true });
    });
  }

  pause(): void {
    this.video.pause();
    this.#watchIdle(true);
  }

  togglePlay(): void {
    if (this.video.paused) this.play();
    else this.pause();
  }

  seek(position: number): void {
    const { duration } = this.store.getState();
    const target = Math.max(0, duration > 0 ? Math.min(position, duration - 0.1) : position);
    this.video.currentTime = target;
    this.store.setState({ position: target, ended: false });
  }

  skip(seconds: number): void {
    this.seek(this.video.currentTime + seconds);
  }

  startOver(): void {
    this.store.setState({ resumedAt: null });
    this.seek(0);
    this.play();
  }

  setVolume(volume: number): void {
    this.video.volume = clampVolume(volume);
    this.video.muted = this.video.volume === 0;
    remember({ volume: this.video.volume, muted: this.video.muted });
  }

  /** From what is heard now, which the state may not show yet. */
  changeVolume(by: number): void {
    this.setVolume((this.video.muted ? 0 : this.video.volume) + by);
  }

  setMuted(muted: boolean): void {
    this.video.muted = muted;
    if (!muted && this.video.volume === 0) this.video.volume = 0.5;
    remember({ muted, volume: this.video.volume });
  }

  setRate(rate: number): void {
    this.video.playbackRate = rate;
    this.store.setState({ rate });
  }

  /** For an engine that was made ready at another place. */
  startAt(position: number): void {
    this.#startAt = position;
    this.store.setState({ resumedAt: null });
    if (this.#session !== null) this.seek(position);
  }

  /** After a failure: everything anew, at the same place. */
  retry(): void {
    this.#repairs = { mediaRecoveries: 0, reopenings: 0 };
    this.store.setState({ phase: 'opening', failure: null, playing: true });
    void this.#start();
  }

  /** Writes the position down; the outbox takes care of the rest. */
  report(): void {
    const position = this.#position();
    if (position) void recordPosition(position);
  }

  /** The same while the page goes away. */
  reportLast(): void {
    const position = this.#position();
    if (position) recordLastPosition(position);
  }

  /** The viewer leaves. Nothing that is still worth sending is lost with the page. */
  dispose(): void {
    if (this.#disposed) return;
    this.report();
    this.#disposed = true;
    if (this.#hls && this.#manifestSeen) remember({ bandwidth: Math.round(this.#hls.bandwidthEstimate) });
    this.#stopFollowing();
    window.removeEventListener('online', this.#onOnline);
    window.removeEventListener('pagehide', this.#onPageHide);
    if (this.#networkTimer !== null) clearTimeout(this.#networkTimer);
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    this.#closeHls();
    this.video.removeAttribute('src');
    this.video.load();
    this.video.remove();
    this.#lease.close();
    this.beacons.flush();
  }

  #position(): Position | null {
    const { duration, phase } = this.store.getState();
    if (this.#prepared || phase !== 'ready' || duration <= 0) return null;
    return { contentId: this.contentId, position: this.video.ended ? duration : this.video.currentTime, duration };
  }

  async #start(): Promise<void> {
    try {
      const session = await this.#lease.open();
      if (this.#disposed) return;
      const { position: lastPosition } = this.store.getState();
      this.#session = session;
      this.beacons.openedAs(session.leaseId);
      const resume = session.resumePosition >= WORTH_RESUMING_S ? session.resumePosition : 0;
      const startPosition = lastPosition > 0 ? lastPosition : (this.#startAt ?? resume);
      this.store.setState({
        title: session.title,
        duration: session.durationS,
        position: startPosition,
        resumedAt: lastPosition > 0 || this.#startAt !== null || resume === 0 ? null : resume,
        intro: session.intro ?? null,
        creditsStart: session.creditsStart ?? null,
        chapters: session.chapters ?? [],
        nextEpisodeId: session.nextEpisodeId ?? null,
        storyboardUrl: session.storyboardUrl ?? null,
      });
      await this.#load(session, startPosition);
    } catch (error) {
      if (this.#disposed) return;
      const failure = failureFor(error);
      if (failure === null) this.#waitForNetwork();
      else this.#fail(failure);
    }
  }

  async #load(session: OpenedSession, startPosition: number): Promise<void> {
    // Asked before the old hls.js goes: what it does to the video can end in a pause that nobody wanted.
    const { playing } = this.store.getState();
    this.#closeHls();
    await takeKeysOff(this.video);
    if (this.#disposed || this.#session !== session || this.#hls !== null) return;
    if (!Hls.isSupported()) this.#loadNatively(session, startPosition);
    else this.#loadWithHls(session, startPosition);
    // Where nothing was played yet, `take` has pressed play; who paused since finds the film paused.
    if (!this.#prepared && playing) this.play();
  }

  #loadWithHls(session: OpenedSession, startPosition: number): void {
    const bandwidth = expectedBandwidth(readPreferences().bandwidth);
    const hls = new Hls(
      hlsConfig({
        session,
        startPosition,
        bandwidth,
        prepared: this.#prepared,
        token: () => this.#lease.token,
        renew: () => this.#lease.renew(),
      }),
    );
    this.#hls = hls;
    hls.on(Hls.Events.MANIFEST_PARSED, () => {
      this.#manifestSeen = true;
      hls.startLevel = startRung(hls.levels, bandwidth, this.#prepared);
    });
    // To attach is to load anew, which undoes a `play` that came before.
    hls.on(Hls.Events.MEDIA_ATTACHED, () => {
      if (!this.#prepared && this.video.paused && this.store.getState().playing) this.play();
    });
    hls.on(Hls.Events.FRAG_LOADED, () => this.#networkIsBack());
    hls.on(Hls.Events.ERROR, (_event, data) => this.#onHlsError(data));
    this.renditions.follow(hls);
    hls.loadSource(session.manifestUrl);
    hls.attachMedia(this.video);
  }

  /** The token could not be renewed and a new session took its place. */
  #continueWith(session: OpenedSession): void {
    const sameAsset = this.#session?.version === session.version;
    this.#session = session;
    this.beacons.openedAs(session.leaseId);
    if (!sameAsset && this.#hls) void this.#load(session, this.video.currentTime);
  }

  #loadNatively(session: OpenedSession, startPosition: number): void {
    if (!playsNatively(this.video)) return this.#fail(unsupported('no-media-source'));
    this.video.src = session.manifestUrl;
    this.video.addEventListener('loadedmetadata', () => void (this.video.currentTime = startPosition), { once: true });
    this.video.addEventListener('error', () => this.#fail(unreachable(`media-error-${this.video.error?.code ?? 0}`)), { once: true });
  }

  #onHlsError(data: ErrorData): void {
    const status = data.response?.code ?? null;
    // A request that a seek made pointless is no error.
    if (data.details !== ErrorDetails.INTERNAL_ABORTED && (!this.#prepared || data.fatal)) {
      this.beacons.send({ type: 'error', details: data.details, fatal: data.fatal, status, position: this.video.currentTime });
    }
    if (performance.now() - this.#lastRepairMs > HEALTHY_AFTER_MS) this.#repairs = { mediaRecoveries: 0, reopenings: 0 };
    const remedy = remedyFor({ type: data.type, details: data.details, fatal: data.fatal, status, problem: sentenceIn(data) }, this.#repairs);
    if (remedy.do === 'nothing') return;
    this.#lastRepairMs = performance.now();
    switch (remedy.do) {
      case 'wait-for-network':
        return this.#waitForNetwork();
      case 'recover-media':
        return this.#rebuild();
      case 'reopen':
        this.#repairs.reopenings += 1;
        return void this.#start();
      case 'fail':
        return this.#fail(remedy.failure);
    }
  }

  /**
   * A new hls.js at the same place. Its own way, a new media source under the old loaders, at times never loads the sound
   * again. Once its listeners are through, and once for all errors of the same moment.
   */
  #rebuild(): void {
    const broken = this.#hls;
    const position = this.video.currentTime;
    const { playing } = this.store.getState();
    queueMicrotask(() => {
      if (this.#session === null || broken === null || this.#hls !== broken) return;
      this.#repairs.mediaRecoveries += 1;
      this.store.setState({ playing });
      void this.#load(this.#session, position > 0 ? position : this.store.getState().position);
    });
  }

  #waitForNetwork(): void {
    if (this.#networkTimer !== null || this.#disposed) return;
    this.store.setState({ waitingForNetwork: true });
    this.#networkTimer = setTimeout(this.#tryNetwork, retryDelayMs(this.#networkFailures));
    this.#networkFailures += 1;
  }

  /** A page that comes back from the back/forward cache takes a stream again when it plays. */
  readonly #onPageHide = () => this.#lease.release();

  readonly #onOnline = () => {
    if (this.#networkTimer !== null) this.#tryNetwork();
  };

  readonly #tryNetwork = () => {
    if (this.#networkTimer !== null) clearTimeout(this.#networkTimer);
    this.#networkTimer = null;
    if (this.#disposed) return;
    if (this.#session === null || this.#hls === null) void this.#start();
    else if (this.#manifestSeen) this.#hls.startLoad();
    else this.#hls.loadSource(this.#session.manifestUrl);
  };

  #networkIsBack(): void {
    if (this.#networkFailures === 0) return;
    this.#networkFailures = 0;
    if (this.#networkTimer !== null) clearTimeout(this.#networkTimer);
    this.#networkTimer = null;
    this.store.setState({ waitingForNetwork: false });
  }

  #fail(failure: Failure | null): void {
    if (failure === null || this.#disposed) return;
    this.report();
    this.beacons.send({ type: 'error', details: failure.kind, fatal: true, status: null, position: this.video.currentTime });
    this.video.pause();
    this.#closeHls();
    this.#lease.release();
    this.store.setState({ phase: 'failed', failure, stalled: false, waitingForNetwork: false, playing: false });
  }

  #closeHls(): void {
    this.#hls?.destroy();
    this.#hls = null;
    this.#manifestSeen = false;
  }

  #watchIdle(paused: boolean): void {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    this.#idleTimer = paused ? setTimeout(() => this.#lease.release(), IDLE_AFTER_MS) : null;
  }

  #reportFirstFrame(intentMs: number, prepared: boolean): void {
    const report = () => {
      const startupMs = Math.round(performance.now() - intentMs);
      this.beacons.send({ type: 'first_frame', startupMs, prepared });
      this.video.dataset['startupMs'] = String(startupMs);
    };
    if ('requestVideoFrameCallback' in this.video) this.video.requestVideoFrameCallback(report);
    else (this.video as HTMLVideoElement).addEventListener('playing', report, { once: true });
  }
}

/** hls.js leaves its keys on the video when it ends; the next one would take them for its own and find none of its sessions in them. */
async function takeKeysOff(video: HTMLVideoElement): Promise<void> {
  if (video.mediaKeys) await video.setMediaKeys(null).catch(() => undefined);
}

/** The edge's own sentence, when the refusal came with one. */
function sentenceIn(data: ErrorData): string | null {
  const body = data.response?.data ?? (data.networkDetails as XMLHttpRequest | null)?.response;
  try {
    const text = body instanceof ArrayBuffer ? new TextDecoder().decode(body) : body;
    const sentence = (typeof text === 'string' ? (JSON.parse(text) as { error?: unknown }) : text)?.error;
    return typeof sentence === 'string' ? sentence : null;
  } catch {
    return null;
  }
}
