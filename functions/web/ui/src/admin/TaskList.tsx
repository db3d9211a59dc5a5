// Every task of a job: who does it, how far it is, how often it was tried, and the end of what was said about it. Read only once it is
// opened, since a film has hundreds.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { JobTask } from '../api/types.ts';
import { ProblemAlarm } from '../shell/Notice.tsx';
import { inOrderOfInterest } from './jobs.ts';
import { jobQuery } from './queries.ts';
import { durationInWords } from './transferRate.ts';

const SHOWN_AT_FIRST = 12;

export function TaskList({ jobId }: { jobId: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="mt-7" open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="eyebrow cursor-pointer text-faint hover:text-cream">Tasks</summary>
      {isOpen && <Tasks jobId={jobId} />}
    </details>
  );
}

function Tasks({ jobId }: { jobId: string }) {
  const { data, error } = useQuery(jobQuery(jobId));
  const [showsAll, setShowsAll] = useState(false);
  if (error !== null) return <ProblemAlarm error={error} />;
  if (data === undefined) return <p className="mt-3 text-sm text-faint">Reading…</p>;
  const tasks = inOrderOfInterest(data.tasks);
  const shown = showsAll ? tasks : tasks.slice(0, SHOWN_AT_FIRST);
  return (
    <>
      <ul aria-label="Tasks" className="mt-3 flex flex-col divide-y divide-cream/8">
        {shown.map((task) => (
          <Task key={task.id} task={task} />
        ))}
      </ul>
      {shown.length < tasks.length && (
        <button type="button" className="button button-glass button-small mt-3" onClick={() => setShowsAll(true)}>
          Show all {tasks.length}
        </button>
      )}
    </>
  );
}

const STATE_WORDS: Record<JobTask['state'], string> = {
  waiting: 'waiting',
  leased: 'running',
  done: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
};

const STATE_LOOKS: Record<JobTask['state'], string> = {
  waiting: 'text-faint',
  leased: 'text-bulb',
  done: 'text-go',
  failed: 'text-alarm',
  cancelled: 'text-faint',
};

function Task({ task }: { task: JobTask }) {
  const facts = [
    task.worker ?? null,
    task.attempt > 1 ? `attempt ${task.attempt}` : null,
    task.fps != null ? `${Math.round(task.fps)} fps` : null,
    task.durationMs != null ? durationInWords(task.durationMs / 1000) : null,
  ].filter((fact) => fact !== null);
  return (
    <li className="py-2.5 text-sm">
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <span className="font-semibold">
          {task.kind}
          {task.label != null && <span className="ml-2 font-normal text-dim">{task.label}</span>}
        </span>
        <span className={STATE_LOOKS[task.state]}>
          {STATE_WORDS[task.state]}
          {task.state === 'leased' && ` ${Math.round(task.percent)} %`}
        </span>
        <span className="ml-auto text-faint tabular-nums">{facts.join(' · ')}</span>
      </div>
      {task.reasons.map(({ code, problem, remedy }) => (
        <p key={code + problem} className="mt-1 text-dim">
          <span className="text-alarm">{problem}</span> {remedy}
        </p>
      ))}
      {task.state !== 'done' && task.log.length > 0 && (
        <pre tabIndex={0} aria-label={`Log of ${task.kind} ${task.label ?? ''}`} className="mt-1.5 max-h-32 overflow-auto font-mono text-xs whitespace-pre-wrap text-faint">
          {task.log.map(({ line }) => line).join('\n')}
        </pre>
      )}
    </li>
  );
}
