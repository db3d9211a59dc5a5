// What goes wrong on the way to the decoder, and that the viewer hears nothing of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, newDevice, signIn } from './browser.mjs';
import { playableFilm } from './films.mjs';
import { Screening } from './screening.mjs';

let browser;
let film;
before(async () => {
  film = await playableFilm();
  browser = await launch();
});
after(() => browser?.close());

/** Plays the film while `spoil` changes the body of the first audio segment, once. Returns what the player reported of itself. */
async function playSpoilt(t, spoil) {
  const device = await newDevice(browser);
  t.after(device.close);
  const { page } = device;
  await signIn(page);
  let spoilt = 0;
  await page.route(/-aac2\.mp4$/, async (route) => {
    const range = /^bytes=(\d+)-/.exec(route.request().headers()['range'] ?? '');
    if (spoilt > 0 || range === null || range[1] === '0') return route.continue();
    spoilt += 1;
    const response = await route.fetch();
    const body = spoil(await response.body());
    return route.fulfill({ response, body, headers: { ...response.headers(), 'content-length': String(body.length) } });
  });
  const reported = [];
  page.on('request', (request) => request.url().endsWith('/api/telemetry') && reported.push(...request.postDataJSON().events));
  const screening = await Screening.at(page, film);
  await screening.leave();
  assert.equal(spoilt, 1);
  assert.deepEqual(device.crashes, []);
  return reported.filter(({ type }) => type === 'error').map(({ details }) => details);
}

test('an answer that ends before its range does is asked for again, and is no error', async (t) => {
  assert.deepEqual(await playSpoilt(t, (body) => body.subarray(0, 2954)), []);
});

test('a segment that can’t be decoded costs a moment, and the film plays on by itself', async (t) => {
  // As long as it should be, and nonsense after the head of its first box.
  const errors = await playSpoilt(t, (body) => Buffer.concat([body.subarray(0, 100), Buffer.alloc(body.length - 100, 0xff)]));
  assert.notDeepEqual(errors, []);
});
