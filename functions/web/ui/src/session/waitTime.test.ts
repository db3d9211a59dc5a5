import { expect, it } from 'vitest';
import { waitInWords } from './waitTime.ts';

it.each([
  [1, 'a second'],
  [42, '42 seconds'],
  [89, '89 seconds'],
  [90, '2 minutes'],
  [900, '15 minutes'],
])('%s s is %s', (seconds, words) => expect(waitInWords(seconds)).toBe(words));
