import { expect, it } from 'vitest';
import { AVATARS, firstFreeAvatar } from './avatars.ts';

it('a new profile gets a picture that nobody has', () => {
  expect(firstFreeAvatar([])).toBe('/avatars/1.svg');
  expect(firstFreeAvatar([{ avatarUrl: '/avatars/1.svg' }, { avatarUrl: '/avatars/3.svg' }])).toBe('/avatars/2.svg');
});

it('a full house begins again with the first picture', () => {
  expect(firstFreeAvatar(AVATARS.map(({ url }) => ({ avatarUrl: url })))).toBe('/avatars/1.svg');
});
