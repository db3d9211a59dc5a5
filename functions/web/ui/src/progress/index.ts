// Watch progress as this browser sends it. `recordPosition` never fails and never loses: what the server has not
// acknowledged stays in the outbox, whatever happens to the network, the page or the browser.
import { apiFetch } from '../api/fetch.ts';
import { ServerClock } from './clock.ts';
import { Journal } from './journal.ts';
import { Outbox } from './outbox.ts';
import { isSendable, type Position, type StampedPosition } from './position.ts';
import { Sender } from './sender.ts';

export type { Position } from './position.ts';

/** Shared by all tabs, as the session cookie is: a position belongs to the profile it was watched by. */
const PROFILE_KEY = 'marquee.profileId';
const LOCK = 'marquee.progress';

const now = () => Date.now();

const open = lazily(() => {
  const outbox = new Outbox('marquee-progress', new Journal(localStorage));
  const clock = new ServerClock(localStorage, now);
  const sender = new Sender({
    outbox,
    clock,
    fetch: (path, init) => apiFetch(path, init),
    profileId: currentProfile,
    inTurn: async (work) => {
      if ('locks' in navigator) await navigator.locks.request(LOCK, work);
      else await work();
    },
    now,
    later(work, delayMs) {
      const timer = setTimeout(work, delayMs);
      return () => clearTimeout(timer);
    },
    jitter: Math.random,
  });
  return { outbox, clock, sender };
});

/** Call once a profile is chosen, and again when it changes. Sends what earlier pages left behind. */
export function startProgressSync(profileId: string): () => void {
  localStorage.setItem(PROFILE_KEY, profileId);
  const { outbox, sender } = open();
  const flush = () => void sender.flush();
  const whenSeen = () => document.visibilityState === 'visible' && flush();
  void outbox.recover().then(flush);
  window.addEventListener('online', flush);
  document.addEventListener('visibilitychange', whenSeen);
  return () => {
    window.removeEventListener('online', flush);
    document.removeEventListener('visibilitychange', whenSeen);
    sender.stop();
  };
}

/** Call at sign-out: nothing more is sent in this session's name. What waits is kept for its profile. */
export function stopProgressSync(): void {
  localStorage.removeItem(PROFILE_KEY);
  open().sender.stop();
}

/** Writes the position down and sends it soon. */
export async function recordPosition(position: Position): Promise<void> {
  const stamped = stamp(position);
  if (stamped === null) return;
  const { outbox, sender } = open();
  await outbox.put(stamped);
  await sender.flush();
}

/** For a page that is going away: noted at once, and sent with a request that outlives the page. */
export function recordLastPosition(position: Position): void {
  const stamped = stamp(position);
  if (stamped === null) return;
  const { outbox, sender } = open();
  void outbox.put(stamped);
  sender.sendLast(stamped);
}

/** Sends what waits now. */
export async function flushProgress(): Promise<void> {
  await open().sender.flush();
}

function stamp(position: Position): StampedPosition | null {
  const profileId = currentProfile();
  if (profileId === null || !isSendable(position)) return null;
  return { ...position, profileId, clientTimestamp: Math.round(open().clock.now()) };
}

function currentProfile(): string | null {
  return localStorage.getItem(PROFILE_KEY);
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
