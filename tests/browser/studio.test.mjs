// From a file on an editor's disk to a film that plays, through the studio's own page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, newDevice, signIn } from './browser.mjs';
import { makeClip } from './films.mjs';
import { Screening } from './screening.mjs';
import { signedIn, until } from './stack.mjs';

let browser;
let clip;
before(async () => {
  clip = await makeClip({ seconds: 8, width: 640, height: 360 });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await clip?.remove();
});

test('an uploaded master is encoded, published and played', async (t) => {
  const title = `Upload ${Date.now()}`;
  const { page, crashes, close } = await newDevice(browser);
  t.after(close);
  await signIn(page, { path: '/admin' });
  await page.getByRole('button', { name: 'Upload a master' }).click();
  await page.getByLabel('Master file').setInputFiles(clip.path);
  await page.getByLabel('Title').fill(title);
  await page.getByRole('button', { name: 'Start upload' }).click();
  await page.getByRole('link', { name: title }).waitFor();

  const admin = await signedIn();
  const film = await until('the title is published', async () => {
    const answer = await admin.get('/api/admin/content');
    const found = (Array.isArray(answer) ? answer : answer.items).find((item) => item.title === title);
    assert.notEqual(found?.status, 'error');
    return found?.status === 'ready' ? found : null;
  }, 5 * 60_000);

  await page.goto('/admin');
  await page.getByRole('row').filter({ hasText: title }).getByText(/published/i).waitFor();
  await page.goto(`/admin/content/${film.id}`);
  await page.getByText(title).first().waitFor();
  await page.getByLabel('Credits start').fill('0:00:06');
  await page.getByLabel('Credits end').fill('0:00:08');
  await page.getByRole('button', { name: 'Save markers' }).click();
  await page.getByText('Viewers have them within moments').waitFor();
  const { markers } = await admin.get(`/api/admin/content/${film.id}/markers`);
  assert.deepEqual(markers.map(({ kind, startMs, source }) => [kind, startMs, source]), [['credits', 6000, 'operator']]);
  const frames = page.getByRole('radiogroup', { name: 'Frame' }).getByRole('radio');
  await frames.nth(1).click();
  await frames.nth(1).and(page.locator('[aria-checked="true"]')).waitFor();
  await Screening.fromTitlePage(page, film);
  assert.deepEqual(crashes, []);
});

test('a file that is no film is refused with its reason', async (t) => {
  const title = `Not a film ${Date.now()}`;
  const { page, close } = await newDevice(browser);
  t.after(close);
  await signIn(page, { path: '/admin' });
  await page.getByRole('button', { name: 'Upload a master' }).click();
  await page.getByLabel('Master file').setInputFiles({ name: 'notes.mp4', mimeType: 'video/mp4', buffer: Buffer.from('These are notes, not a film.\n'.repeat(200)) });
  await page.getByLabel('Title').fill(title);
  await page.getByRole('button', { name: 'Start upload' }).click();
  await page.getByRole('link', { name: title }).waitFor();
  const admin = await signedIn();
  const reasons = await until('the master is refused', async () => {
    const answer = await admin.get('/api/admin/content');
    const found = (Array.isArray(answer) ? answer : answer.items).find((item) => item.title === title);
    const { job } = await admin.get(`/api/admin/content/${found.id}/status`);
    return job?.state === 'failed' ? job.reasons : null;
  }, 2 * 60_000);
  assert.ok(reasons.length > 0 && reasons.every(({ problem, remedy }) => problem && remedy), JSON.stringify(reasons));
});
