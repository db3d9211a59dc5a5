// The API's shapes. Those of origin come from its OpenAPI document; those that the edge answers by itself
// (playback and positions) are written here.
import type { components } from './schema.ts';

type Schemas = components['schemas'];

export type User = Schemas['User'];
export type Profile = Schemas['Profile'];
export type NewProfile = Schemas['CreateProfile'];
export type Session = Schemas['Me'];

export type Content = Schemas['Content'];
export type ContentDetails = Schemas['ContentDetails'];
export type ContentFields = Schemas['ContentFields'];
export type RecommendationSection = Schemas['Section'];

export type Marker = Schemas['MarkerView'];
export type MarkerDraft = Schemas['MarkerDraft'];
export type Markers = Schemas['Markers'];
export type ArtworkChoice = Schemas['ArtworkChoice'];

export type JobState = Schemas['JobState'];
export type Job = Schemas['JobView'];
export type JobCost = Schemas['Cost'];
export type JobDetail = Schemas['JobDetail'];
export type JobReason = Schemas['Reason'];
export type JobTask = Schemas['TaskView'];
export type IngestStatus = Schemas['ContentStatus'];
export type AssetVersion = Schemas['Version'];

export interface ContinueItem {
  id: string;
  title: string;
  thumbnailUrl?: string | null;
  heroImageUrl?: string | null;
  duration: number;
  contentType: string;
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
