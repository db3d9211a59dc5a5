// What the verification found: the verdict in one line, broken rules first, every check on demand.
import { CheckIcon, WarningIcon } from '../shell/icons.tsx';
import { verificationFrom, type Check } from './verification.ts';

export function VerifyReport({ report }: { report: unknown }) {
  const verification = verificationFrom(report);
  if (verification === null) return null;
  const { checks, broken, verdict } = verification;
  return (
    <div className="mt-7">
      <h3 className="eyebrow mb-3 text-faint">Verification</h3>
      <p className="flex items-center gap-2 font-semibold">
        {broken.length === 0 ? <CheckIcon className="size-5 text-go" /> : <WarningIcon className="size-5 text-bulb" />}
        {verdict}
      </p>
      {broken.length > 0 && <Checks checks={broken} />}
      <details className="mt-3">
        <summary className="w-fit rounded text-sm text-dim hover:text-cream">All checks</summary>
        <Checks checks={checks} />
      </details>
    </div>
  );
}

function Checks({ checks }: { checks: Check[] }) {
  return (
    <ul className="mt-3 flex max-h-72 flex-col gap-2 overflow-auto text-sm">
      {checks.map((check) => (
        <li key={check.rule + check.name + check.severity} className="flex gap-3">
          <span className={check.passed ? 'text-go' : check.severity === 'must' ? 'text-alarm' : 'text-bulb'}>
            {check.passed ? <CheckIcon className="mt-0.5 size-4" /> : <WarningIcon className="mt-0.5 size-4" />}
          </span>
          <span className="min-w-0">
            <span className="text-cream/90">
              {check.rule} {check.name}
            </span>
            {!check.passed && <span className="text-faint"> ({check.severity === 'must' ? 'must be fixed' : 'should be better'})</span>}
            {check.findings.map((finding) => (
              <span key={finding} className="block text-dim">
                {finding}
              </span>
            ))}
          </span>
        </li>
      ))}
    </ul>
  );
}
