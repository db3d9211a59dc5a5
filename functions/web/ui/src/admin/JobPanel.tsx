// A job as it runs: its stages, how far and how fast it is, why it stopped, and the end of its log.
import { useEffect, useRef } from 'react';
import type { Job, JobReason } from '../api/types.ts';
import { CheckIcon, CloseIcon, WarningIcon } from '../shell/icons.tsx';
import { costInWords, isRunning, STAGES, stageStatuses, type StageStatus } from './jobs.ts';
import { ProbeReport } from './ProbeReport.tsx';
import { TaskList } from './TaskList.tsx';
import { durationInWords } from './transferRate.ts';
import { VerifyReport } from './VerifyReport.tsx';

const HEADLINES: Record<Job['state'], string> = {
  queued: 'Waiting for a worker',
  probing: 'Inspecting the master',
  encoding: 'Encoding',
  packaging: 'Packaging and encrypting',
  verifying: 'Verifying every rendition',
  ready: 'Done',
  failed: 'Stopped',
  cancelled: 'Cancelled',
};

export function JobPanel({ job }: { job: Job }) {
  const running = isRunning(job.state);
  const percent = Math.min(100, Math.max(0, job.percent));
  return (
    <section aria-label="Job" className="panel p-6 sm:p-8">
      <div className="flex items-baseline justify-between gap-4">
        <h2 className="text-lg font-bold [font-stretch:112%]">
          <span role="status">{HEADLINES[job.state]}</span>
        </h2>
        <p className="display text-3xl tabular-nums">{Math.round(percent)} %</p>
      </div>
      <div
        role="progressbar"
        aria-label="Job progress"
        aria-valuenow={Math.round(percent)}
        aria-valuemin={0}
        aria-valuemax={100}
        className="mt-4 h-2 overflow-hidden rounded-full bg-cream/10"
      >
        <div
          className={`h-full rounded-full transition-[width] duration-700 ${job.state === 'failed' ? 'bg-alarm' : 'bg-linear-to-r from-bulb-deep to-bulb'}`}
          style={{ width: `${percent}%` }}
        />
      </div>
      <Stages statuses={stageStatuses(job)} />
      <dl className="mt-7 grid grid-cols-2 gap-5 sm:grid-cols-5">
        <Fact term="Speed" value={running && job.fps != null ? `${Math.round(job.fps)} fps` : '–'} />
        <Fact term="Time left" value={running && job.etaS != null ? durationInWords(job.etaS) : '–'} />
        <Fact term="Tasks" value={`${job.tasks.done} of ${job.tasks.total}`} note={taskNote(job)} />
        <Fact term="Attempts" value={String(job.attempts)} />
        <Fact term="Cost" value={costInWords(job.cost)} note="estimate, of compute time" />
      </dl>
      <Reasons reasons={job.reasons} />
      <ProbeReport report={job.report?.probe} />
      <VerifyReport report={job.report?.verify} />
      <TaskList jobId={job.id} />
      <LogTail lines={job.log ?? []} />
    </section>
  );
}

function taskNote({ tasks }: Job): string | null {
  const parts = [tasks.running > 0 ? `${tasks.running} running` : null, tasks.failed > 0 ? `${tasks.failed} failed` : null];
  const note = parts.filter((part) => part !== null).join(', ');
  return note === '' ? null : note;
}

const STAGE_LOOKS: Record<StageStatus, string> = {
  done: 'bg-bulb text-ink',
  now: 'bg-bulb/20 text-bulb ring-2 ring-bulb animate-shimmer',
  ahead: 'bg-cream/8 text-faint',
  stopped: 'bg-alarm text-ink',
};

const STAGE_WORDS: Record<StageStatus, string> = { done: 'done', now: 'in progress', ahead: 'to come', stopped: 'stopped here' };

function Stages({ statuses }: { statuses: StageStatus[] }) {
  return (
    <ol aria-label="Stages" className="mt-7 grid grid-cols-6 gap-1">
      {STAGES.map(({ state, label }, index) => {
        const status = statuses[index] ?? 'ahead';
        return (
          <li key={state} className="relative flex flex-col items-center gap-2 text-center" aria-current={status === 'now' ? 'step' : undefined}>
            {index > 0 && (
              <span aria-hidden className={`absolute top-3.5 right-1/2 h-0.5 w-full ${status === 'ahead' ? 'bg-cream/8' : 'bg-bulb/60'}`} />
            )}
            <span className="relative rounded-full bg-velvet">
              <span className={`flex size-7 items-center justify-center rounded-full text-xs font-bold ${STAGE_LOOKS[status]}`}>
                {status === 'done' ? <CheckIcon className="size-4" /> : status === 'stopped' ? <CloseIcon className="size-4" /> : index + 1}
              </span>
            </span>
            <span className={`text-[0.7rem] sm:text-sm ${status === 'ahead' ? 'text-faint' : 'text-cream/90'}`}>
              {label}
              <span className="sr-only">, {STAGE_WORDS[status]}</span>
            </span>
          </li>
        );
      })}
    </ol>
  );
}

function Fact({ term, value, note = null }: { term: string; value: string; note?: string | null }) {
  return (
    <div>
      <dt className="text-sm text-faint">{term}</dt>
      <dd className="mt-1 text-lg font-semibold tabular-nums">
        {value}
        {note !== null && <span className="block text-xs font-normal text-faint">{note}</span>}
      </dd>
    </div>
  );
}

function Reasons({ reasons }: { reasons: JobReason[] }) {
  if (reasons.length === 0) return null;
  return (
    <div role="alert" className="mt-7">
      <h3 className="eyebrow mb-3 text-alarm">{reasons.length === 1 ? 'What to fix' : `${reasons.length} things to fix`}</h3>
      <ul className="flex flex-col gap-3">
        {reasons.map((reason) => (
          <li key={reason.code + reason.problem} className="flex gap-3 rounded-2xl border border-alarm/20 bg-alarm/8 p-4">
            <WarningIcon className="mt-0.5 size-5 text-alarm" />
            <div className="min-w-0">
              <p className="font-semibold">{reason.problem}</p>
              <p className="mt-1 text-[0.95rem] text-dim">{reason.remedy}</p>
              <p className="mt-1.5 font-mono text-xs text-faint">{reason.code}</p>
            </div>
          </li>
        ))}
      </ul>
    </div>
  );
}

function LogTail({ lines }: { lines: string[] }) {
  const box = useRef<HTMLPreElement>(null);
  useEffect(() => {
    box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [lines]);
  if (lines.length === 0) return null;
  return (
    <div className="mt-7">
      <h3 className="eyebrow mb-3 text-faint">Log</h3>
      <pre
        ref={box}
        tabIndex={0}
        aria-label="Log"
        className="max-h-64 overflow-auto rounded-2xl bg-black/45 p-4 font-mono text-xs leading-relaxed whitespace-pre-wrap text-dim"
      >
        {lines.join('\n')}
      </pre>
    </div>
  );
}
