// The player of the product description, as written there: session by Bearer login, token on every request of hls.js,
// resume on MANIFEST_PARSED. Only the licence hook is added, which that page leaves out.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { launch, newDevice } from './browser.mjs';
import { playableFilm } from './films.mjs';
import { BASE, signedIn } from './stack.mjs';

const HLS = createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js');
const PAGE = `${BASE}/__seed-client`;

let browser;
let film;
let client;
before(async () => {
  film = await playableFilm();
  client = await signedIn();
  browser = await launch();
});
after(() => browser?.close());

test('the seed’s own player code plays a film with nothing but its playback token', async (t) => {
  const { context, page, close } = await newDevice(browser);
  t.after(close);
  await page.route(PAGE, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><video playsinline muted></video>' }));
  await page.goto(PAGE);
  await page.addScriptTag({ path: HLS });
  const played = await page.evaluate(playAsTheSeedDoes, { contentId: film.id, login: client.token });
  assert.deepEqual(played.fatal, []);
  assert.ok(played.frames > 20, `${played.frames} frames`);
  assert.ok(played.audioBytes > 0);
  assert.ok(played.qualities.every(({ height, bitrate, codec }) => height > 0 && bitrate > 0 && typeof codec === 'string'));
  assert.deepEqual(await context.cookies(`${BASE}/api`).then((cookies) => cookies.filter(({ name }) => name === 'marquee_session')), []);
});

/** Runs in the page. */
async function playAsTheSeedDoes({ contentId, login }) {
  const answer = await fetch(`/api/stream/${contentId}/session`, { method: 'POST', credentials: 'omit', headers: { authorization: `Bearer ${login}`, 'content-type': 'application/json' }, body: '{}' });
  if (!answer.ok) throw new Error(`session: ${answer.status} ${await answer.text()}`);
  const session = await answer.json();
  const video = document.querySelector('video');
  const fatal = [];
  const token = `Bearer ${session.playbackToken}`;
  const hls = new Hls({
    enableWorker: true,
    lowLatencyMode: false,
    backBufferLength: 90,
    maxBufferLength: 30,
    maxMaxBufferLength: 600,
    xhrSetup: (xhr) => {
      xhr.withCredentials = false;
      xhr.setRequestHeader('Authorization', token);
    },
    emeEnabled: true,
    drmSystems: {
      'org.w3.clearkey': {
        licenseUrl: session.licenseUrl,
        generateRequest(type, data, { decryptdata }) {
          const kid = btoa(String.fromCharCode(...decryptdata.keyId)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
          return { initDataType: 'keyids', initData: new TextEncoder().encode(JSON.stringify({ kids: [kid] })).buffer };
        },
      },
    },
    licenseXhrSetup(xhr, url, _context, challenge) {
      xhr.open('POST', url, true);
      xhr.setRequestHeader('Authorization', token);
      xhr.setRequestHeader('Content-Type', 'application/json');
      return challenge;
    },
  });
  hls.on(Hls.Events.ERROR, (_event, data) => data.fatal && fatal.push(`${data.details} ${data.response?.code ?? ''}`));
  hls.loadSource(session.manifestUrl);
  hls.attachMedia(video);
  hls.on(Hls.Events.MANIFEST_PARSED, () => {
    if (session.resumePosition > 0) video.currentTime = session.resumePosition;
    void video.play();
  });
  await new Promise((resolve) => {
    const limit = setTimeout(resolve, 15_000);
    video.addEventListener('timeupdate', () => {
      if (video.getVideoPlaybackQuality().totalVideoFrames <= 20) return;
      clearTimeout(limit);
      resolve();
    });
  });
  const { totalVideoFrames: frames } = video.getVideoPlaybackQuality();
  const result = { fatal, frames, audioBytes: video.webkitAudioDecodedByteCount, qualities: session.qualities };
  hls.destroy();
  return result;
}
