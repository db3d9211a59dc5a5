import { describe, expect, it } from 'vitest';
import { badges, canResume, facts, genreLabel, genresOf, hueOf, remaining, resolutionLabel, runtime } from './format.ts';

describe('runtime', () => {
  it.each([
    [0.4, '1 sec'],
    [24, '24 sec'],
    [60, '1 min'],
    [3_540, '59 min'],
    [3_570, '1 hr'],
    [3_600, '1 hr'],
    [8_040, '2 hr 14 min'],
  ])('%s s is %s', (seconds, words) => expect(runtime(seconds)).toBe(words));
});

describe('remaining', () => {
  it.each([
    [0.5, 'Less than a minute left'],
    [1, '1 min left'],
    [86, '1 hr 26 min left'],
  ])('%s min is “%s”', (minutes, words) => expect(remaining(minutes)).toBe(words));
});

describe('resolution', () => {
  it.each([
    ['3840x2160', '4K'],
    ['4096x2160', '4K'],
    ['2160p', '4K'],
    ['4K', '4K'],
    ['1920x1080', 'HD'],
    ['720p', 'HD'],
    ['640x360', null],
    ['', null],
  ])('%s is %s', (resolution, label) => expect(resolutionLabel(resolution)).toBe(label));
});

it('badges name picture, sound and captions, and leave out what a title has not', () => {
  expect(badges({ masterResolution: '3840x2160', hdrFormat: 'dolby_vision', hasAtmos: true }, true)).toEqual([
    '4K',
    'Dolby Vision',
    'Dolby Atmos',
    'CC',
  ]);
  expect(badges({ masterResolution: '', hdrFormat: null, hasAtmos: false }, false)).toEqual([]);
});

it('facts leave out the runtime of a series', () => {
  expect(facts({ releaseYear: 2026, duration: 0, genres: ['science fiction'], contentType: 'series' })).toEqual([
    '2026',
    'Series',
    'Science Fiction',
  ]);
});

it('genres keep their hyphens', () => expect(genreLabel('sci-fi & fantasy')).toBe('Sci-Fi & Fantasy'));

it('genres come most frequent first, and only those with enough titles', () => {
  const items = [{ genres: ['drama', 'crime'] }, { genres: ['drama'] }, { genres: ['action', 'crime'] }];
  expect(genresOf(items, 1)).toEqual(['crime', 'drama', 'action']);
  expect(genresOf(items, 2)).toEqual(['crime', 'drama']);
});

it('a title is resumed after its first minute and until it is completed', () => {
  expect(canResume({ position: 61, duration: 600, completed: false })).toBe(true);
  expect(canResume({ position: 60, duration: 600, completed: false })).toBe(false);
  expect(canResume({ position: 580, duration: 600, completed: true })).toBe(false);
  expect(canResume({ position: 2, duration: 30, completed: false })).toBe(true);
  expect(canResume({ position: 1, duration: 30, completed: false })).toBe(false);
  expect(canResume(null)).toBe(false);
});

it('a title always gets the same hue', () => {
  expect(hueOf('Overture')).toBe(hueOf('Overture'));
  expect(hueOf('Overture')).not.toBe(hueOf('Kestrel'));
});
