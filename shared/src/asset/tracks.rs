//! The tracks of an asset.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ByteRange, Segment};
use crate::cenc::{ConstantIv, KeyId, Tier};

/// Frames per second as an exact ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameRate {
    /// Numerator.
    pub num: u32,
    /// Denominator, above 0.
    pub den: u32,
}

impl FrameRate {
    /// Frames per second.
    pub fn fps(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }

    /// Ticks per second in which a frame lasts whole ticks: the numerator; at least 1000, as some players divide by
    /// milliseconds.
    pub fn timescale(self) -> u32 {
        match self.num {
            num @ 1000.. => num,
            num => num * 1000,
        }
    }

    /// Seconds that one frame is shown.
    pub fn frame_s(self) -> f64 {
        f64::from(self.den) / f64::from(self.num)
    }
}

impl fmt::Display for FrameRate {
    /// As `FRAME-RATE` wants it: three decimals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.fps())
    }
}

/// The dynamic range, as `VIDEO-RANGE` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum VideoRange {
    /// Standard.
    Sdr,
    /// HDR with the perceptual quantiser (SMPTE ST 2084).
    Pq,
    /// Hybrid log-gamma.
    Hlg,
}

impl fmt::Display for VideoRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sdr => "SDR",
            Self::Pq => "PQ",
            Self::Hlg => "HLG",
        })
    }
}

/// A video track, or a trick-play track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VideoTrack {
    /// Its id, which is its playlist's name: `v1080-6000`.
    pub id: String,
    /// Its file in the asset's folder.
    pub file: String,
    /// RFC 6381 codec string, read from the sample entry.
    pub codec: String,
    /// `SUPPLEMENTAL-CODECS` for Dolby Vision over a compatible base layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplemental_codec: Option<String>,
    /// Display width in pixels.
    pub width: u32,
    /// Display height in pixels.
    pub height: u32,
    /// Exact frame rate.
    pub frame_rate: FrameRate,
    /// Dynamic range.
    pub range: VideoRange,
    /// Key tier.
    pub tier: Tier,
    /// The key's name; `None` when the track is clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<KeyId>,
    /// The constant IV that `tenc` holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iv: Option<ConstantIv>,
    /// Measured peak bit rate, see [`super::TrackIndex::rates`].
    pub peak_bps: u64,
    /// Measured average bit rate.
    pub average_bps: u64,
    /// Ticks per second.
    pub timescale: u32,
    /// The Media Initialization Section.
    pub init: ByteRange,
    /// The Media Segments, in order.
    pub segments: Vec<Segment>,
    /// Measured quality: VMAF, 0 to 100. `SCORE` follows from it (see [`crate::hls`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
}

/// An audio track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AudioTrack {
    /// Its id, which is its playlist's name: `a-en-aac2`.
    pub id: String,
    /// Its file in the asset's folder.
    pub file: String,
    /// The group: one per codec and channel layout.
    pub group: String,
    /// Groups that list it too, for want of a rendition of their own in this language.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_in: Vec<String>,
    /// What the menu shows.
    pub name: String,
    /// BCP 47.
    pub language: String,
    /// Chosen when the viewer expressed no preference.
    #[serde(default)]
    pub default: bool,
    /// Describes the picture for those who don't see it.
    #[serde(default)]
    pub describes_video: bool,
    /// `CHANNELS`: `2`, `6`, `16/JOC`.
    pub channels: String,
    /// RFC 6381 codec string, read from the sample entry.
    pub codec: String,
    /// Integrated loudness (EBU R 128, LUFS): of the published sound in AAC, of the programme that `dialnorm` speaks of in
    /// AC-3 and E-AC-3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loudness_lufs: Option<f64>,
    /// The key's name; `None` when the track is clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<KeyId>,
    /// The constant IV that `tenc` holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iv: Option<ConstantIv>,
    /// Measured peak bit rate.
    pub peak_bps: u64,
    /// Measured average bit rate.
    pub average_bps: u64,
    /// Ticks per second.
    pub timescale: u32,
    /// The Media Initialization Section.
    pub init: ByteRange,
    /// The Media Segments, in order.
    pub segments: Vec<Segment>,
}

impl AudioTrack {
    /// Whether that group lists it.
    pub fn is_in(&self, group: &str) -> bool {
        self.group == group || self.also_in.iter().any(|other| other == group)
    }
}

/// A subtitle track: one WebVTT file for the whole programme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubtitleTrack {
    /// Its id, which is its playlist's name: `s-en`.
    pub id: String,
    /// Its file in the asset's folder.
    pub file: String,
    /// What the menu shows.
    pub name: String,
    /// BCP 47.
    pub language: String,
    /// Only what must always be shown: foreign dialogue, signs.
    #[serde(default)]
    pub forced: bool,
    /// For those who don't hear: also describes music and sound.
    #[serde(default)]
    pub sdh: bool,
    /// Shown when the viewer expressed no preference.
    #[serde(default)]
    pub default: bool,
}

/// Thumbnails for the seek bar: a WebVTT file that points into sprite sheets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storyboard {
    /// The WebVTT file.
    pub vtt: String,
    /// The sprite sheets, in order.
    #[serde(default)]
    pub images: Vec<String>,
    /// Width of one thumbnail in pixels.
    #[serde(default)]
    pub tile_width: u32,
    /// Height of one thumbnail in pixels.
    #[serde(default)]
    pub tile_height: u32,
    /// Time between two thumbnails.
    #[serde(default)]
    pub interval_ms: u64,
}

/// What video and audio tracks have in common.
#[derive(Clone, Copy, Debug)]
pub struct Media<'a> {
    /// The track's id.
    pub id: &'a str,
    /// Its file.
    pub file: &'a str,
    /// The key's name; `None` when the track is clear.
    pub kid: Option<KeyId>,
    /// The constant IV that `tenc` holds.
    pub iv: Option<ConstantIv>,
    /// Ticks per second.
    pub timescale: u32,
    /// The Media Initialization Section.
    pub init: ByteRange,
    /// The Media Segments, in order.
    pub segments: &'a [Segment],
}

macro_rules! media {
    ($($track:ident),+) => {$(
        impl $track {
            /// What it has in common with the other kind of track.
            pub fn media(&self) -> Media<'_> {
                Media {
                    id: &self.id,
                    file: &self.file,
                    kid: self.kid,
                    iv: self.iv,
                    timescale: self.timescale,
                    init: self.init,
                    segments: &self.segments,
                }
            }
        }
    )+};
}

media!(VideoTrack, AudioTrack);
