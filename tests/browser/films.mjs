// Films for the suite, made here with ffmpeg and put in through the real pipeline.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { signedIn, until } from './stack.mjs';

const run = promisify(execFile);
const BESIDE = new URL('../../.marquee/tools/ffmpeg', import.meta.url).pathname;

export const FFMPEG = process.env.FFMPEG ?? (existsSync(BESIDE) ? BESIDE : 'ffmpeg');

/** Long enough to seek in, to leave in the middle, and for "continue watching" (past the first minute). */
const FILM_S = 90;
const FILM_TITLE = 'The Projectionist’s Test';
const INGEST_LIMIT_MS = 10 * 60_000;

/** The suite's own film, playable. Made at the first call against a stack, found at every later one. */
export async function playableFilm() {
  const admin = await signedIn();
  const film = (await findFilm(admin)) ?? (await addFilm(admin));
  return until('the film is published', async () => {
    const content = await admin.get(`/api/admin/content/${film.id}/status`);
    if (content.job?.state === 'failed') throw new Error(JSON.stringify(content.job.reasons));
    return content.status === 'ready' ? { id: film.id, title: FILM_TITLE, durationS: FILM_S } : null;
  }, INGEST_LIMIT_MS);
}

async function findFilm(admin) {
  const answer = await admin.get('/api/admin/content');
  return (Array.isArray(answer) ? answer : answer.items).find(({ title }) => title === FILM_TITLE);
}

async function addFilm(admin) {
  const film = await admin.post('/api/admin/content', { title: FILM_TITLE, description: 'Made by the browser tests.', contentType: 'movie', releaseYear: 2026, rating: 'PG', genres: ['Drama'], maturity: 0 });
  const { path, remove } = await makeClip({ seconds: FILM_S, width: 960, height: 540, subtitles: true });
  try {
    await upload(admin, film.id, await readFile(path));
  } finally {
    await remove();
  }
  return film;
}

/** tus 1.0.0: creation, then the bytes in one PATCH. */
async function upload(admin, contentId, bytes) {
  const metadata = { contentId, filename: 'film.mp4', autoPublish: 'true' };
  const created = await admin.fetch('/api/admin/uploads', {
    method: 'POST',
    headers: {
      'tus-resumable': '1.0.0',
      'upload-length': String(bytes.length),
      'upload-metadata': Object.entries(metadata).map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`).join(','),
    },
  });
  if (created.status !== 201) throw new Error(`upload refused: ${created.status} ${await created.text()}`);
  const place = new URL(created.headers.get('location'), created.url).pathname;
  const sent = await admin.fetch(place, {
    method: 'PATCH',
    headers: { 'tus-resumable': '1.0.0', 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
    body: bytes,
  });
  if (sent.status !== 204) throw new Error(`upload broke off: ${sent.status} ${await sent.text()}`);
}

/** A test picture with a tone, in an MP4 that a camera could have written. */
export async function makeClip({ seconds, width, height, subtitles = false }) {
  const folder = await mkdtemp(join(tmpdir(), 'marquee-clip-'));
  const path = join(folder, 'clip.mp4');
  const captions = join(folder, 'captions.srt');
  await writeFile(captions, captionsEvery2s(seconds));
  await run(FFMPEG, [
    ...['-v', 'error', '-f', 'lavfi', '-i', `testsrc=size=${width}x${height}:rate=24:duration=${seconds}`],
    ...['-f', 'lavfi', '-i', `sine=frequency=330:sample_rate=48000:duration=${seconds}`],
    ...(subtitles ? ['-i', captions, '-map', '2:s', '-c:s', 'mov_text', '-metadata:s:s:0', 'language=eng'] : []),
    ...['-map', '0:v', '-map', '1:a', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '48'],
    ...['-color_primaries', 'bt709', '-color_trc', 'bt709', '-colorspace', 'bt709'],
    ...['-c:a', 'aac', '-ac', '2', '-metadata:s:a:0', 'language=eng', path],
  ]);
  return { path, remove: () => rm(folder, { recursive: true }) };
}

function captionsEvery2s(seconds) {
  const time = (at) => new Date(at * 1000).toISOString().slice(11, 23).replace('.', ',');
  return Array.from({ length: Math.floor(seconds / 2) }, (_, index) => `${index + 1}\n${time(index * 2)} --> ${time(index * 2 + 1.9)}\nLine ${index + 1} of the film.\n`).join('\n');
}
