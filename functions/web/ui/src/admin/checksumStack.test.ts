import { expect, it } from 'vitest';
import { sha256Base64 } from './checksumStack.ts';

it('a chunk is named by the Base64 of its SHA-256', async () => {
  // FIPS 180-2, appendix B.1.
  expect(await sha256Base64(new Blob(['abc']))).toBe('ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=');
});
