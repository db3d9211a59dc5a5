// Our streams in a player that is not ours: shaka-player, with the playlists that Apple's own player gets (it knows no
// `org.w3.clearkey` line, but the key endpoint).
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { launch } from './browser.mjs';
import { playableFilm } from './films.mjs';
import { BASE, Client, giveBack, signedIn } from './stack.mjs';

const SHAKA = createRequire(import.meta.url).resolve('shaka-player/dist/shaka-player.compiled.js');
const SAFARI = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15';
const PAGE = `${BASE}/third-party`;

let browser;
let session;
before(async () => {
  const film = await playableFilm();
  const viewer = await signedIn();
  session = await viewer.post(`/api/stream/${film.id}/session`, {});
  browser = await launch();
});
after(async () => {
  await browser?.close();
  if (session) await giveBack(session.playbackToken);
});

/** A blank page of our origin with shaka-player, which asks for playlists as Safari would. */
async function blankPage(t) {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  await page.route(PAGE, (route) => route.fulfill({ contentType: 'text/html', body: '<video muted></video>' }));
  await page.route('**/*.m3u8', (route) => route.continue({ headers: { ...route.request().headers(), 'user-agent': SAFARI } }));
  await page.goto(PAGE);
  await page.addScriptTag({ path: SHAKA });
  return page;
}

/** Loads the film, plays past the first segment, seeks, and says what came of it. Errors of the player are thrown. */
function play(page, drm) {
  return page.evaluate(
    async ({ url, token, drm }) => {
      const { shaka } = window;
      shaka.polyfill.installAll();
      const video = document.querySelector('video');
      const player = new shaka.Player();
      await player.attach(video);
      player.configure({ drm });
      player.getNetworkingEngine().registerRequestFilter((_type, request) => {
        request.headers.authorization = `Bearer ${token}`;
      });
      const failed = new Promise((_, reject) => {
        player.addEventListener('error', ({ detail }) => reject(new Error(`shaka ${detail.code}: ${detail.data?.join(' ')}`)));
      });
      const reaches = (seconds) =>
        new Promise((resolve) => {
          const look = () => video.currentTime >= seconds && resolve();
          video.addEventListener('timeupdate', look);
          look();
        });
      const watch = async () => {
        await player.load(url).catch((error) => {
          throw new Error(`shaka ${error.code}: ${error.data?.join(' ')}`);
        });
        await video.play();
        await reaches(2.5);
        video.currentTime = 40;
        await reaches(41);
      };
      await Promise.race([watch(), failed]);
      const seen = {
        system: player.keySystem(),
        variants: player.getVariantTracks().length,
        texts: player.getTextTracks().length,
        frames: video.getVideoPlaybackQuality().totalVideoFrames,
        durationS: video.duration,
      };
      await player.destroy();
      return seen;
    },
    { url: BASE + session.manifestUrl, token: session.playbackToken, drm },
  );
}

function playedWell(seen) {
  assert.equal(seen.system, 'org.w3.clearkey');
  assert.ok(seen.frames > 50, `${seen.frames} frames`);
  assert.ok(seen.variants >= 1 && seen.texts === 1, JSON.stringify(seen));
  assert.ok(Math.abs(seen.durationS - 90) < 0.1, `${seen.durationS} s`);
}

test('shaka-player fetches the keys and plays the encrypted film', async (t) => {
  playedWell(await play(await blankPage(t), {}));
});

test('shaka-player plays with keys of the licence endpoint, handed over by the app', async (t) => {
  const client = new Client(session.playbackToken);
  const text = async (path) => (await client.fetch(path)).text();
  const kids = new Set();
  for (const line of (await text(session.manifestUrl)).split('\n')) {
    const found = /^#EXT-X-SESSION-KEY.*base64,([^"]+)"/.exec(line);
    if (found) kids.add(Buffer.from(found[1], 'base64').toString('base64url'));
  }
  const { keys } = await client.post(session.licenseUrl, { kids: [...kids], type: 'temporary' });
  const hex = (text) => Buffer.from(text, 'base64url').toString('hex');
  const clearKeys = Object.fromEntries(keys.map(({ kid, k }) => [hex(kid), hex(k)]));
  playedWell(await play(await blankPage(t), { clearKeys }));
});
