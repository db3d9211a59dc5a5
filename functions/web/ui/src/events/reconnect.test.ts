import { expect, it } from 'vitest';
import { reconnectDelayMs } from './reconnect.ts';

it('waits twice as long after every failure, but never more than a minute', () => {
  expect([1, 2, 3, 5, 6, 50].map(reconnectDelayMs)).toEqual([2_000, 4_000, 8_000, 32_000, 60_000, 60_000]);
});
