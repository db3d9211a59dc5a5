// What a master is: a film, or an episode of a series.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Labelled } from './Labelled.tsx';
import { NEW_SERIES } from './newTitle.ts';
import { seriesQuery } from './queries.ts';

const KINDS = [
  { value: 'movie', label: 'Film' },
  { value: 'episode', label: 'Episode' },
] as const;

export function NewTitleFields({ suggestedTitle }: { suggestedTitle: string }) {
  const [kind, setKind] = useState<(typeof KINDS)[number]['value']>('movie');
  return (
    <>
      <fieldset className="grid grid-cols-2 gap-1 rounded-full bg-cream/6 p-1">
        <legend className="sr-only">Kind</legend>
        {KINDS.map(({ value, label }) => (
          <label
            key={value}
            className="cursor-pointer rounded-full py-2 text-center text-sm font-semibold text-dim transition-colors has-checked:bg-cream/14 has-checked:text-cream has-focus-visible:outline-3 has-focus-visible:outline-bulb"
          >
            <input
              type="radio"
              name="kind"
              value={value}
              checked={kind === value}
              onChange={() => setKind(value)}
              className="sr-only"
            />
            {label}
          </label>
        ))}
      </fieldset>
      <Labelled label="Title">
        <input name="title" required maxLength={300} defaultValue={suggestedTitle} className="field" />
      </Labelled>
      {kind === 'episode' && <EpisodeFields />}
    </>
  );
}

function EpisodeFields() {
  const { data: known = [], isPending } = useQuery(seriesQuery);
  const [chosen, setChosen] = useState<string | null>(null);
  if (isPending) return <p className="text-sm text-faint">Looking for series…</p>;
  const series = chosen ?? known[0]?.id ?? NEW_SERIES;
  return (
    <>
      <Labelled label="Series">
        <select name="series" value={series} onChange={(event) => setChosen(event.target.value)} className="field">
          {known.map(({ id, title }) => (
            <option key={id} value={id} className="bg-velvet">
              {title}
            </option>
          ))}
          <option value={NEW_SERIES} className="bg-velvet">
            A new series…
          </option>
        </select>
      </Labelled>
      {series === NEW_SERIES && (
        <Labelled label="Name of the series">
          <input name="newSeries" required maxLength={300} className="field" />
        </Labelled>
      )}
      <div className="grid grid-cols-2 gap-4">
        <Labelled label="Season">
          <input name="season" type="number" min={1} required defaultValue={1} className="field" />
        </Labelled>
        <Labelled label="Episode">
          <input name="episode" type="number" min={1} required defaultValue={1} className="field" />
        </Labelled>
      </div>
    </>
  );
}
