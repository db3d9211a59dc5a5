// The probe's report in words. Origin hands it on unread, and reports of older workers lack members: every one is
// looked for, none is relied on.
import { bytesInWords, durationInWords } from './transferRate.ts';

export interface Fact {
  term: string;
  value: string;
}

export interface ProbeInWords {
  /** The picture in one line. */
  headline: string;
  facts: Fact[];
  audio: string[];
  subtitles: string[];
  chapters: string[];
  notes: string[];
}

type Members = Record<string, unknown>;

export function probeInWords(report: unknown): ProbeInWords | null {
  const found = members(report);
  const video = members(found.video);
  if (number(video.width) === null || number(video.height) === null) return null;
  return {
    headline: headline(video),
    facts: facts(found, video),
    audio: list(found.audio).map(audioInWords),
    subtitles: list(found.subtitles).map(subtitlesInWords),
    chapters: list(found.chapters).map(chapterInWords),
    notes: Array.isArray(found.notes) ? found.notes.filter((note) => typeof note === 'string') : [],
  };
}

function headline(video: Members): string {
  const fps = number(video.fps);
  return joined([`${video.width} × ${video.height}`, fps === null ? null : `${fps} fps`, dynamicRange(video)]);
}

/** `HDR10 (1000 nits, MaxCLL 800)`, `Dolby Vision 8.1 over HDR10`. */
function dynamicRange(video: Members): string | null {
  const range = text(video.range);
  if (range === null) return null;
  const light = joined([nits(video), contentLight(video)]);
  const named = range === 'PQ' ? (light === '' ? 'HDR (PQ)' : `HDR10 (${light})`) : range;
  const plus = video.hasHdr10Plus === true ? ' with HDR10+' : '';
  const vision = dolbyVision(video);
  return vision === null ? named + plus : `Dolby Vision ${vision} over ${named}${plus}`;
}

function nits(video: Members): string | null {
  const hdr = members(video.hdr);
  // Before the report had real units it had those of the bitstream: 1/10000 cd/m².
  const raw = numbers(hdr.luminance)[0];
  const peak = number(hdr.maxNits) ?? (raw === undefined ? null : raw / 10_000);
  return peak === null ? null : `${rounded(peak, 1)} nits`;
}

function contentLight(video: Members): string | null {
  const hdr = members(video.hdr);
  const level = number(hdr.maxCll) ?? numbers(hdr.contentLight)[0] ?? 0;
  return level === 0 ? null : `MaxCLL ${level}`;
}

function dolbyVision(video: Members): string | null {
  const record = members(video.dolbyVision);
  const profile = number(record.profile) ?? number(video.dolbyVisionProfile);
  if (profile === null) return null;
  const compatibility = number(record.compatibilityId);
  return compatibility === null || ![8, 10].includes(profile) ? String(profile) : `${profile}.${compatibility}`;
}

function facts(report: Members, video: Members): Fact[] {
  const found: [string, string][] = [
    ['File', joined([containerInWords(report), size(report), duration(report)])],
    ['Video', joined([codecInWords(video), depth(video), bitRate(video)])],
    ['Colour', colour(video)],
    ['Frame rate', frameRate(video)],
    ['Fields', fields(video)],
    ['Shape', shape(video)],
    ['Picture area', active(video)],
    ['Key frames', keyFrames(video)],
    ['Dolby Vision', dolbyVisionParts(video)],
    ['Also inside', list(report.other, text).join(', ')],
  ];
  return found.filter(([, value]) => value !== '').map(([term, value]) => ({ term, value }));
}

const CONTAINERS: Record<string, string> = {
  mov: 'MP4 or MOV',
  matroska: 'Matroska',
  mxf: 'MXF',
  mpegts: 'MPEG-TS',
  mpeg: 'MPEG-PS',
  avi: 'AVI',
};

function containerInWords({ container }: Members): string | null {
  const name = text(container)?.split(',')[0] ?? null;
  return name === null ? null : (CONTAINERS[name] ?? name);
}

function size({ bytes }: Members): string | null {
  const count = number(bytes) ?? 0;
  return count === 0 ? null : bytesInWords(count);
}

function duration({ durationS }: Members): string | null {
  const seconds = number(durationS);
  return seconds === null ? null : durationInWords(seconds);
}

const CODECS: Record<string, string> = {
  h264: 'H.264',
  hevc: 'HEVC',
  av1: 'AV1',
  prores: 'ProRes',
  dnxhd: 'DNxHD/HR',
  mpeg2video: 'MPEG-2',
  aac: 'AAC',
  ac3: 'AC-3',
  eac3: 'E-AC-3',
  truehd: 'TrueHD',
  dts: 'DTS',
  flac: 'FLAC',
  opus: 'Opus',
};

function codecInWords(stream: Members): string | null {
  const codec = text(stream.codec);
  if (codec === null) return null;
  const name = CODECS[codec] ?? (codec.startsWith('pcm_') ? 'PCM' : codec);
  const profile = text(stream.profile);
  return profile === null || name === 'AAC' || name === 'E-AC-3' ? name : `${name} ${profile}`;
}

function depth({ bitDepth, pixFmt }: Members): string | null {
  const bits = number(bitDepth);
  const sampling = /4[0-4][0-4]/.exec(text(pixFmt) ?? '')?.[0];
  const chroma = sampling === undefined ? null : [...sampling].join(':');
  return joined([bits === null ? null : `${bits} bit`, chroma]) || null;
}

function bitRate({ bitsPerS }: Members): string | null {
  const rate = number(bitsPerS) ?? 0;
  return rate === 0 ? null : `${rounded(rate / 1e6, 1)} Mbit/s`;
}

function colour(video: Members): string {
  const names = [video.primaries, video.transfer, video.matrix].map(text).filter((name) => name !== null);
  const range = video.fullRange === true ? 'full range' : null;
  const location = text(video.chromaLocation);
  if (names.length === 0) return joined(['not signalled', range]);
  return joined([[...new Set(names)].join(' / '), range, location === null ? null : `chroma ${location}`]);
}

function frameRate(video: Members): string {
  if (video.isVariable !== true) return '';
  const [slowest, fastest] = [number(video.slowestFps), number(video.fastestFps)];
  return slowest === null || fastest === null ? 'varies' : `varies from ${slowest} to ${fastest} fps`;
}

function fields(video: Members): string {
  if (video.isInterlaced !== true) return '';
  const first = typeof video.topFieldFirst === 'boolean' ? `${video.topFieldFirst ? 'upper' : 'lower'} field first` : null;
  return joined(['interlaced', first]);
}

function shape(video: Members): string {
  const aspect = text(video.sampleAspect);
  const rotation = number(video.rotation) ?? 0;
  return joined([
    aspect === null || aspect === '1:1' ? null : `pixels of ${aspect}`,
    rotation === 0 ? null : `turned by ${rotation}°`,
  ]);
}

function active(video: Members): string {
  const area = members(video.active);
  const [x, y, width, height] = [area.x, area.y, area.width, area.height].map(number);
  if (x == null || y == null || width == null || height == null) return '';
  return `${width} × ${height} at ${x}, ${y}; the rest is black`;
}

function keyFrames(video: Members): string {
  const found = members(video.keyFrames);
  const interval = number(found.intervalFrames);
  const longest = number(found.longestUs);
  if (longest === null) return '';
  if (interval === 1) return 'every frame';
  const spacing = interval === null ? `up to ${rounded(longest / 1e6, 1)} s apart` : `every ${interval} frames`;
  return joined([spacing, found.isClosed === true ? 'closed groups' : 'open groups']);
}

function dolbyVisionParts(video: Members): string {
  const record = members(video.dolbyVision);
  const level = number(record.level);
  if (level === null) return '';
  return joined([
    `level ${level}`,
    record.hasRpu === true ? 'dynamic metadata' : 'no dynamic metadata',
    record.hasEnhancementLayer === true ? 'enhancement layer' : null,
  ]);
}

function audioInWords(track: Members): string {
  const channels = number(track.channels);
  const layout = text(track.layout) ?? (channels === null ? null : `${channels} channels`);
  const codec = track.isJoc === true ? 'E-AC-3 with Dolby Atmos' : codecInWords(track);
  return joined([
    languageInWords(track),
    text(track.title),
    track.describesVideo === true ? 'audio description' : null,
    track.isCommentary === true ? 'commentary' : null,
    layout,
    codec,
    loudness(track),
  ]);
}

/** `−23.1 LUFS, peak −1.0 dBTP`. */
function loudness(track: Members): string | null {
  const found = members(track.loudness);
  const integrated = number(found.integratedLufs);
  if (integrated === null) return null;
  const peak = number(found.truePeakDbtp);
  return joined([
    `${signed(integrated)} LUFS`,
    peak === null ? null : `peak ${signed(peak)} dBTP`,
    found.isSampled === true ? 'estimated from samples' : null,
  ]);
}

function subtitlesInWords(track: Members): string {
  // `forced` is what reports called it first.
  return joined([
    languageInWords(track),
    text(track.title),
    track.isForced === true || track.forced === true ? 'forced' : null,
    track.isSdh === true ? 'SDH' : null,
    track.isText === false ? 'pictures, not text' : null,
  ]);
}

function chapterInWords(chapter: Members, place: number): string {
  const startUs = number(chapter.startUs) ?? 0;
  return `${clock(startUs / 1e6)} ${text(chapter.title) ?? `Chapter ${place + 1}`}`;
}

function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 3600)}:${twoDigits(Math.floor(whole / 60) % 60)}:${twoDigits(whole % 60)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

function languageInWords({ language }: Members): string {
  const tag = text(language);
  if (tag === null || tag === 'und') return 'Language unknown';
  try {
    return new Intl.DisplayNames('en', { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

function signed(value: number): string {
  return value.toFixed(1).replace('-', '−');
}

function rounded(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}

function joined(parts: (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== '').join(', ');
}

function members(value: unknown): Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};
}

function list(value: unknown): Members[];
function list<T>(value: unknown, read: (item: unknown) => T | null): T[];
function list(value: unknown, read: (item: unknown) => unknown = members): unknown[] {
  return Array.isArray(value) ? value.map(read).filter((item) => item !== null) : [];
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function numbers(value: unknown): number[] {
  return list(value, number);
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}
