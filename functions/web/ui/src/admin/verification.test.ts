import { expect, it } from 'vitest';
import { verificationFrom } from './verification.ts';

const check = { rule: '1.4', name: 'target duration holds', severity: 'must', passed: true, findings: [] };

it('a report is read check by check', () => {
  expect(verificationFrom({ passed: true, checks: [check] })).toEqual({ checks: [check], broken: [], verdict: '1 of 1 rules hold' });
});

it('what keeps the film back comes first, and the verdict says so', () => {
  const should = { ...check, severity: 'should', passed: false, findings: ['loud'] };
  const must = { ...check, rule: '109', passed: false, findings: ['1:8'] };
  const report = verificationFrom({ passed: false, checks: [check, should, must] });
  expect(report?.broken).toEqual([must, should]);
  expect(report?.verdict).toBe('1 of 3 rules hold: not publishable until one is fixed');
});

it.each([[undefined], [null], ['text'], [{}], [{ checks: 'none' }], [{ checks: [] }], [{ checks: [{ rule: 4 }] }]])(
  '%j is no report',
  (report) => expect(verificationFrom(report)).toBeNull(),
);
