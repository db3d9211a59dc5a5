// Play, or Resume where the viewer stopped.
import { Link } from '@tanstack/react-router';
import type { Content } from '../api/types.ts';
import { PlayIcon } from '../shell/icons.tsx';
import { isPlayable } from './format.ts';
import { useIntent } from './useIntent.ts';

interface PlayButtonProps {
  content: Content;
  begun: boolean;
}

export function PlayButton({ content, begun }: PlayButtonProps) {
  const intent = useIntent(content.id);
  if (content.contentType === 'series') return null;
  if (!isPlayable(content)) {
    return (
      <p role="status" className="button button-glass">
        Coming soon
      </p>
    );
  }
  return (
    <Link
      to="/watch/$id"
      params={{ id: content.id }}
      preload={false}
      className="button button-lit min-w-36 text-[1.05rem]"
      {...intent}
    >
      <PlayIcon /> {begun ? 'Resume' : 'Play'}
    </Link>
  );
}
