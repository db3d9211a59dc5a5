// Play, or Resume where the viewer stopped.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { Content } from '../api/types.ts';
import { PlayIcon } from '../shell/icons.tsx';
import { canResume } from './format.ts';
import { positionQuery } from './queries.ts';
import { prepareTitle } from './useIntent.ts';

export function PlayButton({ content }: { content: Content }) {
  const playable = content.status === 'ready' && content.contentType !== 'series';
  const { data: position } = useQuery({ ...positionQuery(content.id), enabled: playable });
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
      <PlayIcon /> {canResume(position) ? 'Resume' : 'Play'}
    </Link>
  );
}
