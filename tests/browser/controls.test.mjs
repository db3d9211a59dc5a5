// The player's controls, by keyboard and by mouse.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch, newDevice, signIn } from './browser.mjs';
import { playableFilm } from './films.mjs';
import { Screening } from './screening.mjs';

let browser;
let device;
let page;
let screening;
before(async () => {
  const film = await playableFilm();
  browser = await launch();
  device = await newDevice(browser);
  page = device.page;
  await signIn(page);
  screening = await Screening.at(page, film, '?start=0');
});
after(async () => {
  await device?.close();
  await browser?.close();
});

/** What `key` changes, from paused and a known place. */
async function pressAt(position, key) {
  await page.evaluate((at) => {
    const video = document.querySelector('video');
    video.pause();
    video.currentTime = at;
  }, position);
  await screening.isNear(position, 0.1);
  await screening.press(key);
}

describe('the keyboard', () => {
  test('space and k play and pause', async () => {
    await page.locator('body').focus();
    for (const key of [' ', 'k']) {
      const { paused } = await screening.state();
      await screening.press(key);
      await page.waitForFunction((was) => document.querySelector('video').paused !== was, paused);
    }
  });

  test('arrows, j and l skip ten seconds', async () => {
    for (const [key, by] of [['ArrowRight', 10], ['ArrowLeft', -10], ['l', 10], ['j', -10]]) {
      await pressAt(40, key);
      await screening.isNear(40 + by, 0.2);
    }
  });

  test('digits go to tenths of the film', async () => {
    await pressAt(40, '2');
    await screening.isNear(18, 0.5);
    await pressAt(40, '0');
    await screening.isNear(0, 0.2);
  });

  test('up, down and m change the volume, and a reload remembers it', async () => {
    await screening.press('ArrowDown');
    await screening.press('ArrowDown');
    assert.ok(Math.abs((await screening.state()).volume - 0.9) < 0.001);
    await screening.press('m');
    assert.equal((await screening.state()).muted, true);
    await page.reload();
    await screening.plays();
    const { volume, muted } = await screening.state();
    assert.deepEqual([Math.round(volume * 100), muted], [90, true]);
    await screening.press('m');
    assert.equal((await screening.state()).muted, false);
  });

  test('c turns subtitles on and off', async () => {
    await screening.press('c');
    await page.getByTestId('captions').getByText(/Line \d+/).waitFor();
    await screening.press('c');
    await page.getByTestId('captions').getByText(/Line \d+/).waitFor({ state: 'detached' });
  });

  test('f fills the screen and Escape leaves it, but not the film', async () => {
    await screening.press('f');
    await page.waitForFunction(() => document.fullscreenElement !== null);
    await screening.press('Escape');
    await page.waitForFunction(() => document.fullscreenElement === null);
    assert.equal(await page.locator('video').count(), 1);
  });
});

describe('the menus', () => {
  test('quality: a chosen height is played, and Auto is to be had again', async () => {
    await screening.wake();
    await page.getByRole('button', { name: 'Quality' }).click();
    const heights = await page.getByRole('menuitemradio').allInnerTexts();
    assert.match(heights[0], /^Auto/);
    assert.ok(heights.length >= 3, heights.join());
    const lowest = Number.parseInt(heights.at(-1), 10);
    await page.getByRole('menuitemradio', { name: `${lowest}p`, exact: true }).click();
    if ((await screening.state()).paused) await screening.press('k');
    await page.waitForFunction((height) => document.querySelector('video').videoHeight === height, lowest);
    await screening.choose('Quality', /^Auto/);
    await page.waitForFunction((height) => document.querySelector('video').videoHeight > height, lowest);
  });

  test('speed: the film runs faster, and normal again', async () => {
    await screening.choose('Playback speed', '1.5×');
    assert.equal((await screening.state()).rate, 1.5);
    await screening.choose('Playback speed', 'Normal');
    assert.equal((await screening.state()).rate, 1);
  });

  test('are worked by keyboard alone, and give the focus back', async () => {
    await screening.wake();
    await page.getByRole('button', { name: 'Subtitles' }).focus();
    await screening.press('Enter');
    await page.getByRole('menuitemradio', { name: 'Off' }).waitFor();
    await screening.press('ArrowDown');
    await screening.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Subtitles');
    assert.equal(await page.getByRole('menu').count(), 0);
  });
});

describe('the mouse', () => {
  test('a press on the timeline seeks there, after a thumbnail of the place was shown', async () => {
    await screening.wake();
    const box = await page.getByRole('slider', { name: 'Seek' }).boundingBox();
    await page.mouse.move(box.x + box.width * 0.6, box.y + box.height / 2);
    await page.getByTestId('seek-preview').locator('img').waitFor();
    await page.mouse.down();
    await page.mouse.up();
    await screening.isNear(54, 2);
  });

  test('the controls go when nobody moves, and come back', async () => {
    if ((await screening.state()).paused) await screening.press('k');
    await screening.wake();
    await page.locator('[data-testid="player"][data-attentive="true"]').waitFor();
    await page.locator('[data-testid="player"][data-attentive="false"]').waitFor();
    await screening.wake();
    await page.getByRole('button', { name: 'Leave player' }).waitFor();
  });

  test('nothing broke on the page in all this', () => assert.deepEqual(device.crashes, []));
});
