// @vitest-environment happy-dom
// One playback session over an evening: renewed in time, replaced when lost, given back at the end.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiProblem } from '../api/problem.ts';
import { Lease } from './lease.ts';

const TITLE = '0198a000-0000-7000-8000-000000000001';

let calls: string[];
let answers: Record<string, (() => Response | Promise<Response>)[]>;
let lost: unknown[];
let reopened: string[];

const session = (playbackToken: string) => Response.json({ playbackToken, leaseId: playbackToken, version: 1 });
const refusal = (status: number, code: string) => Response.json({ error: 'No.', code, requestId: 'r' }, { status });

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  answers = { open: [], renew: [], stop: [] };
  lost = [];
  reopened = [];
  vi.stubGlobal('fetch', async (input: Request | string, init: RequestInit = {}) => {
    const request = input instanceof Request ? input : new Request(new URL(input, 'http://marquee.test'), init);
    const { pathname } = new URL(request.url);
    const door = request.method === 'DELETE' ? 'stop' : pathname.endsWith('/renew') ? 'renew' : pathname.startsWith('/api/auth') ? 'refresh' : 'open';
    calls.push(`${door} ${request.headers.get('authorization')?.replace('Bearer ', '') ?? '-'}`);
    if (door === 'refresh') return refusal(401, 'refresh_invalid');
    return answers[door]?.shift()?.() ?? (door === 'stop' ? new Response(null, { status: 204 }) : session(`token-${calls.length}`));
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function newLease() {
  return new Lease(TITLE, { onLost: (error) => lost.push(error), onReopened: ({ playbackToken }) => reopened.push(playbackToken) });
}

describe('a lease', () => {
  it('is renewed every minute with the newest token', async () => {
    const lease = newLease();
    await lease.open();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(calls).toEqual(['open -', 'renew token-1', 'renew token-2']);
    lease.close();
  });

  it('asks again after ten seconds when nothing answers, and loses nothing', async () => {
    const lease = newLease();
    await lease.open();
    answers['renew'] = [() => Promise.reject(new TypeError('offline')), () => refusal(503, 'unavailable')];
    await vi.advanceTimersByTimeAsync(60_000 + 20_000);
    expect(calls).toEqual(['open -', 'renew token-1', 'renew token-1', 'renew token-1']);
    expect([lost, reopened]).toEqual([[], []]);
    lease.close();
  });

  it('becomes a new session when its token can’t be renewed any more', async () => {
    const lease = newLease();
    await lease.open();
    answers['renew'] = [() => refusal(401, 'token_expired')];
    expect(await lease.renew()).toBe(true);
    expect(reopened).toEqual(['token-3']);
    expect(lease.token).toBe('token-3');
    lease.close();
  });

  it('is renewed once for all who ask at the same time', async () => {
    const lease = newLease();
    await lease.open();
    await Promise.all([lease.renew(), lease.renew(), lease.renew()]);
    expect(calls).toEqual(['open -', 'renew token-1']);
    lease.close();
  });

  it('ends when the profile was changed or the account’s streams are taken', async () => {
    for (const [status, code] of [[403, 'wrong_profile'], [429, 'stream_limit']] as const) {
      const lease = newLease();
      await lease.open();
      answers['renew'] = [() => refusal(status, code)];
      expect(await lease.renew()).toBe(false);
      expect((lost.at(-1) as ApiProblem).code).toBe(code);
      lease.close();
    }
  });

  it('is given back once, also when it was still being opened', async () => {
    const opened = newLease();
    await opened.open();
    opened.close();
    const early = newLease();
    const opening = early.open();
    early.close();
    await expect(opening).rejects.toBeDefined();
    await vi.advanceTimersByTimeAsync(300_000);
    expect(calls.filter((call) => call.startsWith('stop'))).toEqual(['stop token-1', 'stop token-3']);
  });
});
