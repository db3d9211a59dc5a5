import { describe, expect, it } from 'vitest';
import { problemFrom, secondsToWait } from './problem.ts';

describe('Retry-After', () => {
  const nowMs = Date.parse('2026-03-01T00:00:00Z');
  it.each([
    ['42', 42],
    ['0', 0],
    ['1.2', 2],
    ['Sun, 01 Mar 2026 00:00:30 GMT', 30],
    ['Sun, 01 Mar 2026 00:00:00 GMT', 0],
    ['Sat, 28 Feb 2026 00:00:00 GMT', 0],
    ['soon', null],
    ['', null],
    [null, null],
  ])('%s means %s seconds', (header, seconds) => {
    expect(secondsToWait(header, nowMs)).toBe(seconds);
  });
});

describe('a refusal', () => {
  it('keeps its sentence, its code, its request and what is wrong with each field', async () => {
    const body = {
      error: 'The profile can’t be saved.',
      code: 'invalid_profile',
      requestId: 'r-1',
      details: [{ field: 'name', problem: 'It is empty.', remedy: 'Give a name.' }],
    };
    const problem = await problemFrom(new Response(JSON.stringify(body), { status: 422 }));
    expect(problem).toMatchObject({ status: 422, code: 'invalid_profile', message: body.error, requestId: 'r-1' });
    expect(problem.detailFor('name')?.remedy).toBe('Give a name.');
  });

  it('that is not ours still becomes a sentence', async () => {
    const problem = await problemFrom(new Response('<h1>Bad gateway</h1>', { status: 502 }));
    expect(problem).toMatchObject({ status: 502, code: 'http_502', details: [] });
    expect(problem.message).toContain('on our side');
  });
});
