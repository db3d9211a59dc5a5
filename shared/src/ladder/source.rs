//! What a master is, as far as the plan depends on it. The probe fills it in.

use serde::{Deserialize, Serialize};

use crate::asset::{FrameRate, VideoRange};

/// A master.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// The picture.
    pub video: SourceVideo,
    /// Sound, in the container's order.
    #[serde(default)]
    pub audio: Vec<SourceAudio>,
    /// Text and bitmap subtitles, in the container's order, then sidecar files.
    #[serde(default)]
    pub subtitles: Vec<SourceSubtitles>,
}

/// The picture of a master.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceVideo {
    /// The stream's index in the container.
    pub stream: u32,
    /// The decoder's name for it: `h264`, `prores`.
    pub codec: String,
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
    /// Bits per component.
    pub bit_depth: u32,
    /// The transfer function's family.
    pub range: VideoRange,
    /// YCbCr matrix as ffmpeg names it; `None` when not signalled.
    #[serde(default)]
    pub matrix: Option<String>,
    /// Full-range samples.
    #[serde(default)]
    pub full_range: bool,
    /// Mastering display and content light level.
    #[serde(default)]
    pub hdr: Option<HdrMetadata>,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceAudio {
    /// The stream's index in the container.
    pub stream: u32,
    /// Channels.
    pub channels: u32,
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
}

/// One subtitle stream or sidecar file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceSubtitles {
    /// The stream's index in the container; `None` for a sidecar.
    #[serde(default)]
    pub stream: Option<u32>,
    /// The sidecar's object key.
    #[serde(default)]
    pub key: Option<String>,
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
