// Facts about a title, in the words a viewer reads.
import type { Content, WatchPosition } from '../api/types.ts';

/** The platform's rule for continue watching: past the first minute, or past 5 % of a title of under two minutes. */
const BEGUN_S = 60;
const SHORT_S = 120;
const BEGUN_SHARE_OF_SHORT = 0.05;

export function runtime(durationS: number): string {
  if (durationS < 60) return `${Math.max(1, Math.round(durationS))} sec`;
  const minutes = Math.round(durationS / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${Math.floor(minutes / 60)} hr` : `${Math.floor(minutes / 60)} hr ${rest} min`;
}

export function remaining(minutes: number): string {
  return minutes < 1 ? 'Less than a minute left' : `${runtime(Math.round(minutes) * 60)} left`;
}

export function genreLabel(genre: string): string {
  return genre
    .split(/([\s-]+)/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

const HDR_LABELS = new Map([
  ['dolby_vision', 'Dolby Vision'],
  ['hdr10', 'HDR10'],
  ['hdr10plus', 'HDR10+'],
  ['hlg', 'HLG'],
]);

/** `masterResolution` comes as `3840x2160` or as `2160p`. */
export function resolutionLabel(masterResolution: string): string | null {
  const height = Number(/(\d+)p?$/.exec(masterResolution)?.[1] ?? 0);
  if (height >= 2160 || masterResolution.toLowerCase() === '4k') return '4K';
  if (height >= 720) return 'HD';
  return null;
}

export function badges(content: Pick<Content, 'masterResolution' | 'hdrFormat' | 'hasAtmos'>, hasCaptions: boolean): string[] {
  const labels = [
    resolutionLabel(content.masterResolution),
    HDR_LABELS.get(content.hdrFormat ?? ''),
    content.hasAtmos ? 'Dolby Atmos' : null,
    hasCaptions ? 'CC' : null,
  ];
  return labels.filter((label) => label != null);
}

/** Year, runtime and genres: the line under a title. */
export function facts(content: Pick<Content, 'releaseYear' | 'duration' | 'genres' | 'contentType'>): string[] {
  const kind = content.contentType === 'series' ? 'Series' : null;
  const length = content.duration > 0 ? runtime(content.duration) : null;
  const genres = content.genres.slice(0, 2).map(genreLabel);
  return [String(content.releaseYear), kind ?? length, ...genres].filter(
    (fact) => fact !== null,
  );
}

export function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames(['en'], { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

export function canResume(position: WatchPosition | null | undefined): position is WatchPosition {
  if (position == null || position.completed) return false;
  return position.position > (position.duration < SHORT_S ? position.duration * BEGUN_SHARE_OF_SHORT : BEGUN_S);
}

/** A series is a shelf of episodes: what plays is one of them. */
export function isPlayable(content: Pick<Content, 'status' | 'contentType'>): boolean {
  return content.status === 'ready' && content.contentType !== 'series';
}

export function minutesLeft(position: WatchPosition): number {
  return Math.max(0, (position.duration - position.position) / 60);
}

/** The genres that at least `fewest` of these titles have, most frequent first. */
export function genresOf(items: Pick<Content, 'genres'>[], fewest: number): string[] {
  const counts = new Map<string, number>();
  for (const genre of items.flatMap((item) => item.genres)) counts.set(genre, (counts.get(genre) ?? 0) + 1);
  const frequent = [...counts].filter(([, count]) => count >= fewest);
  return frequent.sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([genre]) => genre);
}

/** A hue of its own for every title, for the art of one that has no picture. */
export function hueOf(text: string): number {
  let hash = 2166136261;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16777619);
  return (hash >>> 0) % 360;
}
