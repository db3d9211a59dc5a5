// A title's own page.
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ContentDetails } from '../api/types.ts';
import { RestartIcon } from '../shell/icons.tsx';
import { TitleCard } from './cards.tsx';
import { EpisodeList } from './EpisodeList.tsx';
import { badges, canResume, genreLabel, isPlayable, languageName, minutesLeft, remaining, runtime } from './format.ts';
import { Hero } from './Hero.tsx';
import { PlayButton } from './PlayButton.tsx';
import { contentQuery, genreQuery, positionQuery } from './queries.ts';
import { Row } from './Row.tsx';
import { usePreparedTitle } from './useIntent.ts';

/** Characters that the three lines over the picture hold; a longer synopsis is printed whole below. */
const SYNOPSIS_FITS_HERO = 190;

export default function TitlePage() {
  const { id } = useParams({ from: '/app/title/$id' });
  const { data: content } = useSuspenseQuery(contentQuery(id));
  const { data: position } = useQuery({ ...positionQuery(id), enabled: content.contentType !== 'series' });
  usePreparedTitle(id, isPlayable(content));
  const begun = canResume(position) && content.status === 'ready';

  return (
    <>
      <title>{`${content.title} · Marquee`}</title>
      <Hero
        content={content}
        eyebrow={eyebrowOf(content)}
        hasCaptions={content.subtitleLanguages.length > 0}
        headingLevel="h1"
      >
        <PlayButton content={content} begun={begun} />
        {begun && (
          <>
            <Link to="/watch/$id" params={{ id }} search={{ start: 0 }} preload={false} className="button button-glass">
              <RestartIcon /> Start over
            </Link>
            <Watched percent={(position.position / position.duration) * 100} label={remaining(minutesLeft(position))} />
          </>
        )}
      </Hero>
      {content.episodes.length > 0 && <EpisodeList episodes={content.episodes} />}
      <Details content={content} />
      <MoreLikeThis content={content} />
    </>
  );
}

function eyebrowOf(content: ContentDetails): string | null {
  if (content.contentType === 'episode') return `Season ${content.seasonNumber ?? 1} · Episode ${content.episodeNumber ?? 1}`;
  return content.contentType === 'series' ? 'Series' : null;
}

function Watched({ percent, label }: { percent: number; label: string }) {
  return (
    <span className="ml-2 flex items-center gap-3 text-sm text-dim">
      <span className="h-1 w-28 overflow-hidden rounded-full bg-cream/25">
        <span className="block h-full rounded-full bg-bulb" style={{ width: `${Math.min(100, percent)}%` }} />
      </span>
      {label}
    </span>
  );
}

function Details({ content }: { content: ContentDetails }) {
  return (
    <section aria-labelledby="about" className="gutter mt-10 sm:mt-14">
      <h2 id="about" className="text-xl font-bold [font-stretch:112%] sm:text-2xl">
        About
      </h2>
      <div className="panel mt-5 p-6 sm:p-9">
        {content.description.length > SYNOPSIS_FITS_HERO && (
          <p className="mb-8 max-w-[68ch] text-lg leading-relaxed text-cream/85">{content.description}</p>
        )}
        <dl className="grid grid-cols-2 gap-x-8 gap-y-7 text-[0.95rem] sm:grid-cols-3 xl:grid-cols-4">
          <Detail term="Released">{content.releaseYear}</Detail>
          <Detail term="Runtime">{content.duration > 0 ? runtime(content.duration) : null}</Detail>
          <Detail term="Rated">{content.rating}</Detail>
          <Detail term="Genres">{content.genres.map(genreLabel).join(', ')}</Detail>
          <Detail term="Picture and sound">{badges(content, false).join(', ')}</Detail>
          <Detail term="Audio">{content.audioLanguages.map(languageName).join(', ')}</Detail>
          <Detail term="Subtitles">{content.subtitleLanguages.map(languageName).join(', ')}</Detail>
          <Detail term="Cast">{content.cast.map((member) => member.name).join(', ')}</Detail>
        </dl>
      </div>
    </section>
  );
}

function Detail({ term, children }: { term: string; children: ReactNode }) {
  if (children === null || children === undefined || children === '') return null;
  return (
    <div>
      <dt className="text-sm text-faint">{term}</dt>
      <dd className="mt-1 font-medium text-cream/90">{children}</dd>
    </div>
  );
}

function MoreLikeThis({ content }: { content: ContentDetails }) {
  const genre = content.genres[0] ?? '';
  const { data } = useQuery({ ...genreQuery(genre), enabled: genre !== '' });
  return (
    <Row
      heading="More like this"
      shape="poster"
      items={(data?.items ?? []).filter((item) => item.id !== content.id)}
      keyOf={(item) => item.id}
      card={(item, tabIndex) => <TitleCard content={item} shape="poster" tabIndex={tabIndex} />}
    />
  );
}
