// Search as you type, or browse a genre. What is searched for is in the address, so it can be shared and
// the way back from a title leads to the same results.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import type { Content } from '../api/types.ts';
import { SearchIcon } from '../shell/icons.tsx';
import { ProblemAlarm } from '../shell/Notice.tsx';
import { TitleCard } from './cards.tsx';
import { genreLabel, genresOf, hueOf } from './format.ts';
import { genreQuery, newestQuery, searchQuery } from './queries.ts';

const SETTLE_MS = 140;

export default function SearchPage() {
  const { q = '', genre = '' } = useSearch({ from: '/app/search' });
  const navigate = useNavigate();
  const [text, setText] = useState(q);
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    if (text.trim() === q) return;
    const timer = setTimeout(() => {
      const wanted = text.trim();
      void navigate({ to: '/search', search: wanted === '' ? {} : { q: wanted }, replace: true, resetScroll: false });
    }, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text, q, navigate]);
  useEffect(() => input.current?.focus(), []);

  return (
    <div className="gutter pt-28 sm:pt-36">
      <title>Search · Marquee</title>
      <h1 className="sr-only">Search</h1>
      <form role="search" onSubmit={(event) => event.preventDefault()} className="relative max-w-4xl">
        <SearchIcon className="pointer-events-none absolute top-1/2 left-5 size-6 -translate-y-1/2 text-faint" />
        <input
          ref={input}
          type="search"
          aria-label="Search titles"
          placeholder="Titles, people, genres"
          value={text}
          onChange={(event) => setText(event.target.value)}
          maxLength={100}
          autoComplete="off"
          spellCheck={false}
          className="field min-h-16 rounded-full pl-14 text-lg sm:text-xl [&::-webkit-search-cancel-button]:appearance-none"
        />
      </form>
      {q !== '' ? <Found text={q} /> : genre !== '' ? <InGenre genre={genre} /> : <Genres />}
    </div>
  );
}

function Found({ text }: { text: string }) {
  const { data, error, isFetching } = useQuery({ ...searchQuery(text), placeholderData: keepPreviousData });
  if (error !== null) return <Refused error={error} />;
  const count = data?.length ?? 0;
  const news = count === 0 ? `Nothing found for “${text}”` : `${count} ${count === 1 ? 'title' : 'titles'} for “${text}”`;
  return (
    <>
      <p role="status" className="mt-8 text-dim">
        {data === undefined ? 'Searching…' : news}
      </p>
      {data !== undefined && count === 0 && !isFetching && (
        <p className="mt-3 max-w-md text-faint">Check the spelling, or try part of the title, an actor or a genre.</p>
      )}
      <Results items={data ?? []} />
    </>
  );
}

function InGenre({ genre }: { genre: string }) {
  const { data, error } = useQuery(genreQuery(genre));
  if (error !== null) return <Refused error={error} />;
  return (
    <>
      <h2 className="display mt-10 text-3xl sm:text-4xl">{genreLabel(genre)}</h2>
      <Results items={data?.items ?? []} />
    </>
  );
}

function Results({ items }: { items: Content[] }) {
  return (
    <ul className="mt-7 grid grid-cols-2 gap-x-4 gap-y-8 sm:grid-cols-[repeat(auto-fill,minmax(17rem,1fr))] sm:gap-x-5">
      {items.map((item) => (
        <li key={item.id}>
          <TitleCard content={item} shape="wide" />
        </li>
      ))}
    </ul>
  );
}

function Refused({ error }: { error: Error }) {
  return (
    <div className="mt-8 max-w-xl">
      <ProblemAlarm error={error} />
    </div>
  );
}

function Genres() {
  const { data } = useQuery(newestQuery);
  const genres = genresOf(data?.items ?? [], 1);
  if (genres.length === 0) return null;
  return (
    <>
      <h2 className="mt-12 text-xl font-bold [font-stretch:112%] sm:text-2xl">Browse</h2>
      <ul className="mt-5 grid grid-cols-2 gap-3.5 sm:grid-cols-3 sm:gap-5 lg:grid-cols-4">
        {genres.map((genre) => (
          <li key={genre}>
            <Link
              to="/search"
              search={{ genre }}
              className="display flex aspect-2/1 items-end rounded-2xl p-4 text-base wrap-anywhere ring-1 ring-cream/10 transition duration-300 ease-screen hover:scale-[1.03] hover:ring-2 hover:ring-cream/80 sm:p-5 sm:text-2xl"
              style={{
                backgroundImage: `radial-gradient(110% 120% at 90% 0%, hsl(${hueOf(genre)} 58% 40% / 0.85), transparent 65%), linear-gradient(160deg, hsl(${(hueOf(genre) + 30) % 360} 40% 17%), hsl(${(hueOf(genre) + 60) % 360} 45% 7%))`,
              }}
            >
              {genreLabel(genre)}
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
