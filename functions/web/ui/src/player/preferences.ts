// What this browser remembers between films: how loud, which language, how fast the network was.

export interface Preferences {
  volume: number;
  muted: boolean;
  /** BCP 47 language of the subtitles, or null for none. */
  subtitles: string | null;
  /** BCP 47 language of the sound, or null for the title's own default. */
  audio: string | null;
  /** Bits per second that the last film was delivered with. */
  bandwidth: number | null;
}

const KEY = 'marquee.player';
const DEFAULTS: Preferences = { volume: 1, muted: false, subtitles: null, audio: null, bandwidth: null };

export function readPreferences(): Preferences {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>;
    return { ...DEFAULTS, ...stored, volume: clampVolume(stored.volume ?? DEFAULTS.volume) };
  } catch {
    return DEFAULTS;
  }
}

export function remember(change: Partial<Preferences>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...readPreferences(), ...change }));
  } catch {
    // Storage can be full or forbidden; the film plays all the same.
  }
}

export function clampVolume(volume: number): number {
  return Number.isFinite(volume) ? Math.min(1, Math.max(0, volume)) : 1;
}
