import { expect, it } from 'vitest';
import { safeReturnPath } from './returnPath.ts';

it.each([
  ['/title/1', '/title/1'],
  ['/search?q=night#top', '/search?q=night#top'],
  ['/', '/'],
  [undefined, '/'],
  ['', '/'],
  ['title/1', '/'],
  ['https://elsewhere.example/', '/'],
  ['//elsewhere.example/', '/'],
  ['/\\elsewhere.example/', '/'],
  ['/.//elsewhere.example', '/'],
  ['//[', '/'],
  ['javascript:alert(1)', '/'],
])('%s leads to %s', (next, path) => {
  expect(safeReturnPath(next)).toBe(path);
});
