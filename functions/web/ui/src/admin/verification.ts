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
}

export function verificationFrom(report: unknown): Verification | null {
  if (typeof report !== 'object' || report === null || !('checks' in report) || !Array.isArray(report.checks)) return null;
  const checks = report.checks.filter(isCheck);
  return checks.length === 0 ? null : { checks };
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
