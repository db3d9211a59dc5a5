// A refusal or a piece of news, in words, announced to assistive technology when it appears.
import type { ReactNode } from 'react';
import { ApiProblem } from '../api/problem.ts';
import { WarningIcon } from './icons.tsx';

export function Alarm({ children }: { children: ReactNode }) {
  return (
    <div
      role="alert"
      className="flex gap-3 rounded-2xl border border-alarm/25 bg-alarm/10 px-4 py-3 text-sm leading-relaxed text-[#ffc4b8]"
    >
      <WarningIcon className="mt-0.5 size-5 text-alarm" />
      <div className="min-w-0">{children}</div>
    </div>
  );
}

export function ProblemAlarm({ error }: { error: unknown }) {
  return (
    <Alarm>
      <p>{sentence(error)}</p>
      {error instanceof ApiProblem &&
        error.details.map((detail) => (
          <p key={detail.field + detail.problem} className="mt-1">
            {detail.problem} {detail.remedy}
          </p>
        ))}
    </Alarm>
  );
}

export function sentence(error: unknown): string {
  return error instanceof ApiProblem ? error.message : 'Something unexpected happened. Please try again.';
}
