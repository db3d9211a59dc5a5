// Masters on their way to the platform. Uploads live outside the pages: they go on while the operator looks
// around, and one that was cut off continues at the byte where it stopped.
import { DetailedError, Upload, type PreviousUpload } from 'tus-js-client';
import { create } from 'zustand';
import { refreshSession } from '../api/fetch.ts';
import { ChecksumStack } from './checksumStack.ts';
import { bytesPerSecond, withSample, type Sample } from './transferRate.ts';

const ENDPOINT = '/api/admin/uploads';
const CHUNK_BYTES = 32 * 1024 * 1024;
const RETRY_DELAYS_MS = [0, 1_000, 3_000, 5_000, 10_000, 20_000, 30_000];
/** Locked, conflicting offset, busy, damaged on the way: asking the server for the offset and going on helps. */
const RETRYABLE = new Set([401, 409, 423, 429, 460]);

export interface UploadState {
  contentId: string;
  title: string;
  filename: string;
  totalBytes: number;
  sentBytes: number;
  phase: 'sending' | 'paused' | 'done' | 'failed';
  rate: number | null;
  problem: string | null;
}

export interface Master {
  file: File;
  contentId: string;
  title: string;
  autoPublish: boolean;
}

/** By content: a title has at most one master on its way. */
export const useUploads = create<{ uploads: Record<string, UploadState> }>(() => ({ uploads: {} }));

const running = new Map<string, Upload>();

export function startUpload(master: Master, onDone: () => void): void {
  begin(master, null, onDone);
}

export function continueUpload(master: Master, previous: PreviousUpload, onDone: () => void): void {
  begin(master, previous, onDone);
}

export interface Unfinished {
  contentId: string;
  title: string;
  previous: PreviousUpload;
}

/** An upload of this very file that was cut off, in this browser, and that the server may still hold. */
export async function findUnfinished(file: File): Promise<Unfinished | null> {
  const uploads = await new Upload(file, { endpoint: ENDPOINT }).findPreviousUploads();
  const previous = uploads.at(-1);
  const contentId = previous?.metadata['contentId'];
  if (previous === undefined || contentId === undefined) return null;
  return { contentId, title: previous.metadata['title'] ?? file.name, previous };
}

function begin(master: Master, previous: PreviousUpload | null, onDone: () => void): void {
  const { contentId, title, file } = master;
  const known: UploadState = {
    contentId,
    title,
    filename: file.name,
    totalBytes: file.size,
    sentBytes: 0,
    phase: 'sending',
    rate: null,
    problem: null,
  };
  useUploads.setState(({ uploads }) => ({ uploads: { ...uploads, [contentId]: known } }));
  const upload = createUpload(master, onDone);
  if (previous !== null) upload.resumeFromPreviousUpload(previous);
  running.set(contentId, upload);
  upload.start();
}

function createUpload({ file, contentId, title, autoPublish }: Master, onDone: () => void): Upload {
  let samples: Sample[] = [];
  let sessionExpiredMs: number | null = null;
  const creationKey = crypto.randomUUID();
  return new Upload(file, {
    endpoint: ENDPOINT,
    chunkSize: CHUNK_BYTES,
    retryDelays: RETRY_DELAYS_MS,
    removeFingerprintOnSuccess: true,
    httpStack: new ChecksumStack(),
    metadata: { contentId, title, filename: file.name, filetype: file.type, autoPublish: String(autoPublish) },
    onBeforeRequest: async (request) => {
      if (request.getMethod() === 'POST') request.setHeader('Idempotency-Key', creationKey);
      if (sessionExpiredMs !== null) await refreshSession(sessionExpiredMs);
      sessionExpiredMs = null;
    },
    onShouldRetry: (error) => {
      const status = error.originalResponse?.getStatus() ?? 0;
      if (status === 401) sessionExpiredMs = Date.now();
      return status === 0 || status >= 500 || RETRYABLE.has(status);
    },
    onProgress: (sentBytes) => {
      samples = withSample(samples, { atMs: Date.now(), bytes: sentBytes });
      change(contentId, { sentBytes, rate: bytesPerSecond(samples) });
    },
    onSuccess: () => {
      running.delete(contentId);
      change(contentId, { phase: 'done', sentBytes: file.size, rate: null });
      onDone();
    },
    onError: (error) => change(contentId, { phase: 'failed', rate: null, problem: problemOf(error) }),
  });
}

export function pauseUpload(contentId: string): void {
  void running.get(contentId)?.abort();
  change(contentId, { phase: 'paused', rate: null });
}

export function resumeUpload(contentId: string): void {
  change(contentId, { phase: 'sending', problem: null });
  running.get(contentId)?.start();
}

/** Also tells the server to throw away what it has. */
export async function cancelUpload(contentId: string): Promise<void> {
  const upload = running.get(contentId);
  running.delete(contentId);
  forgetUpload(contentId);
  // The server lets an abandoned upload expire by itself when this request doesn't reach it.
  await upload?.abort(true).catch(() => undefined);
}

export function forgetUpload(contentId: string): void {
  useUploads.setState(({ uploads: { [contentId]: _gone, ...uploads } }) => ({ uploads }));
}

function change(contentId: string, part: Partial<UploadState>): void {
  useUploads.setState(({ uploads }) => {
    const known = uploads[contentId];
    return known === undefined ? { uploads } : { uploads: { ...uploads, [contentId]: { ...known, ...part } } };
  });
}

function problemOf(error: Error | DetailedError): string {
  const body = error instanceof DetailedError ? error.originalResponse?.getBody() : undefined;
  try {
    const sentence = (JSON.parse(body ?? '{}') as { error?: unknown }).error;
    if (typeof sentence === 'string') return sentence;
  } catch {
    // Not an answer of ours: a proxy's page, say.
  }
  return 'The upload was interrupted. Everything that was sent is kept; resume when the connection is back.';
}
