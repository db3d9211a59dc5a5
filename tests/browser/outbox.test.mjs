// Positions that can't be sent are kept: through a crash, and while the network is away.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, newDevice, signIn } from './browser.mjs';
import { playableFilm } from './films.mjs';
import { Screening } from './screening.mjs';
import { signedIn, until } from './stack.mjs';

let browser;
let film;
let client;
before(async () => {
  film = await playableFilm();
  client = await signedIn();
  browser = await launch();
});
after(() => browser?.close());

const stored = async () => (await client.get(`/api/watch/progress/${film.id}`)).position;
const isStored = (position) => until(`position ${position} is stored`, async () => Math.abs((await stored()) - position) < 0.5);

/** Leaves another position than the one a test is about, whatever ran before. */
async function isElsewhere(screening) {
  await screening.press('1');
  await screening.isNear(9);
  await until('a position at the start is stored', async () => Math.abs((await stored()) - 9) < 3);
}

test('a position made offline arrives when the network is back', async (t) => {
  const { context, page, close } = await newDevice(browser);
  t.after(close);
  await signIn(page);
  const screening = await Screening.at(page, film, '?start=0');
  await isElsewhere(screening);
  await context.setOffline(true);
  await screening.press('4');
  await screening.isNear(36, 0.5);
  if (!(await screening.state()).paused) await screening.press('k');
  const position = await screening.position();
  assert.ok(Math.abs((await stored()) - position) > 1, 'nothing got through yet');
  await context.setOffline(false);
  await isStored(position);
});

test('a position made offline survives the crash of its page, and arrives from whichever page comes next', async (t) => {
  const { context, page, close } = await newDevice(browser);
  t.after(close);
  await signIn(page);
  const screening = await Screening.at(page, film, '?start=0');
  await isElsewhere(screening);
  await context.setOffline(true);
  await screening.press('5');
  await screening.isNear(45, 0.5);
  if (!(await screening.state()).paused) await screening.press('k');
  const position = await screening.position();
  await page.waitForFunction(() => document.querySelector('video').paused);
  // A page that is closed in good order says goodbye with a request of its own. A crash does not.
  const devtools = await context.newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  devtools.send('Page.crash').catch(() => undefined);
  await crashed;
  await page.close();
  assert.ok(Math.abs((await stored()) - position) > 1, 'nothing got through yet');
  await context.setOffline(false);
  const next = await context.newPage();
  await next.goto('/');
  await isStored(position);
});

test('of two tabs with the same film, the one that was worked last wins', async (t) => {
  const { context, page, close } = await newDevice(browser);
  t.after(close);
  await signIn(page);
  const first = await Screening.at(page, film, '?start=0');
  const otherPage = await context.newPage();
  const second = await Screening.at(otherPage, film, '?start=70');
  for (const [screening, key, position] of [[first, '2', 18], [second, '6', 54], [first, '3', 27]]) {
    await screening.page.bringToFront();
    await screening.press(key);
    await screening.isNear(position, 1);
    if (!(await screening.state()).paused) await screening.press('k');
    await isStored(await screening.position());
  }
});
