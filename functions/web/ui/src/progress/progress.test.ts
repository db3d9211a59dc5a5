// The outbox against a real IndexedDB implementation (in memory) and a server that fails in every way it may.
import 'fake-indexeddb/auto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServerClock } from './clock.ts';
import { Journal } from './journal.ts';
import { Outbox } from './outbox.ts';
import type { StampedPosition } from './position.ts';
import { Sender } from './sender.ts';

const ADA = 'ada';
const KIT = 'kit';

class MemoryStorage implements Storage {
  readonly #entries = new Map<string, string>();
  get length() {
    return this.#entries.size;
  }
  clear = () => this.#entries.clear();
  key = (index: number) => [...this.#entries.keys()][index] ?? null;
  getItem = (key: string) => this.#entries.get(key) ?? null;
  setItem = (key: string, value: string) => void this.#entries.set(key, value);
  removeItem = (key: string) => void this.#entries.delete(key);
}

interface Call {
  path: string;
  body: { contentId?: string; position?: number; clientTimestamp?: number; updates?: { contentId: string; position: number; clientTimestamp: number }[] };
}

/** One browser: its storage survives `reload`, its pages don't. */
class Browser {
  readonly storage = new MemoryStorage();
  readonly calls: Call[] = [];
  readonly timers: { work: () => void; delayMs: number }[] = [];
  readonly database = `test-${crypto.randomUUID()}`;
  nowMs = 1_000_000;
  profile: string | null = ADA;
  answer: (call: Call) => Response | Promise<Response> = () => saved(this.nowMs);
  page = this.open();

  open() {
    const journal = new Journal(this.storage);
    const outbox = new Outbox(this.database, journal);
    const clock = new ServerClock(this.storage, () => this.nowMs);
    let turn = Promise.resolve();
    const sender = new Sender({
      outbox,
      clock,
      fetch: async (path, init) => {
        const call = { path, body: JSON.parse(String(init.body)) as Call['body'] };
        this.calls.push(call);
        return this.answer(call);
      },
      profileId: () => this.profile,
      inTurn: (work) => (turn = turn.then(work)),
      now: () => this.nowMs,
      later: (work, delayMs) => {
        const timer = { work, delayMs };
        this.timers.push(timer);
        return () => void this.timers.splice(this.timers.indexOf(timer), 1);
      },
      jitter: () => 1,
    });
    return { journal, outbox, clock, sender };
  }

  async reload() {
    await this.page.outbox.close();
    this.page = this.open();
    await this.page.outbox.recover();
  }

  position(contentId: string, position: number, profileId = ADA): StampedPosition {
    return { profileId, contentId, position, duration: 100, clientTimestamp: Math.round(this.page.clock.now()) };
  }

  put(contentId: string, position: number, profileId = ADA) {
    this.nowMs += 10;
    return this.page.outbox.put(this.position(contentId, position, profileId));
  }

  async waiting(profileId = ADA) {
    return (await this.page.outbox.waiting(profileId, 1_000)).map(({ contentId, position }) => [contentId, position]);
  }
}

const saved = (serverTimestamp: number) => Response.json({ success: true, wasUpdated: true, serverTimestamp });
const refused = (status: number, headers: Record<string, string> = {}) => Response.json({ error: 'No.', code: 'no' }, { status, headers });

let browser: Browser;
beforeEach(() => {
  browser = new Browser();
});
afterEach(() => browser.page.outbox.close());

describe('the outbox', () => {
  it('keeps only the newest position of a title', async () => {
    await browser.put('film', 10);
    await browser.put('film', 20);
    await browser.put('other', 5);
    expect(await browser.waiting()).toEqual([['film', 20], ['other', 5]]);
  });

  it('survives a reload', async () => {
    await browser.put('film', 10);
    await browser.reload();
    expect(await browser.waiting()).toEqual([['film', 10]]);
  });

  it('takes over a position of which a dying page could only make a note', async () => {
    browser.page.journal.write(browser.position('film', 33));
    await browser.reload();
    expect(await browser.waiting()).toEqual([['film', 33]]);
    expect(browser.page.journal.entries()).toEqual([]);
  });

  it('does not let an old note replace a newer position', async () => {
    const old = browser.position('film', 10);
    await browser.put('film', 40);
    browser.page.journal.write(old);
    await browser.reload();
    expect(await browser.waiting()).toEqual([['film', 40]]);
  });

  it('does not send again what was sent before the page died', async () => {
    const sent = await browser.put('film', 10);
    await browser.page.sender.flush();
    browser.page.journal.write(sent);
    await browser.reload();
    expect(await browser.waiting()).toEqual([]);
  });

  it('never gives a later position an earlier timestamp, even when the clock is set back', async () => {
    const first = await browser.put('film', 10);
    browser.nowMs -= 3_600_000;
    const second = await browser.put('film', 20);
    expect(second.clientTimestamp).toBeGreaterThan(first.clientTimestamp);
  });

  it('forgets an entry only while it is still the newest', async () => {
    const sent = await browser.put('film', 10);
    await browser.put('film', 20);
    await browser.page.outbox.settle(sent);
    expect(await browser.waiting()).toEqual([['film', 20]]);
  });
});

describe('the sender', () => {
  it('sends one position by itself', async () => {
    await browser.put('film', 10);
    await browser.page.sender.flush();
    expect(browser.calls.map(({ path, body }) => [path, body.position])).toEqual([['/api/watch/progress', 10]]);
    expect(await browser.waiting()).toEqual([]);
  });

  it('sends several as batches of at most 50, oldest first', async () => {
    for (let index = 0; index < 60; index += 1) await browser.put(`film-${String(index).padStart(2, '0')}`, index + 1);
    browser.answer = ({ body }) => Response.json({ results: (body.updates ?? []).map(({ contentId }) => ({ contentId, success: true })) });
    await browser.page.sender.flush();
    expect(browser.calls.map(({ path, body }) => [path, body.updates?.length, body.updates?.[0]?.contentId])).toEqual([
      ['/api/watch/progress/batch', 50, 'film-00'],
      ['/api/watch/progress/batch', 10, 'film-50'],
    ]);
    expect(await browser.waiting()).toEqual([]);
  });

  it('keeps what no server answered, and tries again later and later', async () => {
    await browser.put('film', 10);
    browser.answer = () => Promise.reject(new TypeError('offline'));
    const delays: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      await browser.page.sender.flush();
      delays.push(browser.timers[0]?.delayMs ?? 0);
    }
    expect(delays).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(await browser.waiting()).toEqual([['film', 10]]);
    browser.answer = () => saved(browser.nowMs);
    browser.timers[0]?.work();
    await browser.page.sender.flush();
    expect(await browser.waiting()).toEqual([]);
  });

  it('waits as long as a failing server asks for', async () => {
    await browser.put('film', 10);
    browser.answer = () => refused(503, { 'retry-after': '30' });
    await browser.page.sender.flush();
    expect(browser.timers.map(({ delayMs }) => delayMs)).toEqual([30_000]);
    expect(await browser.waiting()).toEqual([['film', 10]]);
  });

  it('keeps the newer position that was written while the older one was on its way', async () => {
    await browser.put('film', 10);
    let written = false;
    browser.answer = async () => {
      if (!written) {
        written = true;
        await browser.put('film', 20);
      }
      return saved(browser.nowMs);
    };
    await browser.page.sender.flush();
    expect(browser.calls.map(({ body }) => body.position)).toEqual([10, 20]);
    const [first, second] = browser.calls.map(({ body }) => body.clientTimestamp ?? 0);
    expect(second).toBeGreaterThan(first ?? 0);
    expect(await browser.waiting()).toEqual([]);
  });

  it('keeps the entries of a batch that the server could not store yet', async () => {
    await browser.put('good', 10);
    await browser.put('later', 20);
    await browser.put('gone', 30);
    browser.answer = () =>
      Response.json({
        results: [
          { contentId: 'good', success: true },
          { contentId: 'later', success: false, code: 'unavailable' },
          { contentId: 'gone', success: false, code: 'title_not_found' },
        ],
      });
    await browser.page.sender.flush();
    expect(await browser.waiting()).toEqual([['later', 20]]);
    expect(browser.timers).toHaveLength(1);
  });

  it('does not let one unreadable position hold back the others', async () => {
    await browser.put('bad', 10);
    await browser.put('good', 20);
    browser.answer = ({ path, body }) => (path.endsWith('/batch') || body.contentId === 'bad' ? refused(400) : saved(browser.nowMs));
    await browser.page.sender.flush();
    expect(browser.calls.map(({ body }) => body.contentId ?? 'batch')).toEqual(['batch', 'bad', 'good']);
    expect(await browser.waiting()).toEqual([]);
  });

  it('never sends one profile’s position as another’s', async () => {
    await browser.put('film', 10, KIT);
    await browser.page.sender.flush();
    expect(browser.calls).toEqual([]);
    browser.profile = KIT;
    await browser.page.sender.flush();
    expect(browser.calls).toHaveLength(1);
  });

  it('keeps everything while nobody is signed in', async () => {
    await browser.put('film', 10);
    browser.profile = null;
    await browser.page.sender.flush();
    expect(browser.calls).toEqual([]);
    expect(await browser.waiting()).toEqual([['film', 10]]);
  });

  it('keeps what it sends from a page that goes away until the answer is in', async () => {
    const position = await browser.put('film', 10);
    browser.answer = () => Promise.reject(new TypeError('the page is gone'));
    browser.page.sender.sendLast(position);
    await browser.reload();
    expect(await browser.waiting()).toEqual([['film', 10]]);
  });

  it('runs once more, not twice at once, when asked during a run', async () => {
    await browser.put('film', 10);
    let atOnce = 0;
    let most = 0;
    browser.answer = async () => {
      most = Math.max(most, (atOnce += 1));
      await Promise.resolve();
      atOnce -= 1;
      return saved(browser.nowMs);
    };
    await Promise.all([browser.page.sender.flush(), browser.page.sender.flush(), browser.page.sender.flush()]);
    expect(most).toBe(1);
    expect(browser.calls).toHaveLength(1);
  });
});

describe('the server’s clock', () => {
  it('is learned from an answer and used for the next position', async () => {
    await browser.put('film', 10);
    browser.answer = () => saved(browser.nowMs + 3_600_000);
    await browser.page.sender.flush();
    const next = await browser.put('film', 20);
    expect(next.clientTimestamp).toBe(browser.nowMs + 3_600_000);
  });

  it('survives a reload', async () => {
    browser.page.clock.learn(browser.nowMs - 60_000, browser.nowMs, browser.nowMs);
    await browser.reload();
    expect(browser.page.clock.now()).toBe(browser.nowMs - 60_000);
  });

  it('is not moved by network jitter', () => {
    browser.page.clock.learn(browser.nowMs + 100, browser.nowMs, browser.nowMs);
    expect(browser.page.clock.now()).toBe(browser.nowMs);
  });
});
