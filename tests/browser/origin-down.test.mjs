// Origin goes away in the middle of a film.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, newDevice, signIn } from './browser.mjs';
import { playableFilm } from './films.mjs';
import { Screening } from './screening.mjs';
import { CONTROL, control, giveBack, signedIn, until } from './stack.mjs';

const skip = CONTROL ? false : 'MARQUEE_CTL is not set';

let browser;
let film;
before(async () => {
  if (skip) return;
  film = await playableFilm();
  browser = await launch();
});
after(() => browser?.close());

test('the film plays on while origin is down, and the position is there when it is back', { skip }, async (t) => {
  const { context, page, crashes, close } = await newDevice(browser);
  t.after(close);
  await signIn(page);
  const screening = await Screening.at(page, film, '?start=0');
  const reader = await signedIn();
  await control('stop origin');
  let leftAt;
  try {
    await t.test('it goes on playing, also after a seek to what is not buffered', async () => {
      const stopped = await screening.state();
      await screening.reaches(stopped.position + 3);
      await screening.press('6');
      await screening.isNear(film.durationS * 0.6);
      await screening.plays();
      assert.equal(await page.getByTestId('player-failure').count(), 0);
    });

    await t.test('a second screen starts the film', async () => {
      const answer = await reader.fetch(`/api/stream/${film.id}/session`, { method: 'POST', body: {} });
      assert.equal(answer.status, 200);
      const { playbackToken } = await answer.json();
      await giveBack(playbackToken);
    });

    await t.test('the position is taken all the same', async () => {
      await screening.press('k');
      leftAt = await screening.position();
      await until('the edge has the position', async () => Math.abs((await reader.get(`/api/watch/progress/${film.id}`)).position - leftAt) < 0.5);
    });
  } finally {
    await control('start origin');
  }

  await t.test('after its return, a fresh sign-in reads it and resumes there', async () => {
    const later = await until('origin is back', signedIn, 60_000);
    const stored = await later.get(`/api/watch/progress/${film.id}`);
    assert.ok(Math.abs(stored.position - leftAt) < 0.5, `${stored.position} is not ${leftAt}`);
    const { resumePosition, playbackToken } = await later.post(`/api/stream/${film.id}/session`, {});
    assert.ok(Math.abs(resumePosition - leftAt) < 1);
    await giveBack(playbackToken);
  });

  assert.deepEqual(crashes, []);
});
