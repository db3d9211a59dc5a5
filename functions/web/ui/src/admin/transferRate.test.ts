import { describe, expect, it } from 'vitest';
import { bytesInWords, bytesPerSecond, durationInWords, secondsLeft, withSample, type Sample } from './transferRate.ts';

function steady(seconds: number, rate: number): Sample[] {
  return Array.from({ length: seconds + 1 }, (_, second) => ({ atMs: second * 1000, bytes: second * rate })).reduce(withSample, [] as Sample[]);
}

describe('the rate of an upload', () => {
  it('is unknown until there is something to measure', () => {
    expect(bytesPerSecond([])).toBeNull();
    expect(bytesPerSecond([{ atMs: 0, bytes: 0 }])).toBeNull();
  });

  it('is what was sent over the time it took', () => expect(bytesPerSecond(steady(5, 1_000))).toBe(1_000));

  it('forgets what is long past', () => {
    const slowed = Array.from({ length: 20 }, (_, second) => ({ atMs: (31 + second) * 1000, bytes: 30_000 + second * 100 })).reduce(
      withSample,
      steady(30, 1_000),
    );
    expect(bytesPerSecond(slowed)).toBe(100);
  });
});

it('the time left follows from the rate, and is unknown without one', () => {
  expect(secondsLeft(1_000, 400, 100)).toBe(6);
  expect(secondsLeft(1_000, 400, null)).toBeNull();
  expect(secondsLeft(1_000, 400, 0)).toBeNull();
});

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_500, '1.5 kB'],
  [29_530_000, '29.5 MB'],
  [512_000_000, '512 MB'],
  [87_000_000_000, '87.0 GB'],
])('%s bytes are %s', (bytes, words) => expect(bytesInWords(bytes)).toBe(words));

it.each([
  [0.2, '1 s'],
  [59, '59 s'],
  [412, '7 min'],
  [7_260, '2 h 1 min'],
])('%s seconds are %s', (seconds, words) => expect(durationInWords(seconds)).toBe(words));
