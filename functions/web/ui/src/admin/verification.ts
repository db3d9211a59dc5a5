// The validator's report. Origin hands it on unread, so its shape is checked here.

export interface Check {
  rule: string;
  name: string;
  severity: 'must' | 'should';
  passed: boolean;
  findings: string[];
}

export interface Verification {
  checks: Check[];
  /** Broken rules, those that keep the film back first. */
  broken: Check[];
  /** One sentence. */
  verdict: string;
}

export function verificationFrom(report: unknown): Verification | null {
  if (typeof report !== 'object' || report === null || !('checks' in report) || !Array.isArray(report.checks)) return null;
  const checks = report.checks.filter(isCheck);
  if (checks.length === 0) return null;
  const must = checks.filter(({ passed, severity }) => !passed && severity === 'must');
  const should = checks.filter(({ passed, severity }) => !passed && severity === 'should');
  const held = `${checks.length - must.length - should.length} of ${checks.length} rules hold`;
  const kept = must.length === 0 ? held : `${held}: not publishable until ${must.length === 1 ? 'one is' : `${must.length} are`} fixed`;
  return { checks, broken: [...must, ...should], verdict: kept };
}

function isCheck(value: unknown): value is Check {
  if (typeof value !== 'object' || value === null) return false;
  const { rule, name, severity, passed, findings } = value as Record<string, unknown>;
  return (
    typeof rule === 'string' &&
    typeof name === 'string' &&
    (severity === 'must' || severity === 'should') &&
    typeof passed === 'boolean' &&
    Array.isArray(findings)
  );
}
