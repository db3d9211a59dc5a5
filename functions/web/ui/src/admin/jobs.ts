// A job's way from the master to the published title.
import type { Job, JobCost, JobState, JobTask } from '../api/types.ts';

export const STAGES = [
  { state: 'queued', label: 'Queued' },
  { state: 'probing', label: 'Inspect' },
  { state: 'encoding', label: 'Encode' },
  { state: 'packaging', label: 'Package' },
  { state: 'verifying', label: 'Verify' },
  { state: 'ready', label: 'Ready' },
] as const satisfies { state: JobState; label: string }[];

export type StageStatus = 'done' | 'now' | 'ahead' | 'stopped';

export function isRunning(state: JobState): boolean {
  return state !== 'ready' && state !== 'failed' && state !== 'cancelled';
}

/** How far each stage is. A job that stopped did so in its last stage. */
export function stageStatuses(job: Pick<Job, 'state' | 'stage'>): StageStatus[] {
  const stopped = job.state === 'failed' || job.state === 'cancelled';
  const name = stopped ? job.stage : job.state;
  const at = Math.max(0, STAGES.findIndex(({ state }) => state === name));
  return STAGES.map((_, index) => {
    if (index < at || job.state === 'ready') return 'done';
    if (index > at) return 'ahead';
    return stopped ? 'stopped' : 'now';
  });
}

/** What was spent, of what the whole job is expected to cost. Amounts are small: three digits that mean something, none below a cent. */
export function costInWords({ spent, expected, currency }: JobCost): string {
  const amount = (value: number) =>
    value > 0 && value < 0.01
      ? `under ${(0.01).toLocaleString('en', { style: 'currency', currency })}`
      : value.toLocaleString('en', { style: 'currency', currency, maximumSignificantDigits: 3 });
  return expected != null && expected > spent ? `${amount(spent)} of ${amount(expected)}` : amount(spent);
}

const URGENCY: Record<JobTask['state'], number> = { failed: 0, leased: 1, waiting: 2, cancelled: 3, done: 4 };

/** What needs eyes first: failed tasks, then running ones, then those to come in the order of their turn. */
export function inOrderOfInterest(tasks: JobTask[]): JobTask[] {
  return [...tasks].sort((a, b) => URGENCY[a.state] - URGENCY[b.state] || a.dueAt.localeCompare(b.dueAt) || a.ordinal - b.ordinal);
}

/** A title for a file: `The.Long.Night_2024-master.mov` is shown as `The Long Night 2024 master`. */
export function titleFromFilename(filename: string): string {
  return filename
    .replace(/\.[^.]{1,5}$/, '')
    .replace(/[._-]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

export function genresFromText(text: string): string[] {
  return [...new Set(text.split(',').map((genre) => genre.trim().toLowerCase()))].filter((genre) => genre !== '');
}
