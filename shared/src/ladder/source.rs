//! What a master is, as far as the plan depends on it. The probe fills it in.

use serde::{Deserialize, Serialize};

use crate::asset::{FrameRate, VideoRange};

/// A master.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// The container's names, as ffmpeg says them: `mov,mp4,m4a,3gp,3g2,mj2`.
    #[serde(default)]
    pub container: String,
    /// The picture.
    pub video: SourceVideo,
    /// Sound, in the container's order.
    #[serde(default)]
    pub audio: Vec<SourceAudio>,
    /// Text and bitmap subtitles, in the container's order, then sidecar files.
    #[serde(default)]
    pub subtitles: Vec<SourceSubtitles>,
    /// Chapters, in the order of the film.
    #[serde(default)]
    pub chapters: Vec<SourceChapter>,
}

/// The picture of a master.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a mark of its own in the container"
)]
pub struct SourceVideo {
    /// The stream's index in the container.
    pub stream: u32,
    /// The decoder's name for it: `h264`, `prores`.
    pub codec: String,
    /// The codec's profile in ffmpeg's words: `High`, `Main 10`.
    #[serde(default)]
    pub profile: Option<String>,
    /// The codec's level as the bitstream counts it: H.264 40 is 4.0, HEVC 153 is 5.1.
    #[serde(default)]
    pub level: Option<u32>,
    /// The sample entry's four characters: `avc1`, `hvc1`, `hev1`.
    #[serde(default)]
    pub tag: Option<String>,
    /// Samples in memory, as ffmpeg names them: `yuv420p10le`.
    #[serde(default)]
    pub pix_fmt: Option<String>,
    /// Coded width.
    pub width: u32,
    /// Coded height.
    pub height: u32,
    /// Sample aspect ratio, 1:1 when unknown.
    pub sample_aspect: (u32, u32),
    /// Clockwise rotation that a player applies: 0, 90, 180, 270.
    #[serde(default)]
    pub rotation: u32,
    /// Measured average rate.
    pub frame_rate: FrameRate,
    /// The time between frames is not constant.
    #[serde(default)]
    pub is_variable: bool,
    /// Frames that are shown.
    pub frames: u64,
    /// The first frame's time after the start of the file, microseconds.
    #[serde(default)]
    pub start_us: i64,
    /// From the first frame's appearance to the last one's end, microseconds.
    pub duration_us: u64,
    /// Fields, not frames.
    #[serde(default)]
    pub is_interlaced: bool,
    /// Of interlaced frames, the upper field comes first; `None` when that is not known.
    #[serde(default)]
    pub top_field_first: Option<bool>,
    /// Mean bit rate of the packets, bits per second; 0 when not measured.
    #[serde(default)]
    pub bits_per_s: u64,
    /// Where decoding can start; `None` when the packets were not read.
    #[serde(default)]
    pub key_frames: Option<KeyFrames>,
    /// Frames are stored in another order than they are shown (B-frames).
    #[serde(default)]
    pub is_reordered: bool,
    /// The picture without black borders, in coded pixels; `None` when it has no borders or nobody looked.
    #[serde(default)]
    pub active: Option<ActiveArea>,
    /// Bits per component.
    pub bit_depth: u32,
    /// The transfer function's family.
    pub range: VideoRange,
    /// Colour primaries as ffmpeg names them; `None` when not signalled.
    #[serde(default)]
    pub primaries: Option<String>,
    /// Transfer characteristics as ffmpeg names them; `None` when not signalled.
    #[serde(default)]
    pub transfer: Option<String>,
    /// Where chroma samples lie, as ffmpeg names it; `None` when not signalled.
    #[serde(default)]
    pub chroma_location: Option<String>,
    /// YCbCr matrix as ffmpeg names it; `None` when not signalled.
    #[serde(default)]
    pub matrix: Option<String>,
    /// Full-range samples.
    #[serde(default)]
    pub full_range: bool,
    /// Mastering display and content light level.
    #[serde(default)]
    pub hdr: Option<HdrMetadata>,
    /// Frames carry HDR10+ dynamic metadata (SMPTE ST 2094-40).
    #[serde(default)]
    pub has_hdr10_plus: bool,
    /// Dolby Vision, as its configuration record says.
    #[serde(default)]
    pub dolby_vision: Option<DolbyVision>,
}

/// The Dolby Vision configuration record (`dvcC`, `dvvC`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DolbyVision {
    /// Profile: 5, 7, 8, 10.
    pub profile: u32,
    /// Level, 1 to 13.
    #[serde(default)]
    pub level: u32,
    /// What the base layer is without Dolby Vision: 0 nothing, 1 HDR10, 2 SDR, 4 HLG, 6 HDR10 of a Blu-ray.
    #[serde(default)]
    pub compatibility_id: u32,
    /// The stream has reference processing units, the dynamic metadata.
    #[serde(default)]
    pub has_rpu: bool,
    /// It has a base layer.
    #[serde(default)]
    pub has_base_layer: bool,
    /// It has an enhancement layer.
    #[serde(default)]
    pub has_enhancement_layer: bool,
}

/// Where decoding can start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyFrames {
    /// How many.
    pub count: u64,
    /// Frames from one to the next when that never changes; the last group may be shorter.
    pub interval_frames: Option<u64>,
    /// Most frames from one to the next, or to the end.
    pub longest_frames: u64,
    /// Longest time from one to the next, or to the end, microseconds.
    pub longest_us: u64,
    /// The first frame that is stored is a key frame.
    pub starts_with_one: bool,
    /// No frame that is shown before a key frame is stored after it: every group of pictures is decodable alone.
    pub is_closed: bool,
}

/// A part of the picture, in coded pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveArea {
    /// Columns to the left of it.
    pub x: u32,
    /// Rows above it.
    pub y: u32,
    /// Its columns.
    pub width: u32,
    /// Its rows.
    pub height: u32,
}

/// Static HDR10 metadata, in the units of the bitstream: 1/50000 and 1/10000 cd/m².
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HdrMetadata {
    /// Green, blue, red, white point: x and y each.
    pub primaries: [(u32, u32); 4],
    /// Brightest and darkest luminance of the mastering display.
    pub luminance: (u32, u32),
    /// Maximum content light level and maximum frame average, cd/m²; zeros when unknown.
    pub content_light: (u32, u32),
}

/// One audio stream.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a mark of its own in the container"
)]
pub struct SourceAudio {
    /// The stream's index in the container.
    pub stream: u32,
    /// The decoder's name for it: `aac`, `eac3`, `pcm_s24le`.
    #[serde(default)]
    pub codec: String,
    /// The codec's profile in ffmpeg's words: `LC`, `Dolby Digital Plus + Dolby Atmos`.
    #[serde(default)]
    pub profile: Option<String>,
    /// E-AC-3 with joint object coding (Dolby Atmos).
    #[serde(default)]
    pub is_joc: bool,
    /// Channels.
    pub channels: u32,
    /// Their layout as ffmpeg names it: `stereo`, `5.1(side)`.
    #[serde(default)]
    pub layout: Option<String>,
    /// Samples per second; 0 when unknown.
    #[serde(default)]
    pub sample_rate: u32,
    /// Bits per second, as the container says; 0 when it doesn't.
    #[serde(default)]
    pub bits_per_s: u64,
    /// The first sample's time after the start of the file, microseconds.
    #[serde(default)]
    pub start_us: i64,
    /// As the container says, microseconds; 0 when it doesn't.
    #[serde(default)]
    pub duration_us: u64,
    /// As the container spells it: `eng`, `en`, `und`.
    #[serde(default)]
    pub language: Option<String>,
    /// The container's title of it.
    #[serde(default)]
    pub title: Option<String>,
    /// Marked as the default.
    #[serde(default)]
    pub is_default: bool,
    /// Marked as a description for the visually impaired.
    #[serde(default)]
    pub describes_video: bool,
    /// Marked as somebody talking about the film.
    #[serde(default)]
    pub is_commentary: bool,
    /// Measured loudness; `None` when it was not measured or there is nothing to hear.
    #[serde(default)]
    pub loudness: Option<Loudness>,
}

/// Loudness of a track (EBU R 128, ITU-R BS.1770).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Loudness {
    /// Integrated loudness, LUFS.
    pub integrated_lufs: f64,
    /// Loudness range, LU (EBU Tech 3342).
    pub range_lu: f64,
    /// True peak, dBTP.
    pub true_peak_dbtp: f64,
    /// Seconds of sound that were measured.
    pub measured_s: f64,
    /// Those are samples spread over the film, not the whole of it: an estimate.
    pub is_sampled: bool,
}

/// One chapter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceChapter {
    /// Where it begins after the start of the file, microseconds.
    pub start_us: i64,
    /// Where it ends.
    #[serde(default)]
    pub end_us: i64,
    /// As the container spells it.
    #[serde(default)]
    pub title: Option<String>,
}

/// One subtitle stream or sidecar file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a mark of its own in the container"
)]
pub struct SourceSubtitles {
    /// The stream's index in the container; `None` for a sidecar.
    #[serde(default)]
    pub stream: Option<u32>,
    /// The sidecar's object key.
    #[serde(default)]
    pub key: Option<String>,
    /// The decoder's name for it: `subrip`, `hdmv_pgs_subtitle`; empty for a sidecar.
    #[serde(default)]
    pub codec: String,
    /// The container's title of it.
    #[serde(default)]
    pub title: Option<String>,
    /// Marked as the default.
    #[serde(default)]
    pub is_default: bool,
    /// Words, not pictures of words.
    pub is_text: bool,
    /// As the container spells it.
    #[serde(default)]
    pub language: Option<String>,
    /// Only what must always be shown.
    #[serde(default)]
    pub is_forced: bool,
    /// Also describes sound.
    #[serde(default)]
    pub is_sdh: bool,
    /// Closed captions: likewise, and called so in the menu.
    #[serde(default)]
    pub is_captions: bool,
}

impl SourceVideo {
    /// Width and height as a viewer sees them: square pixels, upright.
    pub fn display_size(&self) -> (f64, f64) {
        let (across, down) = self.sample_aspect;
        let aspect = if across == 0 || down == 0 {
            1.0
        } else {
            f64::from(across) / f64::from(down)
        };
        let (width, height) = (f64::from(self.width) * aspect, f64::from(self.height));
        if self.rotation.is_multiple_of(180) {
            (width, height)
        } else {
            (height, width)
        }
    }
}
