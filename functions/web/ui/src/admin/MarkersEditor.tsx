// Where the intro is and where the credits begin: what the master says, what was detected, what the operator decides.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { api } from '../api/client.ts';
import type { MarkerDraft, Markers } from '../api/types.ts';
import { ProblemAlarm } from '../shell/Notice.tsx';
import { Labelled } from './Labelled.tsx';
import { draftFrom, fieldsFrom, KINDS, type Kind } from './markerTimes.ts';
import { markersQuery } from './queries.ts';

const NAMES: Record<Kind, string> = { intro: 'Intro', credits: 'Credits' };

export function MarkersEditor({ contentId, version }: { contentId: string; version: number }) {
  const { data: markers } = useQuery(markersQuery(contentId, version));
  if (markers === undefined) return null;
  return (
    <section aria-label="Markers" className="panel p-6 sm:p-8">
      <h2 className="mb-5 text-lg font-bold [font-stretch:112%]">Markers</h2>
      <Fields key={markers.version} contentId={contentId} markers={markers} />
    </section>
  );
}

function Fields({ contentId, markers }: { contentId: string; markers: Markers }) {
  const queryClient = useQueryClient();
  const [fields, setFields] = useState(() => fieldsFrom(markers));
  const [wrong, setWrong] = useState<string | null>(null);
  const save = useMutation({
    mutationFn: (draft: MarkerDraft[]) => api.replaceMarkers(contentId, draft),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['studio', 'markers', contentId] }),
  });
  const change = (kind: Kind, end: 'start' | 'end', value: string) => {
    save.reset();
    setWrong(null);
    setFields({ ...fields, [kind]: { ...fields[kind], [end]: value } });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const draft = draftFrom(fields, markers.durationMs);
    if ('wrong' in draft) return setWrong(draft.wrong);
    save.mutate(draft.markers);
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-5">
      {KINDS.map((kind) => (
        <fieldset key={kind} className="grid grid-cols-2 gap-5">
          <legend className="mb-2 font-semibold">
            {NAMES[kind]} <Origin markers={markers} kind={kind} />
          </legend>
          {(['start', 'end'] as const).map((end) => (
            <Labelled key={end} label={`${NAMES[kind]} ${end}`}>
              <input
                inputMode="numeric"
                placeholder="0:01:30"
                value={fields[kind][end]}
                onChange={(event) => change(kind, end, event.target.value)}
                className="field"
              />
            </Labelled>
          ))}
        </fieldset>
      ))}
      {wrong !== null && (
        <p role="alert" className="text-sm text-alarm">
          {wrong}
        </p>
      )}
      {save.error !== null && <ProblemAlarm error={save.error} />}
      <div className="flex items-center gap-4">
        <button type="submit" disabled={save.isPending} className="button button-lit">
          {save.isPending ? 'Saving…' : 'Save markers'}
        </button>
        <p role="status" className="text-sm text-go">
          {save.isSuccess ? 'Saved. Viewers have them within moments.' : ''}
        </p>
      </div>
    </form>
  );
}

function Origin({ markers: { markers }, kind }: { markers: Markers; kind: Kind }) {
  const marker = markers.find((found) => found.kind === kind);
  if (marker === undefined || marker.source === 'operator') return null;
  const said =
    marker.source === 'detected'
      ? `suggested, ${Math.round(marker.confidence * 100)} % sure: viewers see it once you save`
      : 'from the master’s chapters';
  return <span className="ml-2 text-sm font-normal text-dim">{said}</span>;
}
