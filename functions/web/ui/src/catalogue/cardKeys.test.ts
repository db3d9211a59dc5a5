import { expect, it } from 'vitest';
import { nearest } from './cardKeys.ts';

it.each([
  [100, [0, 90, 300], 1],
  [100, [50, 150], 0],
  [900, [0, 90, 300], 2],
  [5, [40], 0],
])('the card nearest to %s among %j is number %s', (wanted, centres, index) => {
  expect(nearest(wanted, centres)).toBe(index);
});
