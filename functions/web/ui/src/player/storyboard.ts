// Seek thumbnails: a WebVTT file whose cues name a region of a sprite sheet (`storyboard-0.jpg#xywh=0,90,160,90`).

export interface Thumbnail {
  start: number;
  end: number;
  url: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

const TIMING = /^(?:(\d+):)?(\d{2}):(\d{2})\.(\d{3})\s+-->\s+(?:(\d+):)?(\d{2}):(\d{2})\.(\d{3})/;
const REGION = /#xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)$/;

export async function loadStoryboard(url: string, signal: AbortSignal): Promise<Thumbnail[]> {
  const response = await fetch(url, { credentials: 'same-origin', signal });
  if (!response.ok) return [];
  return parseStoryboard(await response.text(), new URL(url, location.href).href);
}

export function parseStoryboard(vtt: string, baseUrl: string): Thumbnail[] {
  const lines = vtt.split(/\r?\n/);
  return lines.flatMap((line, index) => {
    const timing = TIMING.exec(line);
    const payload = lines[index + 1];
    const region = payload === undefined ? null : REGION.exec(payload);
    if (!timing || !region || payload === undefined) return [];
    const [x, y, width, height] = region.slice(1).map(Number) as [number, number, number, number];
    const url = new URL(payload.slice(0, region.index), baseUrl).href;
    return [{ start: seconds(timing.slice(1, 5)), end: seconds(timing.slice(5, 9)), url, x, y, width, height }];
  });
}

/** The thumbnail shown at this time; `thumbnails` are in order. */
export function thumbnailAt(thumbnails: readonly Thumbnail[], position: number): Thumbnail | null {
  let low = 0;
  let high = thumbnails.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((thumbnails[middle] as Thumbnail).start <= position) low = middle;
    else high = middle - 1;
  }
  return thumbnails[low] ?? null;
}

function seconds([hours, minutes, whole, milliseconds]: (string | undefined)[]): number {
  return Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(whole) + Number(milliseconds) / 1000;
}
