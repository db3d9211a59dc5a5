import { expect, it } from 'vitest';
import type { JobTask } from '../api/types.ts';
import { costInWords, genresFromText, inOrderOfInterest, stageStatuses, titleFromFilename } from './jobs.ts';

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

it('a running job says what was spent of what it will cost, a finished one what it cost', () => {
  const cost = { currency: 'USD', vcpuS: 0, gbS: 0 };
  expect(costInWords({ ...cost, spent: 0.0123456, expected: 1.5 })).toBe('$0.0123 of $1.5');
  expect(costInWords({ ...cost, spent: 2, expected: 2 })).toBe('$2');
  expect(costInWords({ ...cost, spent: 0, expected: null })).toBe('$0');
  expect(costInWords({ ...cost, spent: 0.000686, expected: null })).toBe('under $0.01');
});

const task = (label: string, state: JobTask['state'], dueAt: string) => ({ label, state, dueAt, ordinal: 0 }) as JobTask;

it('what failed is shown before what runs, and what waits in the order of its turn', () => {
  const tasks = [
    task('done', 'done', '2026-01-01'),
    task('later', 'waiting', '2026-01-03'),
    task('sooner', 'waiting', '2026-01-02'),
    task('running', 'leased', '2026-01-09'),
    task('failed', 'failed', '2026-01-09'),
  ];
  expect(inOrderOfInterest(tasks).map(({ label }) => label)).toEqual(['failed', 'running', 'sooner', 'later', 'done']);
});
