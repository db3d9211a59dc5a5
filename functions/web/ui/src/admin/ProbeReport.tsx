// What the probe found in the master: the picture in one line, what an editor asks about, the tracks.
import { WarningIcon } from '../shell/icons.tsx';
import { probeInWords } from './probe.ts';

export function ProbeReport({ report }: { report: unknown }) {
  const probe = probeInWords(report);
  if (probe === null) return null;
  return (
    <div className="mt-7">
      <h3 className="eyebrow mb-3 text-faint">Master</h3>
      <p className="font-semibold">{probe.headline}</p>
      <dl className="mt-3 grid gap-x-5 gap-y-1.5 text-sm sm:grid-cols-[auto_1fr]">
        {probe.facts.map(({ term, value }) => (
          <div key={term} className="contents">
            <dt className="text-faint">{term}</dt>
            <dd className="min-w-0 break-words text-cream/90">{value}</dd>
          </div>
        ))}
      </dl>
      <Lines heading="Sound" lines={probe.audio} />
      <Lines heading="Subtitles" lines={probe.subtitles} />
      {probe.chapters.length > 0 && (
        <details className="mt-4">
          <summary className="w-fit rounded text-sm text-dim hover:text-cream">
            {probe.chapters.length === 1 ? '1 chapter' : `${probe.chapters.length} chapters`}
          </summary>
          <Lines heading="Chapters" lines={probe.chapters} />
        </details>
      )}
      <Notes notes={probe.notes} />
    </div>
  );
}

function Lines({ heading, lines }: { heading: string; lines: string[] }) {
  if (lines.length === 0) return null;
  return (
    <section aria-label={heading} className="mt-4 text-sm">
      <h4 className="text-faint">{heading}</h4>
      <ul className="mt-1 flex flex-col gap-1">
        {lines.map((line, place) => (
          // The lines of a report never change place.
          <li key={place} className="break-words text-cream/90">
            {line}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Notes({ notes }: { notes: string[] }) {
  if (notes.length === 0) return null;
  return (
    <ul aria-label="Notes" className="mt-4 flex flex-col gap-2 text-sm">
      {notes.map((note) => (
        <li key={note} className="flex gap-3">
          <WarningIcon className="mt-0.5 size-4 shrink-0 text-bulb" />
          <span className="min-w-0 text-dim">{note}</span>
        </li>
      ))}
    </ul>
  );
}
