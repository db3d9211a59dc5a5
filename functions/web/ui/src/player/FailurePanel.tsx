// What the viewer sees when the film can't go on: what happened, in plain words, and what to do about it.
import { useEffect, useRef } from 'react';
import type { PlaybackEngine } from './engine.ts';
import { ScreenSign } from './icons.tsx';
import type { Failure } from './recovery.ts';

export function FailurePanel({ failure, engine, onExit }: { failure: Failure; engine: PlaybackEngine; onExit: () => void }) {
  const first = useRef<HTMLElement>(null);
  useEffect(() => first.current?.focus(), []);
  const way = wayOut(failure);
  return (
    <div className="player-failure" role="alertdialog" aria-labelledby="player-failure-title" aria-describedby="player-failure-text" data-testid="player-failure" data-kind={failure.kind}>
      <h1 id="player-failure-title">{failure.title}</h1>
      <p id="player-failure-text">{failure.sentence}</p>
      {failure.holders.length > 0 && (
        <ul className="player-holders" aria-label="Watching now">
          {failure.holders.map(({ device, title, sinceMs }, index) => (
            <li key={index}>
              <ScreenSign />
              <strong>{device}</strong>
              {title !== null && (
                <span>
                  {title}
                  {sinceMs !== null && `, since ${new Date(sinceMs).toLocaleTimeString([], { hour: 'numeric', minute: '2-digit' })}`}
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
      <div className="player-failure-actions">
        {way && (
          <a ref={(link) => void (first.current = link)} className="player-action player-action-main" href={way.href}>
            {way.label}
          </a>
        )}
        {failure.retry && (
          <button ref={(button) => void (first.current ??= button)} type="button" className="player-action player-action-main" data-testid="player-retry" onClick={() => engine.retry()}>
            Try again
          </button>
        )}
        <button type="button" className="player-action" data-testid="player-leave" onClick={onExit}>
          Back to browsing
        </button>
      </div>
      {failure.reference !== null && <p className="player-reference">Reference {failure.reference}</p>}
    </div>
  );
}

function wayOut({ kind }: Failure): { href: string; label: string } | null {
  if (kind === 'signed-out') return { href: '/signin', label: 'Sign in' };
  if (kind === 'no-profile') return { href: '/profiles', label: 'Choose a profile' };
  return null;
}
