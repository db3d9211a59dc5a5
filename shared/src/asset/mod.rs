//! `asset.json`: what was really encoded, byte for byte. The packaging job writes it last; playlists, entitlement checks and
//! the validator are computed from it and from nothing else.
//!
//! Rates, codec strings, frame rates and ranges are read from the encoded output, never from the plan.

mod artwork;
mod index;
mod markers;
mod rates;
mod tracks;

pub use artwork::ArtworkCandidate;
pub use index::{ByteRange, Fragment, Segment};
pub use markers::{CHAPTERS_FILE, Chapter, Marker, MarkerKind, MarkerSource};
pub use rates::{HEAD_S, Rates, TrackIndex};
use serde::{Deserialize, Serialize};
pub use tracks::{AudioTrack, FrameRate, Media, Storyboard, SubtitleTrack, VideoRange, VideoTrack};

use crate::{
    cenc::{KeyId, Tier},
    ids::{AssetVersion, ContentId},
};

/// The schema this code writes.
pub const SCHEMA: u32 = 1;

/// One published version of a title.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asset {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The title.
    pub content_id: ContentId,
    /// The version.
    pub version: AssetVersion,
    /// The number of the content key seed that the tracks are encrypted with.
    pub key_seed: u32,
    /// Duration of the programme.
    pub duration_ms: u64,
    /// The master's own streams, published before the ladder exists: one rendition, the next version has more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_copy: bool,
    /// Video tracks, any order.
    pub video: Vec<VideoTrack>,
    /// Dense trick-play tracks: one key frame per fragment.
    #[serde(default)]
    pub trick: Vec<VideoTrack>,
    /// Audio tracks; those of one `group` differ in language, groups differ in codec and channels.
    #[serde(default)]
    pub audio: Vec<AudioTrack>,
    /// Subtitle tracks.
    #[serde(default)]
    pub subtitles: Vec<SubtitleTrack>,
    /// Thumbnails for the seek bar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storyboard: Option<Storyboard>,
    /// The frames that the catalogue's pictures were cut from, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub artwork: Vec<ArtworkCandidate>,
    /// Chapters, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chapters: Vec<Chapter>,
    /// Intros and credits that were found in the master.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub markers: Vec<Marker>,
    /// Where the credits begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credits_start_ms: Option<u64>,
    /// The part that "skip intro" skips.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intro: Option<Intro>,
}

/// The part that "skip intro" skips.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intro {
    /// Its first moment.
    pub start_ms: u64,
    /// The first moment after it.
    pub end_ms: u64,
}

impl Asset {
    /// The video track of that id.
    pub fn find_video(&self, id: &str) -> Option<&VideoTrack> {
        self.video.iter().find(|track| track.id == id)
    }

    /// The trick-play track of that id.
    pub fn find_trick(&self, id: &str) -> Option<&VideoTrack> {
        self.trick.iter().find(|track| track.id == id)
    }

    /// The audio track of that id.
    pub fn find_audio(&self, id: &str) -> Option<&AudioTrack> {
        self.audio.iter().find(|track| track.id == id)
    }

    /// The subtitle track of that id.
    pub fn find_subtitle(&self, id: &str) -> Option<&SubtitleTrack> {
        self.subtitles.iter().find(|track| track.id == id)
    }

    /// The programme's duration in seconds.
    pub fn duration_s(&self) -> f64 {
        self.duration_ms as f64 / 1000.0
    }

    /// The programme's duration in microseconds, as exact as the media: the longest video's.
    pub fn programme_micros(&self) -> u64 {
        let micros = |track: &VideoTrack| {
            let index = track.media().index();
            index.micros(index.duration())
        };
        self.video
            .iter()
            .map(micros)
            .max()
            .unwrap_or(self.duration_ms * 1000)
    }

    /// The object key of one of its files.
    pub fn object_key(&self, file: &str) -> String {
        object_key(self.content_id, self.version, file)
    }

    /// Whether any track is encrypted.
    pub fn is_encrypted(&self) -> bool {
        !self.key_ids().is_empty()
    }

    /// Each tier's key id, cheapest tier first, as the tracks carry them.
    pub fn key_ids(&self) -> Vec<(Tier, KeyId)> {
        let video = self
            .video
            .iter()
            .chain(&self.trick)
            .filter_map(|track| Some((track.tier, track.kid?)));
        let audio = self
            .audio
            .iter()
            .filter_map(|track| Some((Tier::Audio, track.kid?)));
        let mut ids: Vec<_> = video.chain(audio).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The video tracks that a viewer with this highest tier may see.
    pub fn video_up_to(&self, max_tier: Tier) -> impl Iterator<Item = &VideoTrack> {
        self.video
            .iter()
            .filter(move |track| track.tier <= max_tier)
    }

    /// The audio groups, in the order in which they first appear.
    pub fn audio_groups(&self) -> Vec<&str> {
        let mut groups: Vec<&str> = Vec::new();
        for track in &self.audio {
            if !groups.contains(&track.group.as_str()) {
                groups.push(&track.group);
            }
        }
        groups
    }
}

/// Where a master's subtitle files are delivered: beside it, so that they belong to every version that is made of the title.
/// `None` for a key without a folder.
pub fn sidecar_folder(master_key: &str) -> Option<String> {
    let (folder, _) = master_key.rsplit_once('/')?;
    Some(format!("{folder}/subtitles"))
}

/// The object key of a published file.
pub fn object_key(content_id: ContentId, version: AssetVersion, file: &str) -> String {
    format!("assets/{content_id}/{version}/{file}")
}

#[cfg(test)]
mod tests;
