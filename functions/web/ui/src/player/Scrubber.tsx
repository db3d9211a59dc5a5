// The timeline: what was watched, what is buffered, and a thumbnail of where a press would lead.
import { useEffect, useRef, useState, type CSSProperties, type PointerEvent } from 'react';
import { useStore } from 'zustand';
import { chapterAt, chapterStarts } from './chapters.ts';
import type { PlaybackEngine } from './engine.ts';
import { loadStoryboard, thumbnailAt, type Thumbnail } from './storyboard.ts';
import { spokenTime, timecode } from './timecode.ts';

const THUMBNAIL_WIDTH = 208;

export function Scrubber({ engine, onHold }: { engine: PlaybackEngine; onHold: (held: boolean) => void }) {
  const { position, duration, buffered, storyboardUrl, creditsStart, chapters } = useStore(engine.store);
  const rail = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const [dragged, setDragged] = useState(false);
  const thumbnails = useStoryboard(storyboardUrl);
  const shown = dragged && pointed !== null ? pointed : position;

  const timeAt = (event: PointerEvent) => {
    const box = rail.current?.getBoundingClientRect();
    if (!box || box.width === 0) return 0;
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * duration;
  };
  const release = (event: PointerEvent, seek: boolean) => {
    if (!dragged) return;
    if (seek) engine.seek(timeAt(event));
    setDragged(false);
    onHold(false);
    if (event.pointerType !== 'mouse') setPointed(null);
  };

  return (
    <div
      ref={rail}
      className="player-scrubber"
      role="slider"
      tabIndex={0}
      aria-label="Seek"
      aria-valuemin={0}
      aria-valuemax={Math.round(duration)}
      aria-valuenow={Math.round(shown)}
      aria-valuetext={`${spokenTime(shown)} of ${spokenTime(duration)}`}
      data-testid="scrubber"
      data-dragged={dragged || undefined}
      onPointerDown={(event) => {
        if (event.button !== 0 || duration <= 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDragged(true);
        setPointed(timeAt(event));
        onHold(true);
      }}
      onPointerMove={(event) => setPointed(timeAt(event))}
      onPointerUp={(event) => release(event, true)}
      onPointerCancel={(event) => release(event, false)}
      onPointerLeave={() => !dragged && setPointed(null)}
    >
      <div className="player-rail">
        {buffered.map(({ start, end }) => (
          <div key={start} className="player-buffered" style={span(start, end, duration)} />
        ))}
        {pointed !== null && pointed > shown && <div className="player-pointed" style={span(shown, pointed, duration)} />}
        <div className="player-watched" style={span(0, shown, duration)} />
        {chapterStarts(chapters, duration).map((start) => (
          <div key={start} className="player-mark" style={{ left: percent(start, duration) }} />
        ))}
        {creditsStart !== null && duration > 0 && <div className="player-mark" style={{ left: percent(creditsStart, duration) }} />}
      </div>
      <div className="player-knob" style={{ left: percent(shown, duration) }} />
      {pointed !== null && duration > 0 && (
        <Preview time={pointed} duration={duration} thumbnail={thumbnailAt(thumbnails, pointed)} chapter={chapterAt(chapters, pointed)?.title ?? null} />
      )}
    </div>
  );
}

interface PreviewProps {
  time: number;
  duration: number;
  thumbnail: Thumbnail | null;
  chapter: string | null;
}

function Preview({ time, duration, thumbnail, chapter }: PreviewProps) {
  return (
    <div className="player-preview" style={{ '--at': percent(time, duration) } as CSSProperties} aria-hidden="true" data-testid="seek-preview">
      {thumbnail && <Sprite thumbnail={thumbnail} />}
      {chapter !== null && <span className="player-chapter">{chapter}</span>}
      <span>{timecode(time)}</span>
    </div>
  );
}

/** A region of the sheet, moved under a window; the sheet's own size needn't be known. */
function Sprite({ thumbnail: { url, x, y, width, height } }: { thumbnail: Thumbnail }) {
  const scale = THUMBNAIL_WIDTH / width;
  return (
    <div className="player-sprite" style={{ width: THUMBNAIL_WIDTH, height: Math.round(height * scale) }}>
      <img src={url} alt="" draggable={false} style={{ transform: `scale(${scale}) translate(${-x}px, ${-y}px)` }} />
    </div>
  );
}

function useStoryboard(url: string | null): readonly Thumbnail[] {
  const [thumbnails, setThumbnails] = useState<readonly Thumbnail[]>([]);
  useEffect(() => {
    if (url === null) return;
    const leaving = new AbortController();
    loadStoryboard(url, leaving.signal).then(setThumbnails, () => undefined);
    return () => leaving.abort();
  }, [url]);
  return thumbnails;
}

function span(start: number, end: number, duration: number): CSSProperties {
  return { left: percent(start, duration), width: percent(end - start, duration) };
}

function percent(part: number, whole: number): string {
  return whole > 0 ? `${Math.min(100, Math.max(0, (part / whole) * 100))}%` : '0%';
}
