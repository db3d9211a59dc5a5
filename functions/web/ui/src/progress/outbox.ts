// Positions that the server has not acknowledged yet: the newest per profile and title, in IndexedDB. Survives a
// reload, a crash and a week offline.
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Journal } from './journal.ts';
import type { StampedPosition } from './position.ts';

type Key = [profileId: string, contentId: string];

interface Schema extends DBSchema {
  positions: { key: Key; value: StampedPosition };
  /** The last timestamp given out per title, kept after the position was sent. */
  stamps: { key: Key; value: number };
}

export class Outbox {
  readonly #db: Promise<IDBPDatabase<Schema>>;
  readonly #journal: Journal;

  constructor(name: string, journal: Journal) {
    this.#journal = journal;
    this.#db = openDB<Schema>(name, 1, {
      upgrade(db) {
        db.createObjectStore('positions', { keyPath: ['profileId', 'contentId'] });
        db.createObjectStore('stamps');
      },
    });
  }

  /** Writes a position down. A clock that was set back must not make it older than what was written before. */
  async put(position: StampedPosition): Promise<StampedPosition> {
    this.#journal.write(position);
    const stored = await this.#store(position, (lastStamp) => Math.max(position.clientTimestamp, lastStamp + 1));
    this.#journal.erase(position);
    return stored ?? position;
  }

  /** Takes over what an earlier page could only write to the journal. */
  async recover(): Promise<void> {
    for (const position of this.#journal.entries()) {
      await this.#store(position, (lastStamp) => (position.clientTimestamp > lastStamp ? position.clientTimestamp : null));
      this.#journal.erase(position);
    }
  }

  /** Oldest first. */
  async waiting(profileId: string, most: number): Promise<StampedPosition[]> {
    const db = await this.#db;
    const all = await db.getAll('positions', IDBKeyRange.bound([profileId, ''], [profileId, '\uffff']));
    return all.sort((a, b) => a.clientTimestamp - b.clientTimestamp).slice(0, most);
  }

  /** Forgets what was sent, unless a newer position took its place meanwhile. */
  async settle(sent: StampedPosition): Promise<void> {
    const tx = (await this.#db).transaction('positions', 'readwrite');
    const key: Key = [sent.profileId, sent.contentId];
    const current = await tx.store.get(key);
    if (current?.clientTimestamp === sent.clientTimestamp) await tx.store.delete(key);
    await tx.done;
  }

  async close(): Promise<void> {
    (await this.#db).close();
  }

  /** `stamp` answers the timestamp to store under, or null when the position came too late to count. */
  async #store(position: StampedPosition, stamp: (lastStamp: number) => number | null): Promise<StampedPosition | null> {
    const tx = (await this.#db).transaction(['positions', 'stamps'], 'readwrite');
    const key: Key = [position.profileId, position.contentId];
    const clientTimestamp = stamp((await tx.objectStore('stamps').get(key)) ?? 0);
    if (clientTimestamp === null) {
      await tx.done;
      return null;
    }
    const stored = { ...position, clientTimestamp };
    await Promise.all([tx.objectStore('positions').put(stored), tx.objectStore('stamps').put(clientTimestamp, key), tx.done]);
    return stored;
  }
}
