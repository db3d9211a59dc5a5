// Chapters on the timeline.
import type { Chapter } from './session.ts';

/** The chapter that is shown at this time, or null before the first; `chapters` are in order. */
export function chapterAt(chapters: readonly Chapter[], position: number): Chapter | null {
  return chapters.findLast(({ start }) => start <= position) ?? null;
}

/** Where the rail is cut: the first chapter begins where the rail does. */
export function chapterStarts(chapters: readonly Chapter[], duration: number): number[] {
  return chapters.map(({ start }) => start).filter((start) => start > 0 && start < duration);
}
