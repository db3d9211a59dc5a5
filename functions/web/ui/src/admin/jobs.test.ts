import { expect, it } from 'vitest';
import { genresFromText, stageStatuses, titleFromFilename } from './jobs.ts';

it('the stages before the current one are done', () => {
  expect(stageStatuses({ state: 'encoding', stage: 'encoding' })).toEqual(['done', 'done', 'now', 'ahead', 'ahead', 'ahead']);
});

it('a failed job stopped in its last stage', () => {
  expect(stageStatuses({ state: 'failed', stage: 'verifying' })).toEqual(['done', 'done', 'done', 'done', 'stopped', 'ahead']);
});

it('every stage of a finished job is done', () => {
  expect(new Set(stageStatuses({ state: 'ready', stage: 'ready' }))).toEqual(new Set(['done']));
});

it.each([
  ['The.Long.Night_2024-master.mov', 'The Long Night 2024 master'],
  ['film.mxf', 'film'],
  ['No extension', 'No extension'],
])('%s is called %s', (filename, title) => expect(titleFromFilename(filename)).toBe(title));

it('genres are trimmed, in small letters, and named once', () => {
  expect(genresFromText(' Drama, science fiction ,, drama')).toEqual(['drama', 'science fiction']);
});
