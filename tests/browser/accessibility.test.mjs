// Every page and the player under axe: names, roles, contrast, structure.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { launch, newDevice, signIn } from './browser.mjs';
import { playableFilm } from './films.mjs';
import { Screening } from './screening.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

let browser;
let device;
let film;
before(async () => {
  film = await playableFilm();
  browser = await launch();
  // Content-Security-Policy forbids scripts from elsewhere, and axe is one.
  device = await newDevice(browser, { bypassCSP: true, reducedMotion: 'reduce' });
});
after(async () => {
  await device?.close();
  await browser?.close();
});

async function violations(page, rules = {}) {
  await page.addScriptTag({ path: AXE });
  const { violations: found } = await page.evaluate((options) => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'], rules: options }), rules);
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

async function everyButtonHasAName(page) {
  const buttons = await page.getByRole('button').all();
  const nameless = [];
  for (const button of buttons) {
    const name = await button.evaluate((element) => (element.getAttribute('aria-label') ?? element.textContent ?? '').trim());
    if (name === '') nameless.push(await button.evaluate((element) => element.outerHTML.slice(0, 160)));
  }
  assert.deepEqual(nameless, []);
}

test('the sign-in page', async () => {
  await device.page.goto('/signin');
  await device.page.getByRole('button', { name: 'Sign in' }).waitFor();
  assert.deepEqual(await violations(device.page), []);
  await signIn(device.page);
});

for (const [name, path, ready] of [
  ['the profiles page', () => '/profiles', (page) => page.getByRole('heading', { name: 'Who’s watching?' })],
  ['the home page', () => '/', (page) => page.locator('[data-card]').first()],
  ['a title’s page', () => `/title/${film.id}`, (page) => page.getByRole('heading', { name: film.title })],
  ['the search page', () => '/search', (page) => page.getByRole('searchbox').or(page.getByRole('textbox')).first()],
  ['the studio', () => '/admin', (page) => page.getByRole('button', { name: 'Upload a master' })],
  ['a title in the studio', () => `/admin/content/${film.id}`, (page) => page.getByText(film.title).first()],
]) {
  test(name, async () => {
    await device.page.goto(path());
    await ready(device.page).waitFor();
    assert.deepEqual(await violations(device.page), []);
    await everyButtonHasAName(device.page);
  });
}

test('the player, its controls shown and a menu open', async () => {
  const screening = await Screening.at(device.page, film, '?start=0');
  await screening.press('k');
  await screening.wake();
  // The picture behind the glass has no colour that a program could know.
  assert.deepEqual(await violations(device.page, { 'color-contrast': { enabled: false }, 'video-caption': { enabled: false } }), []);
  await everyButtonHasAName(device.page);
  await device.page.getByRole('button', { name: 'Quality' }).click();
  assert.deepEqual(await violations(device.page, { 'color-contrast': { enabled: false }, 'video-caption': { enabled: false } }), []);
  await screening.press('Escape');
});
