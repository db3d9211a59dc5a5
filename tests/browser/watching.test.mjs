// A viewer's evening, from a fresh sign-in to the next screen.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, newDevice, signIn } from './browser.mjs';
import { playableFilm } from './films.mjs';
import { Screening } from './screening.mjs';
import { signedIn, until } from './stack.mjs';

let browser;
let film;
before(async () => {
  film = await playableFilm();
  browser = await launch();
});
after(() => browser?.close());

test('a viewer signs in, plays a protected film, seeks, leaves, and goes on from there on another device', async (t) => {
  const first = await newDevice(browser);
  t.after(first.close);
  await signIn(first.page);
  let screening;

  await t.test('frames advance, sound is decoded, and the media is encrypted', async () => {
    screening = await Screening.fromTitlePage(first.page, film);
    const before = await screening.state();
    await screening.reaches(before.position + 1.5);
    const now = await screening.state();
    assert.ok(now.frames > before.frames, 'frames advance');
    assert.ok(now.audioBytes > 0, 'sound is decoded');
    assert.equal(now.encrypted, true);
  });

  await t.test('the first frame came within two seconds of the press', async () => {
    const { startupMs } = await screening.state();
    assert.ok(startupMs > 0 && startupMs < 2_000, `${startupMs} ms`);
  });

  await t.test('subtitles are shown', async () => {
    await screening.choose('Subtitles', /English/i);
    await first.page.getByTestId('captions').getByText(/^Line \d+ of the film\.$/).waitFor();
  });

  await t.test('a seek lands where it was asked to and plays on', async () => {
    await screening.press('7');
    await screening.isNear(film.durationS * 0.7);
    await screening.plays();
  });

  let leftAt;
  await t.test('leaving writes the position down', async () => {
    await screening.press('k');
    leftAt = await screening.position();
    await screening.leave();
    const client = await signedIn();
    await until('the position is stored', async () => Math.abs((await client.get(`/api/watch/progress/${film.id}`)).position - leftAt) < 0.5);
  });

  await t.test('a second device resumes within a second of it', async () => {
    const second = await newDevice(browser);
    t.after(second.close);
    await signIn(second.page);
    await second.page.goto(`/watch/${film.id}`);
    await second.page.waitForFunction(() => document.querySelector('video')?.getVideoPlaybackQuality().totalVideoFrames > 0);
    const resumed = await second.page.getByTestId('resume-prompt').innerText();
    assert.match(resumed, /Resumed at 1:0[23]/);
    const resumedAt = await second.page.evaluate(() => document.querySelector('video').played.start(0));
    assert.ok(Math.abs(resumedAt - leftAt) < 1, `resumed at ${resumedAt}, left at ${leftAt}`);
    assert.deepEqual(second.crashes, []);
  });

  await t.test('the film stands under “continue watching”, and can be started over', async () => {
    await first.page.goto('/');
    await first.page.getByRole('link', { name: film.title }).first().waitFor();
    const again = await Screening.at(first.page, film);
    await first.page.getByTestId('start-over').click();
    await again.isNear(1, 2);
    await again.plays();
  });

  assert.deepEqual(first.crashes, []);
});

test('a title that was made ready while its page was read shows its first frame sooner than a cold one', async (t) => {
  const device = await newDevice(browser);
  t.after(device.close);
  await signIn(device.page);
  const opened = device.page.waitForResponse((response) => response.url().endsWith(`/api/stream/${film.id}/session`));
  const begun = device.page.waitForResponse((response) => response.url().includes('/media/') && response.status() === 206);
  await device.page.goto(`/title/${film.id}`);
  const play = device.page.getByRole('link', { name: /^(Play|Resume)$/ }).first();
  await play.hover();
  await Promise.all([opened, begun]);
  // Made ready: the first seconds are decoded off-screen.
  await device.page.waitForLoadState('networkidle');
  await play.click();
  const screening = new Screening(device.page);
  await screening.plays();
  assert.ok((await screening.state()).startupMs < 1_000);
});
