// A series' episodes, season by season.
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Content } from '../api/types.ts';
import { PlayIcon } from '../shell/icons.tsx';
import { Artwork } from './Artwork.tsx';
import { runtime } from './format.ts';
import { useIntent } from './useIntent.ts';

export function EpisodeList({ episodes }: { episodes: Content[] }) {
  const seasons = [...new Set(episodes.map((episode) => episode.seasonNumber ?? 1))].sort((a, b) => a - b);
  const [season, setSeason] = useState(seasons[0] ?? 1);
  const shown = episodes
    .filter((episode) => (episode.seasonNumber ?? 1) === season)
    .sort((a, b) => (a.episodeNumber ?? 0) - (b.episodeNumber ?? 0));
  return (
    <section aria-labelledby="episodes" className="gutter mt-10">
      <div className="flex items-center gap-5">
        <h2 id="episodes" className="text-xl font-bold [font-stretch:112%] sm:text-2xl">
          Episodes
        </h2>
        {seasons.length > 1 && (
          <select
            aria-label="Season"
            value={season}
            onChange={(event) => setSeason(Number(event.target.value))}
            className="field min-h-10 w-auto py-1.5"
          >
            {seasons.map((number) => (
              <option key={number} value={number} className="bg-velvet">
                Season {number}
              </option>
            ))}
          </select>
        )}
      </div>
      <ol className="mt-5 flex flex-col gap-2">
        {shown.map((episode) => (
          <li key={episode.id}>
            <Episode episode={episode} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Episode({ episode }: { episode: Content }) {
  const intent = useIntent(episode.id);
  return (
    <Link
      to="/watch/$id"
      params={{ id: episode.id }}
      preload={false}
      className="group flex items-center gap-5 rounded-2xl p-3 transition-colors hover:bg-cream/6"
      {...intent}
    >
      <span className="relative aspect-video w-36 shrink-0 overflow-hidden rounded-xl sm:w-52">
        <Artwork url={episode.thumbnailUrl} title={episode.title} showsTitle={false} />
        <span className="absolute inset-0 flex items-center justify-center bg-black/30 opacity-0 transition-opacity group-hover:opacity-100">
          <PlayIcon className="size-8" />
        </span>
      </span>
      <span className="min-w-0">
        <span className="block font-semibold">
          {episode.episodeNumber}. {episode.title}
        </span>
        <span className="block text-sm text-faint">{runtime(episode.duration)}</span>
        <span className="mt-1 line-clamp-2 hidden text-[0.95rem] text-dim sm:block">{episode.description}</span>
      </span>
    </Link>
  );
}
