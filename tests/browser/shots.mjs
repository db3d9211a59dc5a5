// Screenshots of every page at the widths of a phone, a laptop and a television: `node shots.mjs FOLDER [CONTENT_ID]`.
// Without a title's id: the newest one with a synopsis, else the suite's own.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { launch, newDevice, signIn } from './browser.mjs';
import { playableFilm } from './films.mjs';
import { Screening } from './screening.mjs';
import { signedIn } from './stack.mjs';

const [folder, contentId] = process.argv.slice(2);
if (!folder) {
  process.stderr.write('Usage: node shots.mjs FOLDER [CONTENT_ID]\n');
  process.exit(2);
}
await mkdir(folder, { recursive: true });

const SIZES = [
  { width: 390, height: 844 },
  { width: 1280, height: 720 },
  { width: 1920, height: 1080 },
];

const FULL = new Set(['home', 'studio-title']);

const film = await chosenFilm();
const browser = await launch();
try {
  for (const viewport of SIZES) await shootAt(viewport);
} finally {
  await browser.close();
}

async function chosenFilm() {
  const { items } = await (await signedIn()).get('/api/content?pageSize=50');
  return items.find(({ id, description }) => (contentId ? id === contentId : description.length > 40)) ?? playableFilm();
}

async function shootAt(viewport) {
  const { context, page, close } = await newDevice(browser, { viewport, reducedMotion: 'reduce' });
  const shoot = async (name, options = {}) => {
    await page.evaluate(() => document.fonts.ready);
    await page.waitForLoadState('networkidle', { timeout: 5_000 }).catch(() => undefined);
    const path = join(folder, `${viewport.width}-${name}.png`);
    await page.screenshot({ path, ...options });
    process.stdout.write(`${path}\n`);
  };
  await page.goto('/signin');
  await page.getByLabel('Username').waitFor();
  await shoot('signin');
  await signIn(page);
  for (const [name, path] of [['home', '/'], ['search', '/search'], ['title', `/title/${film.id}`], ['profiles', '/profiles'], ['studio', '/admin'], ['studio-title', `/admin/content/${film.id}`]]) {
    await page.goto(path);
    await page.getByRole('main').waitFor();
    await shoot(name, { fullPage: FULL.has(name) });
  }
  await shootPlayer(page, shoot);
  await close();
}

async function shootPlayer(page, shoot) {
  const screening = await Screening.at(page, film, '?start=3');
  await screening.press('c');
  await page.getByTestId('captions').locator('p').first().waitFor();
  await screening.wake();
  await shoot('player-controls');
  const rail = await page.getByRole('slider', { name: 'Seek' }).boundingBox();
  await page.mouse.move(rail.x + rail.width * 0.6, rail.y + rail.height / 2);
  await page.getByTestId('seek-preview').waitFor();
  await shoot('player-seek');
  await page.getByRole('button', { name: 'Quality' }).click();
  await shoot('player-quality');
  await screening.press('Escape');
  await screening.wake();
  await page.locator('[data-testid="player"][data-attentive="false"]').waitFor();
  await shoot('player-idle');
}
