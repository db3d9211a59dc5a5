// How hls.js is set up for Marquee (settings measured in the streaming reference, sections 3.2 and 5.3).
import Hls, { type HlsConfig } from 'hls.js';
import { edgeLoader, type Renew } from './edgeLoader.ts';
import type { OpenedSession } from './session.ts';

const CLEARKEY = 'org.w3.clearkey';

/** Kept behind the playhead: enough for a few presses on "back 10 s". */
const BACK_BUFFER_S = 60;
/** Ahead of it, so that a lost network is a matter of a minute, not of seconds. */
const FORWARD_BUFFER_S = 60;
const FORWARD_BUFFER_BYTES = 120 * 1024 * 1024;
/** While the viewer still looks at the card: the first seconds, no more. */
const PREPARED_BUFFER_S = 4;

export interface EngineContext {
  session: OpenedSession;
  startPosition: number;
  bandwidth: number;
  prepared: boolean;
  token: () => string;
  renew: Renew;
}

export function hlsConfig({ session, startPosition, bandwidth, prepared, token, renew }: EngineContext): Partial<HlsConfig> {
  return {
    startPosition,
    // fMP4 needs no transmuxing, so a worker would cost its start and give nothing back.
    enableWorker: false,
    capLevelToPlayerSize: !prepared,
    backBufferLength: BACK_BUFFER_S,
    ...bufferTarget(prepared),
    abrEwmaDefaultEstimate: bandwidth,
    abrEwmaDefaultEstimateMax: bandwidth,
    loader: edgeLoader(renew),
    manifestLoadPolicy: policy(8_000, 2),
    playlistLoadPolicy: policy(8_000, 3),
    fragLoadPolicy: policy(20_000, 4),
    keyLoadPolicy: policy(8_000, 3),
    // Headers, not a query: same origin, so no preflight, and the HTTP cache sees one address per range.
    cmcd: { sessionId: session.leaseId, contentId: session.manifestUrl.split('/').at(-2) ?? '', useHeaders: true },
    emeEnabled: true,
    drmSystems: { [CLEARKEY]: { licenseUrl: session.licenseUrl, generateRequest: askByKeyIds } },
    licenseXhrSetup(xhr, url, _context, challenge) {
      xhr.open('POST', url, true);
      xhr.setRequestHeader('authorization', `Bearer ${token()}`);
      xhr.setRequestHeader('content-type', 'application/json');
      return challenge;
    },
  };
}

export function bufferTarget(prepared: boolean): Pick<HlsConfig, 'maxBufferLength' | 'maxBufferSize' | 'maxMaxBufferLength'> {
  return prepared
    ? { maxBufferLength: PREPARED_BUFFER_S, maxBufferSize: 1, maxMaxBufferLength: PREPARED_BUFFER_S }
    : { maxBufferLength: FORWARD_BUFFER_S, maxBufferSize: FORWARD_BUFFER_BYTES, maxMaxBufferLength: 600 };
}

/** Asks for the licence from the `KID` in the playlist, before any media arrives (EME `keyids` init data). */
function askByKeyIds(_type: string, _data: ArrayBuffer | null, context: { decryptdata?: { keyId: Uint8Array | null } | null }) {
  const keyId = context.decryptdata?.keyId;
  if (!keyId) return undefined;
  const kid = btoa(String.fromCharCode(...keyId)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  return { initDataType: 'keyids', initData: new TextEncoder().encode(JSON.stringify({ kids: [kid] })).buffer as ArrayBuffer };
}

function policy(loadTimeMs: number, retries: number): HlsConfig['fragLoadPolicy'] {
  return {
    default: {
      maxTimeToFirstByteMs: 8_000,
      maxLoadTimeMs: loadTimeMs,
      timeoutRetry: { maxNumRetry: 2, retryDelayMs: 0, maxRetryDelayMs: 0 },
      errorRetry: { maxNumRetry: retries, retryDelayMs: 500, maxRetryDelayMs: 4_000 },
    },
  };
}

/** The browser's own HLS player is the last resort: Chrome claims to have one and then shows black. */
export function playsNatively(video: HTMLVideoElement): boolean {
  return !Hls.isSupported() && video.canPlayType('application/vnd.apple.mpegurl') !== '';
}
