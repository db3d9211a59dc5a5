// The synchronous note of a position, for the moment in which a page goes away: it may not live until an
// IndexedDB transaction commits, but a write to localStorage is done when it returns.
import type { StampedPosition } from './position.ts';

const PREFIX = 'marquee.progress/';

export class Journal {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  write(position: StampedPosition): void {
    try {
      this.#storage.setItem(keyOf(position), JSON.stringify(position));
    } catch {
      // A full or forbidden storage leaves IndexedDB, which is enough for a page that stays.
    }
  }

  /** Erases the note of this position, not that of a newer one. */
  erase(position: StampedPosition): void {
    const noted = this.#read(keyOf(position));
    if (noted !== null && noted.clientTimestamp <= position.clientTimestamp) this.#storage.removeItem(keyOf(position));
  }

  entries(): StampedPosition[] {
    const keys = Array.from({ length: this.#storage.length }, (_, index) => this.#storage.key(index));
    return keys.filter((key) => key !== null && key.startsWith(PREFIX)).flatMap((key) => this.#read(key as string) ?? []);
  }

  #read(key: string): StampedPosition | null {
    try {
      return JSON.parse(this.#storage.getItem(key) ?? 'null') as StampedPosition | null;
    } catch {
      this.#storage.removeItem(key);
      return null;
    }
  }
}

function keyOf({ profileId, contentId }: StampedPosition): string {
  return `${PREFIX}${profileId}/${contentId}`;
}
