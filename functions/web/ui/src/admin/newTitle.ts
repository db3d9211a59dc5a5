// Making a title for a master: a film, or an episode with the series that it belongs to.
import { api } from '../api/client.ts';
import type { Content, ContentFields } from '../api/types.ts';

/** The value of the series field that stands for one that doesn't exist yet. */
export const NEW_SERIES = 'new';

export interface NewTitle {
  fields: ContentFields;
  /** The name of the series to make first. */
  newSeries: string | null;
}

export function readNewTitle(form: FormData): NewTitle {
  const field = (name: string) => String(form.get(name) ?? '').trim();
  const title = field('title');
  if (field('kind') !== 'episode') return { fields: { title }, newSeries: null };
  const series = field('series');
  return {
    fields: {
      title,
      contentType: 'episode',
      seasonNumber: Number(field('season')),
      episodeNumber: Number(field('episode')),
      ...(series !== NEW_SERIES && { seriesId: series }),
    },
    newSeries: series === NEW_SERIES ? field('newSeries') : null,
  };
}

export async function createTitle({ fields, newSeries }: NewTitle): Promise<Content> {
  if (newSeries === null) return api.createContent(fields);
  const series = await api.createContent({ title: newSeries, contentType: 'series' });
  return api.createContent({ ...fields, seriesId: series.id });
}
