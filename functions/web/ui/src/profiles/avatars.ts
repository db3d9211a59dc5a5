// The pictures that a profile can have.
import type { Profile } from '../api/types.ts';

export const AVATARS = ['Bulb', 'Moon', 'Popcorn', 'Fox', 'Robot', 'Cat', 'Ghost', 'Planet'].map((name, index) => ({
  name,
  url: `/avatars/${index + 1}.svg`,
}));

/** A picture that nobody in the house has yet, so that profiles can be told apart at a glance. */
export function firstFreeAvatar(profiles: Pick<Profile, 'avatarUrl'>[]): string {
  const taken = new Set(profiles.map((profile) => profile.avatarUrl));
  const free = AVATARS.find(({ url }) => !taken.has(url));
  return free?.url ?? '/avatars/1.svg';
}
