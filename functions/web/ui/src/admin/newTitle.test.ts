import { expect, it } from 'vitest';
import { readNewTitle } from './newTitle.ts';

function form(fields: Record<string, string>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
}

it('a film is only a title', () => {
  expect(readNewTitle(form({ kind: 'movie', title: ' Overture ' }))).toEqual({ fields: { title: 'Overture' }, newSeries: null });
});

it('an episode belongs to its series', () => {
  const title = readNewTitle(form({ kind: 'episode', title: 'Pilot', series: 's-1', season: '2', episode: '3' }));
  expect(title).toEqual({
    fields: { title: 'Pilot', contentType: 'episode', seriesId: 's-1', seasonNumber: 2, episodeNumber: 3 },
    newSeries: null,
  });
});

it('the first episode brings its series along', () => {
  const title = readNewTitle(form({ kind: 'episode', title: 'Pilot', series: 'new', newSeries: 'Harbour', season: '1', episode: '1' }));
  expect(title.newSeries).toBe('Harbour');
  expect(title.fields).not.toHaveProperty('seriesId');
});
