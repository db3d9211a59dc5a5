import { expect, it } from 'vitest';
import { probeInWords } from './probe.ts';

const video = { width: 3840, height: 2160, fps: 23.976, range: 'PQ', codec: 'hevc', profile: 'Main 10', bitDepth: 10, pixFmt: 'yuv420p10le' };
const hdr = { maxNits: 1000, minNits: 0.005, maxCll: 800, maxFall: 400 };

function facts(report: unknown): Record<string, string> {
  const found = probeInWords(report)?.facts ?? [];
  return Object.fromEntries(found.map(({ term, value }) => [term, value]));
}

it('the picture is said in one line', () => {
  expect(probeInWords({ video: { ...video, hdr } })?.headline).toBe('3840 × 2160, 23.976 fps, HDR10 (1000 nits, MaxCLL 800)');
  expect(probeInWords({ video: { ...video, range: 'HLG' } })?.headline).toBe('3840 × 2160, 23.976 fps, HLG');
  expect(probeInWords({ video })?.headline).toBe('3840 × 2160, 23.976 fps, HDR (PQ)');
  const dolbyVision = { profile: 8, level: 6, compatibilityId: 1, hasRpu: true, hasBaseLayer: true, hasEnhancementLayer: false };
  const vision = { video: { ...video, hdr, hasHdr10Plus: true, dolbyVision } };
  expect(probeInWords(vision)?.headline).toBe(
    '3840 × 2160, 23.976 fps, Dolby Vision 8.1 over HDR10 (1000 nits, MaxCLL 800) with HDR10+',
  );
  expect(facts(vision)['Dolby Vision']).toBe('level 6, dynamic metadata');
});

it('what an editor asks about is told, and what is ordinary is not', () => {
  const ordinary = facts({ video: { ...video, rotation: 0, sampleAspect: '1:1', isInterlaced: false, isVariable: false, active: null } });
  expect(Object.keys(ordinary)).toEqual(['Video', 'Colour']);
  const odd = facts({
    container: 'matroska,webm',
    bytes: 1_200_000_000,
    durationS: 7080,
    other: ['attachment (ttf)'],
    video: {
      ...video,
      bitsPerS: 62_340_000,
      primaries: 'bt2020',
      transfer: 'smpte2084',
      matrix: 'bt2020nc',
      isVariable: true,
      slowestFps: 12,
      fastestFps: 60,
      isInterlaced: true,
      topFieldFirst: true,
      sampleAspect: '64:45',
      rotation: 90,
      active: { x: 0, y: 280, width: 3840, height: 1600 },
      keyFrames: { intervalFrames: 48, longestUs: 2_002_000, isClosed: true },
    },
  });
  expect(odd).toEqual({
    File: 'Matroska, 1.2 GB, 1 h 58 min',
    Video: 'HEVC Main 10, 10 bit, 4:2:0, 62.3 Mbit/s',
    Colour: 'bt2020 / smpte2084 / bt2020nc',
    'Frame rate': 'varies from 12 to 60 fps',
    Fields: 'interlaced, upper field first',
    Shape: 'pixels of 64:45, turned by 90°',
    'Picture area': '3840 × 1600 at 0, 280; the rest is black',
    'Key frames': 'every 48 frames, closed groups',
    'Also inside': 'attachment (ttf)',
  });
});

it('tracks are said with their language, kind and loudness', () => {
  const loudness = { integratedLufs: -23.1, rangeLu: 12, truePeakDbtp: -1.04, measuredS: 1200, isSampled: true };
  const found = probeInWords({
    video,
    audio: [
      { codec: 'eac3', isJoc: true, channels: 6, layout: '5.1(side)', language: 'eng', loudness },
      { codec: 'pcm_s24le', channels: 2, language: 'und', title: 'Director', describesVideo: true },
    ],
    subtitles: [{ language: 'de', isText: true, isForced: true }, { language: 'fr', isText: false, isSdh: true }],
    chapters: [{ startUs: 0, title: 'Opening' }, { startUs: 3_723_000_000 }],
    notes: ['The picture is PQ without mastering display metadata (MDCV).'],
  });
  expect(found?.audio).toEqual([
    'English, 5.1(side), E-AC-3 with Dolby Atmos, −23.1 LUFS, peak −1.0 dBTP, estimated from samples',
    'Language unknown, Director, audio description, 2 channels, PCM',
  ]);
  expect(found?.subtitles).toEqual(['German, forced', 'French, SDH, pictures, not text']);
  expect(found?.chapters).toEqual(['0:00:00 Opening', '1:02:03 Chapter 2']);
  expect(found?.notes).toHaveLength(1);
});

it('a report of an older worker is read as far as it goes', () => {
  const old = {
    container: 'mov,mp4,m4a,3gp,3g2,mj2',
    bytes: 0,
    durationS: 13.013,
    video: {
      ...video,
      hdr: { primaries: [[1, 2]], luminance: [10_000_000, 50], contentLight: [1000, 400] },
      dolbyVisionProfile: 7,
    },
    audio: [{ codec: 'aac', channels: 2, layout: 'stereo', sampleRate: '48000', language: null, title: null }],
    subtitles: [{ codec: 'subrip', language: 'eng', forced: true }],
  };
  const found = probeInWords(old);
  expect(found?.headline).toBe('3840 × 2160, 23.976 fps, Dolby Vision 7 over HDR10 (1000 nits, MaxCLL 1000)');
  expect(found?.facts[0]).toEqual({ term: 'File', value: 'MP4 or MOV, 13 s' });
  expect(found?.audio).toEqual(['Language unknown, stereo, AAC']);
  expect(found?.subtitles).toEqual(['English, forced']);
  expect(found?.chapters).toEqual([]);
});

it.each([[undefined], [null], ['text'], [[]], [{}], [{ video: null }], [{ video: { width: '3840', height: 2160 } }]])(
  '%j is no report',
  (report) => expect(probeInWords(report)).toBeNull(),
);
