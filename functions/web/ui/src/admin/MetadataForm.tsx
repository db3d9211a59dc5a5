// What viewers read about a title.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { api } from '../api/client.ts';
import type { Content, ContentFields } from '../api/types.ts';
import { ProblemAlarm } from '../shell/Notice.tsx';
import { genresFromText } from './jobs.ts';
import { Labelled } from './Labelled.tsx';

const OLDEST_FILM = 1888;
const NEWEST_FILM = 2100;

export function MetadataForm({ content }: { content: Content }) {
  const queryClient = useQueryClient();
  const save = useMutation({
    mutationFn: (draft: ContentFields) => api.editContent(content.id, draft),
    onSuccess: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: ['studio', 'content'] }),
        queryClient.invalidateQueries({ queryKey: ['catalogue'] }),
      ]),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    save.mutate(readDraft(new FormData(event.currentTarget)));
  };
  return (
    <section aria-label="Details" className="panel p-6 sm:p-8">
      <h2 className="mb-5 text-lg font-bold [font-stretch:112%]">Details</h2>
      <form onSubmit={submit} onChange={() => save.reset()} className="flex flex-col gap-5">
        <Labelled label="Title">
          <input name="title" required maxLength={300} defaultValue={content.title} className="field" />
        </Labelled>
        <Labelled label="Synopsis">
          <textarea name="description" rows={5} maxLength={5000} defaultValue={content.description} className="field resize-y leading-relaxed" />
        </Labelled>
        <div className="grid grid-cols-2 gap-5">
          <Labelled label="Year">
            <input
              name="releaseYear"
              type="number"
              min={OLDEST_FILM}
              max={NEWEST_FILM}
              defaultValue={content.releaseYear}
              className="field"
            />
          </Labelled>
          <Labelled label="Rating">
            <input name="rating" maxLength={16} placeholder="PG-13" defaultValue={content.rating} className="field" />
          </Labelled>
        </div>
        <Labelled label="Genres, separated by commas">
          <input name="genres" defaultValue={content.genres.join(', ')} placeholder="drama, science fiction" className="field" />
        </Labelled>
        <Labelled label="Suits ages from">
          <input name="maturity" type="number" min={0} max={18} required defaultValue={content.maturity} className="field" />
        </Labelled>
        {save.error !== null && <ProblemAlarm error={save.error} />}
        <div className="flex items-center gap-4">
          <button type="submit" disabled={save.isPending} className="button button-lit">
            {save.isPending ? 'Saving…' : 'Save details'}
          </button>
          <p role="status" className="text-sm text-go">
            {save.isSuccess ? 'Saved. Viewers see it within moments.' : ''}
          </p>
        </div>
      </form>
    </section>
  );
}

function readDraft(form: FormData): ContentFields {
  const field = (name: string) => String(form.get(name) ?? '').trim();
  const year = field('releaseYear');
  return {
    title: field('title'),
    description: field('description'),
    rating: field('rating'),
    genres: genresFromText(field('genres')),
    maturity: Number(field('maturity')),
    ...(year !== '' && { releaseYear: Number(year) }),
  };
}
