// The captions on screen. WebVTT's own markup is kept (italics, voices); its colours and boxes are ours.
import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import type { PlaybackEngine } from './engine.ts';
import type { CaptionLine } from './playerState.ts';

export function Captions({ engine }: { engine: PlaybackEngine }) {
  const captions = useStore(engine.store, (state) => state.captions);
  return (
    <div className="player-captions" data-testid="captions">
      <Lines lines={captions.filter(({ top }) => top)} place="top" />
      <Lines lines={captions.filter(({ top }) => !top)} place="bottom" />
    </div>
  );
}

function Lines({ lines, place }: { lines: readonly CaptionLine[]; place: 'top' | 'bottom' }) {
  return (
    <div className="player-caption-lines" data-place={place}>
      {lines.map((line) => (
        <Cue key={line.key} line={line} />
      ))}
    </div>
  );
}

function Cue({ line }: { line: CaptionLine }) {
  const box = useRef<HTMLSpanElement>(null);
  useEffect(() => box.current?.replaceChildren(line.cue.getCueAsHTML()), [line]);
  return (
    <p className="player-caption" style={{ textAlign: line.cue.align === 'start' || line.cue.align === 'end' ? line.cue.align : 'center' }}>
      <span ref={box} />
    </p>
  );
}
