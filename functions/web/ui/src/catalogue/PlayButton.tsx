// Play, or Resume where the viewer stopped.
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { Content } from '../api/types.ts';
import { PlayIcon } from '../shell/icons.tsx';
import { prepareTitle } from './useIntent.ts';

interface PlayButtonProps {
  content: Content;
  begun: boolean;
}

export function PlayButton({ content, begun }: PlayButtonProps) {
  const playable = content.status === 'ready' && content.contentType !== 'series';
  useEffect(() => {
    if (playable) prepareTitle(content.id);
  }, [playable, content.id]);

  if (!playable) {
    return content.contentType === 'series' ? null : (
      <p className="button button-glass" role="status">
        Coming soon
      </p>
    );
  }
  return (
    <Link to="/watch/$id" params={{ id: content.id }} preload={false} className="button button-lit min-w-36 text-[1.05rem]">
      <PlayIcon /> {begun ? 'Resume' : 'Play'}
    </Link>
  );
}
