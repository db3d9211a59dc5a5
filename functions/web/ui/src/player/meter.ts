// How well a screening went: seconds played, stalls, seeks. What a seek or the start leaves to wait for is no stall.
import type { Beacons } from './telemetry.ts';

/** A stop shorter than this is not seen. */
const STALL_MS = 250;

export class Meter {
  readonly #video: HTMLVideoElement;
  readonly #beacons: Beacons;
  #started = false;
  #lastPosition = 0;
  #playedS = 0;
  #stalledMs = 0;
  #stallStartMs: number | null = null;
  #seekStartMs: number | null = null;

  constructor(video: HTMLVideoElement, beacons: Beacons) {
    this.#video = video;
    this.#beacons = beacons;
  }

  /** True from the first frame that played. */
  get started(): boolean {
    return this.#started;
  }

  playing(): void {
    this.#started = true;
    this.resumed();
    this.#beacons.send({ type: 'playing', position: this.#video.currentTime });
  }

  waiting(): void {
    if (this.#started && !this.#video.seeking && !this.#video.paused) this.#stallStartMs ??= performance.now();
  }

  resumed(): void {
    if (this.#stallStartMs === null) return;
    const stallMs = Math.round(performance.now() - this.#stallStartMs);
    this.#stallStartMs = null;
    if (stallMs < STALL_MS) return;
    this.#stalledMs += stallMs;
    this.#beacons.send({ type: 'stall', stallMs, position: this.#video.currentTime });
  }

  seeking(): void {
    this.#seekStartMs ??= performance.now();
    this.#stallStartMs = null;
  }

  seeked(): void {
    this.#lastPosition = this.#video.currentTime;
    if (this.#seekStartMs !== null && this.#started) {
      this.#beacons.send({ type: 'seek', seekMs: Math.round(performance.now() - this.#seekStartMs), position: this.#video.currentTime });
    }
    this.#seekStartMs = null;
  }

  advanced(): void {
    // More than a second between two updates is a jump, not a second that was watched.
    this.#playedS += Math.max(0, Math.min(1, this.#video.currentTime - this.#lastPosition));
    this.#lastPosition = this.#video.currentTime;
  }

  ended(): void {
    if (!this.#started) return;
    const { droppedVideoFrames, totalVideoFrames } = this.#video.getVideoPlaybackQuality();
    this.#beacons.send({
      type: 'end',
      playedS: Math.round(this.#playedS),
      stalledMs: this.#stalledMs,
      droppedFrames: droppedVideoFrames,
      totalFrames: totalVideoFrames,
      position: this.#video.currentTime,
    });
    this.#beacons.flush();
  }
}
