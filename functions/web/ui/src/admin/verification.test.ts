import { expect, it } from 'vitest';
import { verificationFrom } from './verification.ts';

const check = { rule: '1.4', name: 'target duration holds', severity: 'must', passed: true, findings: [] };

it('a report is read check by check', () => {
  expect(verificationFrom({ passed: true, checks: [check] })).toEqual({ checks: [check] });
});

it.each([[undefined], [null], ['text'], [{}], [{ checks: 'none' }], [{ checks: [] }], [{ checks: [{ rule: 4 }] }]])(
  '%j is no report',
  (report) => expect(verificationFrom(report)).toBeNull(),
);
