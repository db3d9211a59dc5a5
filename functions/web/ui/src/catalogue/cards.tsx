// Cards: the picture of a title and the way to it. A card is one link, named by what stands under the picture.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Content, ContinueItem } from '../api/types.ts';
import { PlayIcon } from '../shell/icons.tsx';
import { Artwork } from './Artwork.tsx';
import { facts, remaining } from './format.ts';
import { useIntent } from './useIntent.ts';

const FRAME =
  'relative block overflow-hidden rounded-[0.9rem] ring-1 ring-cream/8 transition duration-300 ease-screen group-hover/card:scale-[1.045] group-hover/card:shadow-[0_18px_60px_rgb(0_0_0/0.65),0_0_50px_rgb(255_185_80/0.14)] group-hover/card:ring-2 group-hover/card:ring-cream/85 group-focus-visible/card:scale-[1.045] group-focus-visible/card:ring-3 group-focus-visible/card:ring-bulb';
const CARD = 'group/card block outline-none';

export type CardShape = 'wide' | 'poster';

interface TitleCardProps {
  content: Content;
  shape: CardShape;
  tabIndex?: number;
  rank?: number;
}

export function TitleCard({ content, shape, tabIndex, rank }: TitleCardProps) {
  const intent = useIntent(content.id);
  const wide = shape === 'wide';
  return (
    <Link
      to="/title/$id"
      params={{ id: content.id }}
      data-card
      tabIndex={tabIndex}
      className={CARD}
      {...intent}
    >
      <span className={`${FRAME} ${wide ? 'aspect-video' : 'aspect-2/3'}`}>
        <Artwork url={wide ? content.thumbnailUrl : content.posterUrl} title={content.title} />
        {rank !== undefined && <Rank place={rank} />}
        {content.status !== 'ready' && <ComingSoon />}
      </span>
      <Caption title={content.title} note={facts(content).slice(0, 2).join(' · ')} />
    </Link>
  );
}

export function ContinueCard({ item, tabIndex }: { item: ContinueItem; tabIndex?: number }) {
  const intent = useIntent(item.id);
  return (
    <Link
      to="/watch/$id"
      params={{ id: item.id }}
      preload={false}
      data-card
      tabIndex={tabIndex}
      className={CARD}
      {...intent}
    >
      <span className={`${FRAME} aspect-video`}>
        <Artwork url={item.thumbnailUrl ?? item.heroImageUrl} title={item.title} />
        <span className="absolute inset-x-0 bottom-0 h-2/5 bg-linear-to-t from-black/75 to-transparent" />
        <span className="absolute bottom-6 left-4 flex size-10 items-center justify-center rounded-full bg-ink/55 text-cream backdrop-blur-md transition-colors group-hover/card:bg-bulb group-hover/card:text-ink group-focus-visible/card:bg-bulb group-focus-visible/card:text-ink">
          <PlayIcon className="size-4" />
        </span>
        <ProgressBar percent={item.progressPct} label={`${Math.round(item.progressPct)} % watched`} />
      </span>
      <Caption title={item.title} note={remaining(item.remainingMinutes)} />
    </Link>
  );
}

export function ProgressBar({ percent, label }: { percent: number; label: string }) {
  const width = Math.min(100, Math.max(2, percent));
  return (
    <span role="img" aria-label={label} className="absolute inset-x-4 bottom-3 h-1 overflow-hidden rounded-full bg-cream/30">
      <span className="block h-full rounded-full bg-bulb" style={{ width: `${width}%` }} />
    </span>
  );
}

function Caption({ title, note }: { title: string; note: string }): ReactNode {
  return (
    <span className="mt-3.5 block">
      <span className="block truncate font-semibold text-cream/90 group-hover/card:text-cream">{title}</span>
      <span className="mt-0.5 block truncate text-sm text-faint">{note}</span>
    </span>
  );
}

function Rank({ place }: { place: number }) {
  return (
    <span
      aria-hidden
      className="display absolute inset-x-0 bottom-0 bg-linear-to-t from-black/85 via-black/40 to-transparent px-4 pt-16 pb-3 text-6xl text-cream tabular-nums"
    >
      {place}
    </span>
  );
}

function ComingSoon() {
  return (
    <span className="eyebrow absolute top-3 left-3 rounded-full bg-ink/75 px-3 py-1.5 text-[0.65rem] text-bulb backdrop-blur">
      Coming soon
    </span>
  );
}
