// Times in the studio's marker fields: `1:02:03.5`, read and written.
import type { MarkerDraft, Markers } from '../api/types.ts';

export const KINDS = ['intro', 'credits'] as const;
export type Kind = (typeof KINDS)[number];

/** What the fields of one marker hold. Both empty: there is none. */
export interface MarkerFields {
  start: string;
  end: string;
}

const TIME = /^(?:(\d{1,2}):)?(\d{1,3}):(\d{1,2})(?:\.(\d{1,3}))?$/;

/** Milliseconds of `h:mm:ss.fff` or `mm:ss`, or null when it is no time. */
export function millisecondsOf(text: string): number | null {
  const parts = TIME.exec(text.trim());
  if (!parts) return null;
  const [, hours = '0', minutes = '0', seconds = '0', fraction = ''] = parts;
  if (Number(seconds) > 59 || (parts[1] !== undefined && Number(minutes) > 59)) return null;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(fraction.padEnd(3, '0'));
}

const two = (value: number) => String(value).padStart(2, '0');

export function timeOf(milliseconds: number): string {
  const whole = Math.floor(milliseconds / 1000);
  const fraction = milliseconds % 1000 === 0 ? '' : `.${String(milliseconds % 1000).padStart(3, '0')}`;
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}${fraction}`;
}

/** The fields as the markers have them; a suggestion is there to be accepted. */
export function fieldsFrom({ markers }: Markers): Record<Kind, MarkerFields> {
  const of = (kind: Kind): MarkerFields => {
    const marker = markers.find((found) => found.kind === kind);
    return marker === undefined ? { start: '', end: '' } : { start: timeOf(marker.startMs), end: timeOf(marker.endMs) };
  };
  return { intro: of('intro'), credits: of('credits') };
}

/** What is sent, or what is wrong with the first field that is. */
export function draftFrom(fields: Record<Kind, MarkerFields>, durationMs: number): { markers: MarkerDraft[] } | { wrong: string } {
  const markers: MarkerDraft[] = [];
  for (const kind of KINDS) {
    const { start, end } = fields[kind];
    if (start.trim() === '' && end.trim() === '') continue;
    const startMs = millisecondsOf(start);
    const endMs = millisecondsOf(end);
    if (startMs === null || endMs === null) return { wrong: `The ${kind} needs two times, as 0:01:30.` };
    if (startMs >= endMs) return { wrong: `The ${kind} must end after it starts.` };
    if (endMs > durationMs) return { wrong: `The ${kind} must end within the film, at ${timeOf(durationMs)}.` };
    markers.push({ kind, startMs, endMs });
  }
  return { markers };
}
