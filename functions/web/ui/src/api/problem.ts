// A refusal from the platform, or the lack of any answer, as one error type that pages can show.

export interface ProblemDetail {
  field: string;
  problem: string;
  remedy: string;
}

/** The code of a request that no server answered. */
export const OFFLINE = 'offline';

export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';

  constructor(
    /** HTTP status; 0 when nothing answered. */
    readonly status: number,
    readonly code: string,
    message: string,
    readonly requestId: string | null,
    readonly details: ProblemDetail[],
    readonly retryAfterS: number | null,
  ) {
    super(message);
  }

  detailFor(field: string): ProblemDetail | undefined {
    return this.details.find((detail) => detail.field === field);
  }
}

export function offlineProblem(): ApiProblem {
  return new ApiProblem(0, OFFLINE, 'Marquee can’t be reached. Check your connection and try again.', null, [], null);
}

export async function problemFrom(response: Response): Promise<ApiProblem> {
  return problemOf(response, await response.json().catch(() => null));
}

/** For an answer whose body has been read. */
export function problemOf(response: Response, answer: unknown): ApiProblem {
  const body = asRecord(answer);
  return new ApiProblem(
    response.status,
    text(body['code']) ?? `http_${response.status}`,
    text(body['error']) ?? fallbackSentence(response.status),
    text(body['requestId']) ?? response.headers.get('x-request-id'),
    detailsFrom(body['details']),
    secondsToWait(response.headers.get('retry-after'), Date.now()),
  );
}

/** `Retry-After` is either seconds or an HTTP date (RFC 9110 §10.2.3). */
export function secondsToWait(header: string | null, nowMs: number): number | null {
  if (header === null || header.trim() === '') return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, Math.ceil(seconds));
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - nowMs) / 1000));
}

function fallbackSentence(status: number): string {
  if (status === 404) return 'That isn’t here any more.';
  if (status === 429) return 'Too many requests. Wait a moment and try again.';
  if (status >= 500) return 'Something went wrong on our side. Please try again.';
  return 'That request was refused.';
}

function detailsFrom(value: unknown): ProblemDetail[] {
  if (!Array.isArray(value)) return [];
  return value.map(asRecord).map((entry) => ({
    field: text(entry['field']) ?? '',
    problem: text(entry['problem']) ?? '',
    remedy: text(entry['remedy']) ?? '',
  }));
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
