// Chromium as a viewer holds it: contexts are devices, pages are tabs.
import { chromium } from 'playwright-core';
import { BASE, giveBack, PASSWORD, USERNAME } from './stack.mjs';

export async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--autoplay-policy=no-user-gesture-required',
    ],
  });
}

/** A device that has never been here. Failures of the page itself fail the test that uses it. */
export async function newDevice(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, baseURL: BASE, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const crashes = [];
  page.on('pageerror', (error) => crashes.push(error));
  return { context, page, crashes, close: closer(context) };
}

/**
 * A context that is closed says no goodbye, so its streams would stay taken until they lapse, and a later test would
 * be one screen too many.
 */
function closer(context) {
  const tokens = [];
  context.on('response', (response) => {
    const opens = response.request().method() === 'POST' && /\/api\/stream\/[^/]+\/(session|renew)$/.test(response.url());
    if (opens && response.ok()) tokens.push(response.json().then(({ playbackToken }) => playbackToken, () => null));
  });
  return async () => {
    await context.close();
    const held = new Set((await Promise.all(tokens)).filter((token) => token !== null));
    await Promise.all([...held].map(giveBack));
  };
}

/** Signs in and takes a seat, by hand. Ends on the home page, or on `path`. */
export async function signIn(page, { path = '/', profile = null } = {}) {
  await page.goto(path);
  await page.getByLabel('Username').fill(USERNAME);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Who’s watching?' }).waitFor();
  const seats = page.getByRole('main').getByRole('listitem').getByRole('button');
  await (profile === null ? seats.first() : seats.filter({ hasText: profile })).click();
  await page.waitForURL((url) => url.pathname !== '/profiles');
}
