// The API's shapes, as the edge answers them.

export type ContentType = 'movie' | 'series' | 'episode';
export type ContentStatus = 'processing' | 'ready' | 'error';
export type HdrFormat = 'dolby_vision' | 'hdr10' | 'hdr10plus' | 'hlg';
export type Role = 'viewer' | 'admin';

export interface User {
  id: string;
  username: string;
  displayName: string;
  role: Role;
}

export interface Profile {
  id: string;
  name: string;
  avatarUrl: string;
  isKids: boolean;
  maturityLimit: number;
  hasPin: boolean;
  createdAt: string;
}

export interface Session {
  user: User;
  profile: Profile | null;
  expiresAt: string;
}

export interface SignInAnswer {
  user: User;
  profiles: Profile[];
  expiresIn: number;
}

export interface Content {
  id: string;
  title: string;
  description: string;
  /** Seconds. */
  duration: number;
  releaseYear: number | null;
  rating: string | null;
  genres: string[];
  contentType: ContentType;
  seriesId?: string | null;
  seasonNumber?: number | null;
  episodeNumber?: number | null;
  masterResolution: string | null;
  hdrFormat: HdrFormat | null;
  hasAtmos: boolean;
  posterUrl: string | null;
  thumbnailUrl: string | null;
  heroImageUrl: string | null;
  logoUrl?: string | null;
  status: ContentStatus;
  createdAt: string;
  /** Youngest age the title suits, 0 to 18. */
  maturity: number;
  assetVersion?: number | null;
  publishedAt?: string | null;
}

export interface ContentDetails extends Content {
  cast?: CastMember[];
  subtitleLanguages?: string[];
  audioLanguages?: string[];
  episodes?: Content[];
}

export interface CastMember {
  name: string;
  role?: string | null;
}

export interface ContentPage {
  items: Content[];
  total: number;
  page: number;
  pageSize: number;
}

export interface Recommendations {
  sections: RecommendationSection[];
}

export interface RecommendationSection {
  title: string;
  type: 'continue_watching' | 'trending' | 'personalized' | 'new';
  items: Content[];
}

export interface ContinueItem {
  id: string;
  title: string;
  thumbnailUrl: string | null;
  heroImageUrl: string | null;
  duration: number;
  contentType: ContentType;
  seriesId?: string | null;
  position: number;
  progressPct: number;
  remainingMinutes: number;
  updatedAt: string;
}

export interface WatchPosition {
  position: number;
  duration: number;
  completed: boolean;
}

export interface QualityLevel {
  height: number;
  bitrate: number;
  codec: string;
  hdr: boolean;
}

export interface PlaybackSession {
  manifestUrl: string;
  playbackToken: string;
  licenseUrl: string;
  qualities: QualityLevel[];
  resumePosition: number;
  leaseId: string;
  expiresAt: string;
  durationS: number;
  version: number;
  title: string;
  storyboardUrl?: string | null;
  creditsStart?: number | null;
}

export interface NewProfile {
  name: string;
  avatarUrl?: string;
  isKids?: boolean;
  maturityLimit?: number;
  pin?: string;
}

export interface ContentDraft {
  title: string;
  description?: string;
  contentType?: ContentType;
  releaseYear?: number;
  rating?: string;
  genres?: string[];
  maturity?: number;
}

export type JobState =
  | 'queued'
  | 'probing'
  | 'encoding'
  | 'packaging'
  | 'verifying'
  | 'ready'
  | 'failed'
  | 'cancelled';

export interface JobReason {
  code: string;
  problem: string;
  remedy: string;
}

export interface Job {
  id: string;
  state: JobState;
  stage: string;
  percent: number;
  fps: number | null;
  etaS: number | null;
  attempts: number;
  tasks: { done: number; total: number; running: number; failed: number };
  log: string[];
  reasons: JobReason[];
  report?: unknown;
}

export interface AssetSummary {
  version: number;
  current?: boolean;
  createdAt?: string;
}

export interface IngestStatus {
  contentId: string;
  status: ContentStatus;
  job: Job | null;
  versions: AssetSummary[];
}
