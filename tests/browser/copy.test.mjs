// Copy first: a conforming master plays as it is within a moment, and its ladder takes over without disturbing who watches.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { launch, newDevice, signIn } from './browser.mjs';
import { makeClip } from './films.mjs';
import { Screening } from './screening.mjs';
import { signedIn, STATE, until } from './stack.mjs';

const run = promisify(execFile);
const ORIGIN = new URL('../stack/origin.sh', import.meta.url).pathname;
const TITLE = 'Copied First';
const FILM_S = 60;
/** The worker of a laptop makes the ladder of a minute in less. */
const LADDER_LIMIT_MS = 4 * 60_000;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

test('a copied master plays before its ladder is there, and who watches it stays undisturbed', { skip: STATE ? false : 'MARQUEE_STATE is not set' }, async (t) => {
  const admin = await signedIn();
  const { path, remove } = await makeClip({ seconds: FILM_S, width: 1280, height: 720 });
  t.after(remove);
  const { stdout } = await run(ORIGIN, ['ingest', path, '--title', TITLE, '--copy-first', 'true', '--json'], { env: { ...process.env, MARQUEE_STATE: STATE } });
  const { contentId: id } = JSON.parse(stdout);
  const version = async () => (await admin.get(`/api/admin/content/${id}/status`)).publishedVersion;
  await until('the copy is published', async () => (await version()) === 1, LADDER_LIMIT_MS);

  const device = await newDevice(browser);
  t.after(device.close);
  const { page } = device;
  await signIn(page);
  const reported = [];
  page.on('request', (request) => request.url().endsWith('/api/telemetry') && reported.push(...request.postDataJSON().events));
  const screening = await Screening.at(page, { id });
  const atFirst = await screening.state();
  assert.equal(atFirst.encrypted, true);
  assert.equal(atFirst.height, 720);

  await until('the ladder is published', async () => (await version()) === 2, LADDER_LIMIT_MS);
  await screening.press('0');
  await screening.plays();
  assert.equal((await screening.state()).height, 720);
  await screening.leave();
  assert.deepEqual(reported.filter(({ type }) => type === 'error'), []);
  assert.equal(reported.filter(({ type }) => type === 'start').length, 1);

  await Screening.at(page, { id });
  await screening.wake();
  await page.getByRole('button', { name: 'Quality', exact: true }).click();
  await page.getByRole('menuitemradio', { name: '360p' }).waitFor();
  assert.deepEqual(device.crashes, []);
});
