// The frames that a title's pictures can be cut from. The chosen one is on every card, poster and hero.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client.ts';
import { timecode } from '../player/timecode.ts';
import { ProblemAlarm } from '../shell/Notice.tsx';
import { artworkQuery } from './queries.ts';

export function ArtworkPicker({ contentId, version }: { contentId: string; version: number }) {
  const queryClient = useQueryClient();
  const { data: artwork } = useQuery(artworkQuery(contentId, version));
  const choose = useMutation({
    mutationFn: (chosen: number) => api.chooseArtwork(contentId, chosen),
    onSuccess: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: ['studio'] }),
        queryClient.invalidateQueries({ queryKey: ['catalogue'] }),
      ]),
  });
  if (artwork === undefined || artwork.candidates.length < 2) return null;
  return (
    <section aria-label="Pictures" className="panel p-6 sm:p-8">
      <h2 className="mb-5 text-lg font-bold [font-stretch:112%]">Pictures</h2>
      <div role="radiogroup" aria-label="Frame" className="grid grid-cols-2 gap-4 sm:grid-cols-3">
        {artwork.candidates.map(({ candidate, atMs, thumbnailUrl }) => {
          const chosen = candidate === artwork.chosen;
          return (
            <button
              key={candidate}
              type="button"
              role="radio"
              aria-checked={chosen}
              aria-label={`The frame at ${timecode(atMs / 1000)}`}
              disabled={choose.isPending}
              onClick={() => choose.mutate(candidate)}
              className={`relative aspect-video overflow-hidden rounded-xl ring-2 ${chosen ? 'ring-bulb' : 'ring-cream/10 hover:ring-cream/40'}`}
            >
              <img src={thumbnailUrl} alt="" loading="lazy" className="size-full object-cover" />
              <span className="absolute right-2 bottom-2 rounded-full bg-black/70 px-2 text-xs tabular-nums">{timecode(atMs / 1000)}</span>
            </button>
          );
        })}
      </div>
      {choose.error !== null && <ProblemAlarm error={choose.error} />}
    </section>
  );
}
