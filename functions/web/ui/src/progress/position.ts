// A position in a title, stamped with the time that decides which of two positions wins.

export interface Position {
  contentId: string;
  /** Seconds. */
  position: number;
  /** Seconds; more than 0. */
  duration: number;
}

/** A position on its way to the server. `clientTimestamp` is the server's clock, as well as this device knows it. */
export interface StampedPosition extends Position {
  profileId: string;
  clientTimestamp: number;
}

/** What the API takes; the profile is the session's. */
export function wireForm({ contentId, position, duration, clientTimestamp }: StampedPosition) {
  return { contentId, position, duration, clientTimestamp };
}

/** Positions that the server would refuse are never written down: they could block those behind them. */
export function isSendable({ contentId, position, duration }: Position): boolean {
  return contentId !== '' && Number.isFinite(position) && position >= 0 && Number.isFinite(duration) && duration > 0;
}
