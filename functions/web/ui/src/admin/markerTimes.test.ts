import { expect, it } from 'vitest';
import { draftFrom, fieldsFrom, millisecondsOf, timeOf } from './markerTimes.ts';

const NONE = { start: '', end: '' };

it('reads and writes times', () => {
  expect(['0:01:30', '1:02:03.5', '90:00', '2:05.25'].map(millisecondsOf)).toEqual([90_000, 3_723_500, 5_400_000, 125_250]);
  expect(['', '90', '0:61', '1:60:00', '-1:00', '1:00.1234'].map(millisecondsOf)).toEqual([null, null, null, null, null, null]);
  expect([0, 90_000, 3_723_500].map(timeOf)).toEqual(['0:00:00', '0:01:30', '1:02:03.500']);
});

it('fills the fields from markers and leaves the others empty', () => {
  const marker = { kind: 'credits', startMs: 50_000, endMs: 60_000, source: 'detected', confidence: 0.5 };
  expect(fieldsFrom({ version: 1, durationMs: 60_000, markers: [marker] })).toEqual({
    intro: NONE,
    credits: { start: '0:00:50', end: '0:01:00' },
  });
});

it('sends what is filled in and names what is wrong', () => {
  const credits = { start: '0:00:50', end: '0:01:00' };
  expect(draftFrom({ intro: NONE, credits }, 60_000)).toEqual({ markers: [{ kind: 'credits', startMs: 50_000, endMs: 60_000 }] });
  expect(draftFrom({ intro: NONE, credits: NONE }, 60_000)).toEqual({ markers: [] });
  expect(draftFrom({ intro: { start: '0:00:01', end: '' }, credits }, 60_000)).toHaveProperty('wrong');
  expect(draftFrom({ intro: { start: '0:00:05', end: '0:00:05' }, credits }, 60_000)).toHaveProperty('wrong');
  expect(draftFrom({ intro: NONE, credits }, 59_000)).toHaveProperty('wrong');
});
