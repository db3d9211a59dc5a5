import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const ORIGIN = 'https://marquee.test';

/** A platform whose session has expired, as seen over fetch. */
class Platform {
  sessionIsLive = false;
  refreshStatus = 200;
  unreachable = false;
  requests: { path: string; key: string | null; body: string }[] = [];

  readonly fetch = async (request: Request): Promise<Response> => {
    if (this.unreachable) throw new TypeError('Failed to fetch');
    const path = new URL(request.url).pathname;
    this.requests.push({ path, key: request.headers.get('idempotency-key'), body: await request.text() });
    if (path === '/api/auth/login') return new Response('{"code":"invalid_credentials"}', { status: 401 });
    if (path === '/api/auth/refresh') {
      this.sessionIsLive = this.refreshStatus === 200;
      return new Response('{}', { status: this.refreshStatus });
    }
    return new Response('{}', { status: this.sessionIsLive ? 200 : 401 });
  };

  count(path: string): number {
    return this.requests.filter((request) => request.path === path).length;
  }
}

let platform: Platform;
let stored: Map<string, string>;

beforeEach(() => {
  platform = new Platform();
  stored = new Map();
  vi.resetModules();
  vi.stubGlobal('fetch', platform.fetch);
  vi.stubGlobal('navigator', {});
  vi.stubGlobal('location', { origin: ORIGIN });
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
  });
});
afterEach(() => vi.unstubAllGlobals());

const load = () => import('./fetch.ts');

describe('a request that is refused with 401', () => {
  it('is repeated once after a silent refresh', async () => {
    const { apiFetch } = await load();
    const response = await apiFetch(`${ORIGIN}/api/content`);
    expect(response.status).toBe(200);
    expect(platform.requests.map(({ path }) => path)).toEqual(['/api/content', '/api/auth/refresh', '/api/content']);
  });

  it('shares the refresh with every other request that waits for one', async () => {
    const { apiFetch } = await load();
    const answers = await Promise.all(Array.from({ length: 5 }, (_, index) => apiFetch(`${ORIGIN}/api/content/${index}`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(platform.count('/api/auth/refresh')).toBe(1);
  });

  it('carries the same body and the same Idempotency-Key when it is repeated', async () => {
    const { apiFetch } = await load();
    await apiFetch(`${ORIGIN}/api/profiles`, { method: 'POST', body: '{"name":"Ines"}' });
    const [first, , second] = platform.requests;
    expect(first?.key).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).toEqual(first);
  });

  it('uses the refresh of another tab when that one is newer', async () => {
    const { apiFetch } = await load();
    stored.set('marquee.refreshedAt', String(Date.now() + 1_000));
    platform.sessionIsLive = false;
    await apiFetch(`${ORIGIN}/api/content`);
    expect(platform.count('/api/auth/refresh')).toBe(0);
    expect(platform.count('/api/content')).toBe(2);
  });

  it('ends the session when the refresh is refused', async () => {
    const { apiFetch, onSessionLost } = await load();
    const lost = vi.fn<() => void>();
    onSessionLost(lost);
    platform.refreshStatus = 401;
    const response = await apiFetch(`${ORIGIN}/api/content`);
    expect(response.status).toBe(401);
    expect(lost).toHaveBeenCalledOnce();
  });

  it('does not end the session when the accounts are down', async () => {
    const { apiFetch, onSessionLost } = await load();
    const lost = vi.fn<() => void>();
    onSessionLost(lost);
    platform.refreshStatus = 503;
    await expect(apiFetch(`${ORIGIN}/api/content`)).rejects.toMatchObject({ code: 'offline' });
    expect(lost).not.toHaveBeenCalled();
  });
});

it('a refused sign-in is an answer, not an expired session', async () => {
  const { apiFetch } = await load();
  const response = await apiFetch(`${ORIGIN}/api/auth/login`, { method: 'POST', body: '{}' });
  expect(response.status).toBe(401);
  expect(platform.count('/api/auth/refresh')).toBe(0);
});

it('a read carries no Idempotency-Key', async () => {
  platform.sessionIsLive = true;
  const { apiFetch } = await load();
  await apiFetch(`${ORIGIN}/api/content`);
  expect(platform.requests[0]?.key).toBeNull();
});

it('a platform that nothing answers for is one kind of problem', async () => {
  platform.unreachable = true;
  const { apiFetch } = await load();
  const problem = await apiFetch(`${ORIGIN}/api/content`).catch((error: unknown) => error);
  expect(problem).toMatchObject({ name: 'ApiProblem', status: 0, code: 'offline' });
});
