// The one place that decides what a failure means: carry on, wait, repair, open a new session, or tell the viewer.
import { ErrorDetails, ErrorTypes, type ErrorData } from 'hls.js';
import { ApiProblem } from '../api/problem.ts';

/** What the viewer is told when the film can't go on, and what can be done about it. */
export interface Failure {
  kind: 'stream-limit' | 'signed-out' | 'no-profile' | 'refused' | 'not-available' | 'unsupported' | 'network' | 'broken';
  title: string;
  sentence: string;
  /** For the stream limit: the devices that are watching. */
  holders: readonly { device: string; title: string | null; sinceMs: number | null }[];
  /** Whether asking again can help. */
  retry: boolean;
  /** Names this failure to support. */
  reference: string | null;
}

export type Remedy =
  | { do: 'nothing' }
  | { do: 'wait-for-network' }
  | { do: 'recover-media' }
  | { do: 'reopen' }
  | { do: 'fail'; failure: Failure };

/** How often each remedy was already tried since playback last went well. */
export interface Attempts {
  mediaRecoveries: number;
  reopenings: number;
}

const MOST_MEDIA_RECOVERIES = 3;
const MOST_REOPENINGS = 2;

/** `data` is what hls.js reports. Fatal errors need one of us, and a media source that is lost; the others it handles itself. */
export function remedyFor(data: Pick<ErrorData, 'type' | 'details' | 'fatal'> & { status: number | null; problem: string | null }, attempts: Attempts): Remedy {
  if (data.details === ErrorDetails.MEDIA_SOURCE_REQUIRES_RESET) return mediaRemedy(data.details, attempts);
  if (!data.fatal) return { do: 'nothing' };
  switch (data.type) {
    case ErrorTypes.NETWORK_ERROR:
      return networkRemedy(data.details, data.status, data.problem, attempts);
    case ErrorTypes.KEY_SYSTEM_ERROR:
      return keySystemRemedy(data.details, data.status, data.problem, attempts);
    case ErrorTypes.MEDIA_ERROR:
    case ErrorTypes.MUX_ERROR:
      return mediaRemedy(data.details, attempts);
    case ErrorTypes.OTHER_ERROR:
      return attempts.reopenings < MOST_REOPENINGS ? { do: 'reopen' } : { do: 'fail', failure: broken(data.details) };
  }
}

function networkRemedy(details: ErrorDetails, status: number | null, problem: string | null, attempts: Attempts): Remedy {
  // A body that is no playlist will not become one by asking again soon.
  if (details === ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR) return { do: 'fail', failure: unsupported(details) };
  if (status === 401 && attempts.reopenings < MOST_REOPENINGS) return { do: 'reopen' };
  if (status === 403) return { do: 'fail', failure: refused(problem, details) };
  // The version may have been replaced while this session was open; a new session names the current one.
  if (status === 404) return attempts.reopenings < MOST_REOPENINGS ? { do: 'reopen' } : { do: 'fail', failure: notAvailable(problem, details) };
  return { do: 'wait-for-network' };
}

function keySystemRemedy(details: ErrorDetails, status: number | null, problem: string | null, attempts: Attempts): Remedy {
  if (details === ErrorDetails.KEY_SYSTEM_NO_ACCESS || details === ErrorDetails.KEY_SYSTEM_NO_CONFIGURED_LICENSE) {
    return { do: 'fail', failure: unsupported(details) };
  }
  if (status === 403) return { do: 'fail', failure: refused(problem, details) };
  if (attempts.reopenings < MOST_REOPENINGS) return { do: 'reopen' };
  return { do: 'fail', failure: status === null || status >= 500 || status === 0 ? unreachable(details) : refused(problem, details) };
}

function mediaRemedy(details: ErrorDetails, attempts: Attempts): Remedy {
  if (details === ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR) return { do: 'fail', failure: unsupported(details) };
  return attempts.mediaRecoveries < MOST_MEDIA_RECOVERIES ? { do: 'recover-media' } : { do: 'fail', failure: broken(details) };
}

/** A refusal to open or to keep a session; null when it is only the network, which passes. */
export function failureFor(error: unknown): Failure | null {
  if (!(error instanceof ApiProblem)) return broken(error instanceof Error ? error.name : 'unknown');
  if (error.status === 0 || error.status >= 500) return null;
  const base = { sentence: error.message, holders: [], retry: false, reference: error.requestId };
  switch (error.code) {
    case 'stream_limit':
      return { ...base, kind: 'stream-limit', title: 'Too many screens at once', holders: holders(error), retry: true };
    case 'profile_required':
      return { ...base, kind: 'no-profile', title: 'Who’s watching?', sentence: 'Choose a profile to go on.' };
    case 'wrong_profile':
      return { ...base, kind: 'no-profile', title: 'The profile was changed', sentence: 'Another profile was chosen in this browser. Choose who’s watching to go on.' };
    case 'maturity_limit':
      return { ...base, kind: 'refused', title: 'Not for this profile' };
    case 'title_not_ready':
      return { ...base, kind: 'not-available', title: 'Not ready yet', retry: true };
    case 'title_not_found':
      return { ...base, kind: 'not-available', title: 'This title isn’t available' };
  }
  if (error.status === 401) {
    return { ...base, kind: 'signed-out', title: 'You’re signed out', sentence: 'This device is no longer signed in. Sign in to go on watching.' };
  }
  if (error.status === 429) return { ...base, kind: 'network', title: 'One moment', retry: true };
  return { ...base, kind: 'refused', title: 'This can’t be played', retry: error.status !== 403 };
}

export function unsupported(reference: string): Failure {
  return {
    kind: 'unsupported',
    title: 'This browser can’t play it',
    sentence: 'The film is protected in a way this browser doesn’t support. A current Chrome, Edge or Firefox does.',
    holders: [],
    retry: false,
    reference,
  };
}

export function unreachable(reference: string): Failure {
  return {
    kind: 'network',
    title: 'Marquee can’t be reached',
    sentence: 'Check your connection. Your place in the film is kept.',
    holders: [],
    retry: true,
    reference,
  };
}

function refused(problem: string | null, reference: string): Failure {
  return {
    kind: 'refused',
    title: 'This can’t be played here',
    sentence: problem ?? 'The licence for this film was refused.',
    holders: [],
    retry: true,
    reference,
  };
}

function notAvailable(problem: string | null, reference: string): Failure {
  return {
    kind: 'not-available',
    title: 'This title isn’t available',
    sentence: problem ?? 'It may have been taken down or replaced a moment ago.',
    holders: [],
    retry: true,
    reference,
  };
}

function broken(reference: string): Failure {
  return {
    kind: 'broken',
    title: 'Playback stopped',
    sentence: 'Something in the film could not be shown. Your place is kept.',
    holders: [],
    retry: true,
    reference,
  };
}

/** Waits between tries while the network is away: quick at first, never longer than 15 s. */
export function retryDelayMs(failures: number): number {
  return Math.min(15_000, 1_000 * 2 ** Math.min(failures, 4));
}

/** The edge names each holder as `{field: device, problem: "Playing “Title” since <time>."}`. */
function holders(error: ApiProblem): Failure['holders'] {
  return error.details.flatMap(({ field, problem }) => {
    if (field === '') return [];
    const [, title = null, since] = /“(.+)” since (\S+)\.$/.exec(problem) ?? [];
    return [{ device: field, title, sinceMs: since === undefined ? null : Date.parse(since) || null }];
  });
}
