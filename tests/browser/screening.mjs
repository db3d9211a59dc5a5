// The player on a page, as a viewer sees and works it.
export class Screening {
  constructor(page) {
    this.page = page;
  }

  /** Opens the title's page and presses Play. */
  static async fromTitlePage(page, film) {
    await page.goto(`/title/${film.id}`);
    await page.getByRole('link', { name: /^(Play|Resume)$/ }).first().click();
    const screening = new Screening(page);
    await screening.plays();
    return screening;
  }

  static async at(page, film, search = '') {
    await page.goto(`/watch/${film.id}${search}`);
    const screening = new Screening(page);
    await screening.plays();
    return screening;
  }

  /** Until frames come and time goes on. */
  async plays() {
    await this.page.waitForFunction(() => {
      const video = document.querySelector('video');
      return video !== null && !video.paused && video.readyState >= 3 && video.getVideoPlaybackQuality().totalVideoFrames > 5;
    });
    const { position } = await this.state();
    await this.page.waitForFunction((from) => document.querySelector('video').currentTime > from + 0.3, position);
  }

  state() {
    return this.page.evaluate(() => {
      const video = document.querySelector('video');
      return {
        position: video.currentTime,
        paused: video.paused,
        muted: video.muted,
        volume: video.volume,
        rate: video.playbackRate,
        frames: video.getVideoPlaybackQuality().totalVideoFrames,
        audioBytes: video.webkitAudioDecodedByteCount,
        encrypted: video.mediaKeys !== null,
        height: video.videoHeight,
        startupMs: Number(video.dataset.startupMs),
      };
    });
  }

  async position() {
    return (await this.state()).position;
  }

  async reaches(position) {
    await this.page.waitForFunction((at) => document.querySelector('video').currentTime >= at, position);
  }

  /** Until the position is within `tolerance` of `position`. */
  async isNear(position, tolerance = 1.5) {
    await this.page.waitForFunction(([at, by]) => Math.abs(document.querySelector('video').currentTime - at) <= by, [position, tolerance]);
  }

  press(key) {
    return this.page.keyboard.press(key);
  }

  /** Shows the controls, as a moved mouse does. */
  async wake() {
    const { width, height } = this.page.viewportSize();
    await this.page.mouse.move(width / 2 + Math.random() * 40, height * 0.3);
    await this.page.mouse.move(width / 2, height * 0.3 + 5);
  }

  async choose(menu, item) {
    await this.wake();
    await this.page.getByRole('button', { name: menu, exact: true }).click();
    await this.page.getByRole('menuitemradio', { name: item }).click();
  }

  async leave() {
    await this.wake();
    await this.page.getByRole('button', { name: 'Leave player' }).click();
    await this.page.locator('video').waitFor({ state: 'detached' });
  }
}
