// Click to first frame, as a viewer meets it: Chromium on the title page, the Play button, the first presented frame of
// the film with the clock running. Each start is a new browser context, so nothing of the film is cached; the network is
// shaped through the DevTools protocol. "focused" starts hover the button first, as a pointer does on its way to a click.
import { createRequire } from 'node:module';

const require = createRequire(new URL('../browser/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const { MARQUEE_URL: base, MARQUEE_USERNAME: username, MARQUEE_PASSWORD: password } = process.env;
const starts = Number(process.env.STARTS ?? 15);
const networks = [
  { name: 'loopback', shape: null },
  { name: '40 ms RTT, 20 Mbit/s', shape: { offline: false, latency: 40, downloadThroughput: 20e6 / 8, uploadThroughput: 5e6 / 8 } },
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'],
});
try {
  const state = await signIn();
  const contentId = await newestFilm(state);
  console.log(`Click to first frame, ${starts} starts each, cold cache:`);
  for (const network of networks) {
    for (const focused of [false, true]) {
      const times = [];
      for (let index = 0; index < starts; index += 1) times.push(await start(state, contentId, network, focused));
      times.sort((a, b) => a - b);
      const at = (share) => Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))]);
      console.log(`  ${network.name.padEnd(22)} ${focused ? 'focused' : 'cold   '}  p50 ${at(0.5)} ms   p95 ${at(0.95)} ms`);
    }
  }
} finally {
  await browser.close();
}

async function signIn() {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${base}/signin`);
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/\/profiles/);
  await page.getByRole('button', { name: /^Admin/ }).first().click();
  await page.waitForURL(`${base}/`);
  const state = await context.storageState();
  await context.close();
  return state;
}

async function newestFilm(storageState) {
  const context = await browser.newContext({ storageState });
  const page = await context.newPage();
  await page.goto(base);
  const contentId = await page.evaluate(async () => (await (await fetch('/api/content')).json()).items[0].id);
  await context.close();
  return contentId;
}

async function start(storageState, contentId, network, focused) {
  const context = await browser.newContext({ storageState, viewport: { width: 1280, height: 720 } });
  const page = await context.newPage();
  await page.goto(`${base}/title/${contentId}`);
  const play = page.getByRole('link', { name: /^(Play|Resume)/ }).or(page.getByRole('button', { name: /^(Play|Resume)/ })).first();
  await play.waitFor();
  if (network.shape) await (await context.newCDPSession(page)).send('Network.emulateNetworkConditions', network.shape);
  if (focused) {
    await play.hover();
    await page.waitForTimeout(1000); // The pointer's rest before the click is part of this case.
  }
  await page.evaluate(() => {
    window.firstFrame = new Promise((resolve) => {
      document.addEventListener('click', () => { window.clickedAt = performance.now(); }, { capture: true, once: true });
      const watch = () => {
        const video = document.querySelector('video');
        if (video) video.requestVideoFrameCallback((now) => resolve(now - window.clickedAt));
        else requestAnimationFrame(watch);
      };
      watch();
    });
  });
  await play.click();
  const elapsed = await page.evaluate(() => window.firstFrame);
  await page.goto('about:blank'); // The page's own leave path frees the stream's lease.
  await context.close();
  return elapsed;
}
