// The player's decisions that need no browser: recovery, start rung, thumbnails, times.
import { ErrorDetails, ErrorTypes } from 'hls.js';
import { describe, expect, it } from 'vitest';
import { ApiProblem, offlineProblem } from '../api/problem.ts';
import { chapterAt, chapterStarts } from './chapters.ts';
import { failureFor, remedyFor, retryDelayMs } from './recovery.ts';
import { startRung } from './startRung.ts';
import { parseStoryboard, thumbnailAt } from './storyboard.ts';
import { spokenTime, timecode } from './timecode.ts';

const FRESH = { mediaRecoveries: 0, reopenings: 0 };

function remedy(type: ErrorTypes, details: ErrorDetails, status: number | null, attempts = FRESH) {
  return remedyFor({ type, details, fatal: true, status, problem: null }, attempts);
}

describe('recovery', () => {
  it('leaves errors that are not fatal to hls.js', () => {
    expect(remedyFor({ type: ErrorTypes.NETWORK_ERROR, details: ErrorDetails.FRAG_LOAD_ERROR, fatal: false, status: 500, problem: null }, FRESH)).toEqual({ do: 'nothing' });
  });

  it('waits for the network when nothing, or a failing server, answered', () => {
    for (const status of [null, 0, 500, 502, 503, 429]) {
      expect(remedy(ErrorTypes.NETWORK_ERROR, ErrorDetails.FRAG_LOAD_ERROR, status).do).toBe('wait-for-network');
    }
  });

  it('opens a new session when the token was refused, but not for ever', () => {
    expect(remedy(ErrorTypes.NETWORK_ERROR, ErrorDetails.FRAG_LOAD_ERROR, 401).do).toBe('reopen');
    expect(remedy(ErrorTypes.KEY_SYSTEM_ERROR, ErrorDetails.KEY_SYSTEM_LICENSE_REQUEST_FAILED, 401).do).toBe('reopen');
    expect(remedy(ErrorTypes.KEY_SYSTEM_ERROR, ErrorDetails.KEY_SYSTEM_LICENSE_REQUEST_FAILED, 401, { mediaRecoveries: 0, reopenings: 2 }).do).toBe('fail');
  });

  it('tells the viewer of a refused licence at once', () => {
    expect(remedy(ErrorTypes.KEY_SYSTEM_ERROR, ErrorDetails.KEY_SYSTEM_LICENSE_REQUEST_FAILED, 403)).toMatchObject({ do: 'fail', failure: { kind: 'refused' } });
  });

  it('makes a lost media source anew although hls.js doesn’t call that fatal', () => {
    const lost = { type: ErrorTypes.MEDIA_ERROR, details: ErrorDetails.MEDIA_SOURCE_REQUIRES_RESET, fatal: false, status: null, problem: null };
    expect(remedyFor(lost, FRESH).do).toBe('recover-media');
  });

  it('repairs the decoder three times before it gives up', () => {
    expect(remedy(ErrorTypes.MEDIA_ERROR, ErrorDetails.BUFFER_APPEND_ERROR, null).do).toBe('recover-media');
    expect(remedy(ErrorTypes.MEDIA_ERROR, ErrorDetails.BUFFER_APPEND_ERROR, null, { mediaRecoveries: 3, reopenings: 0 }).do).toBe('fail');
  });

  it('names the devices that hold the streams', () => {
    const details = [{ field: 'Chrome on Linux', problem: 'Playing “Sintel” since 2026-11-23T21:10:00.000Z.', remedy: 'Stop it there.' }];
    expect(failureFor(new ApiProblem(429, 'stream_limit', 'Full.', 'r1', details, 30))).toMatchObject({
      kind: 'stream-limit',
      holders: [{ device: 'Chrome on Linux', title: 'Sintel', sinceMs: Date.UTC(2026, 10, 23, 21, 10) }],
      retry: true,
    });
  });

  it('says “signed out” for a session that ended, whatever the reason’s code', () => {
    expect(failureFor(new ApiProblem(401, 'session_revoked', 'Ended.', null, [], null))?.kind).toBe('signed-out');
  });

  it('treats a missing network as something that passes', () => {
    expect(failureFor(offlineProblem())).toBeNull();
  });

  it('tries again at most every 15 s', () => {
    expect([0, 1, 2, 3, 4, 50].map(retryDelayMs)).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  });
});

describe('the start rung', () => {
  const rungs = [145, 365, 730, 2_000, 4_500, 6_000].map((kbps) => ({ height: kbps, bitrate: kbps * 1_000 }));

  it('is one whose first segment arrives within a quarter of a second', () => {
    expect(startRung(rungs, 4_000_000, false)).toBe(1);
    expect(startRung(rungs, 20_000_000, false)).toBe(3);
    expect(startRung(rungs, 1_000_000_000, false)).toBe(5);
  });

  it('is the lowest on a network that is slow even for that', () => {
    expect(startRung(rungs, 100_000, false)).toBe(0);
  });

  it('is higher when the title is made ready before the press', () => {
    expect(startRung(rungs, 4_000_000, true)).toBe(2);
  });
});

describe('seek thumbnails', () => {
  const vtt = 'WEBVTT\n\n00:00.000 --> 00:02.000\nstoryboard-0.jpg#xywh=0,0,160,90\n\n1:00:02.000 --> 1:00:04.500\nstoryboard-1.jpg#xywh=160,90,160,90\n';
  const thumbnails = parseStoryboard(vtt, 'https://marquee.test/media/t/1/storyboard.vtt');

  it('are read with and without hours, relative to the file', () => {
    expect(thumbnails).toEqual([
      { start: 0, end: 2, url: 'https://marquee.test/media/t/1/storyboard-0.jpg', x: 0, y: 0, width: 160, height: 90 },
      { start: 3602, end: 3604.5, url: 'https://marquee.test/media/t/1/storyboard-1.jpg', x: 160, y: 90, width: 160, height: 90 },
    ]);
  });

  it('are found by time', () => {
    expect(thumbnailAt(thumbnails, 1)?.x).toBe(0);
    expect(thumbnailAt(thumbnails, 3_603)?.x).toBe(160);
    expect(thumbnailAt([], 3)).toBeNull();
  });
});

describe('times', () => {
  it('are written as players write them and said as people say them', () => {
    expect([0, 59, 61, 3_600, 3_723, Number.NaN].map(timecode)).toEqual(['0:00', '0:59', '1:01', '1:00:00', '1:02:03', '0:00']);
    expect([0, 1, 3_723].map(spokenTime)).toEqual(['0 seconds', '1 second', '1 hour 2 minutes 3 seconds']);
  });
});

describe('chapters', () => {
  const chapters = [
    { start: 0, title: 'Cold open' },
    { start: 90, title: 'One' },
    { start: 400, title: 'Two' },
  ];

  it('finds the chapter of a time, and none before the first', () => {
    expect([0, 89.9, 90, 1e6].map((time) => chapterAt(chapters, time)?.title)).toEqual(['Cold open', 'Cold open', 'One', 'Two']);
    expect(chapterAt([{ start: 5, title: 'Late' }], 1)).toBeNull();
    expect(chapterAt([], 1)).toBeNull();
  });

  it('cuts the rail where chapters begin within it', () => {
    expect(chapterStarts(chapters, 400)).toEqual([90]);
  });
});
