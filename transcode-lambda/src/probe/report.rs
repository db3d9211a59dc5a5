//! The probe's report, for the operator: what the master is, in the units that people use.

use serde::Serialize;
use shared::{
    asset::VideoRange,
    ladder::{
        ActiveArea, DolbyVision, HdrMetadata, KeyFrames, Source, SourceAudio, SourceChapter,
        SourceSubtitles,
    },
};

use super::{Findings, ffprobe::Container};

/// What a master is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The container's names, as ffmpeg says them.
    pub container: String,
    /// Size of the file.
    pub bytes: u64,
    /// Duration of the picture.
    pub duration_s: f64,
    /// The picture.
    pub video: VideoReport,
    /// Sound, in the container's order.
    pub audio: Vec<SourceAudio>,
    /// Subtitles, in the container's order, then files beside the master.
    pub subtitles: Vec<SourceSubtitles>,
    /// Chapters.
    pub chapters: Vec<SourceChapter>,
    /// What else is in the file: `timecode (tmcd)`, `attachment (ttf)`.
    pub other: Vec<String>,
    /// What the operator should know.
    pub notes: Vec<String>,
}

/// The picture.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about the picture"
)]
pub struct VideoReport {
    /// Codec.
    pub codec: String,
    /// Its profile.
    pub profile: Option<String>,
    /// Its level as the bitstream counts it.
    pub level: Option<u32>,
    /// Coded width.
    pub width: u32,
    /// Coded height.
    pub height: u32,
    /// Sample aspect ratio.
    pub sample_aspect: String,
    /// Clockwise rotation.
    pub rotation: u32,
    /// Frames per second; the average when the rate varies.
    pub fps: f64,
    /// Slowest rate, when it varies.
    pub slowest_fps: Option<f64>,
    /// Fastest rate, when it varies.
    pub fastest_fps: Option<f64>,
    /// Frames.
    pub frames: u64,
    /// Variable frame rate.
    pub is_variable: bool,
    /// Interlaced.
    pub is_interlaced: bool,
    /// Of interlaced video, the upper field comes first.
    pub top_field_first: Option<bool>,
    /// Mean bit rate, bits per second.
    pub bits_per_s: u64,
    /// Where decoding can start.
    pub key_frames: Option<KeyFrames>,
    /// The picture without black borders, when it has some.
    pub active: Option<ActiveArea>,
    /// Dynamic range.
    pub range: VideoRange,
    /// Bits per component.
    pub bit_depth: u32,
    /// Pixel format.
    pub pix_fmt: Option<String>,
    /// Colour primaries.
    pub primaries: Option<String>,
    /// Transfer characteristics.
    pub transfer: Option<String>,
    /// Matrix coefficients.
    pub matrix: Option<String>,
    /// Full-range samples.
    pub full_range: bool,
    /// Where chroma samples lie.
    pub chroma_location: Option<String>,
    /// Mastering display and content light level.
    pub hdr: Option<HdrReport>,
    /// Frames carry HDR10+ dynamic metadata.
    pub has_hdr10_plus: bool,
    /// Dolby Vision.
    pub dolby_vision: Option<DolbyVision>,
}

/// Static HDR10 metadata in real units.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HdrReport {
    /// CIE 1931 x and y of the mastering display's red, green, blue and white point.
    pub red: (f64, f64),
    /// Green.
    pub green: (f64, f64),
    /// Blue.
    pub blue: (f64, f64),
    /// White point.
    pub white: (f64, f64),
    /// Brightest luminance of the mastering display, cd/m².
    pub max_nits: f64,
    /// Darkest, cd/m².
    pub min_nits: f64,
    /// Maximum content light level, cd/m²; `None` when unknown.
    pub max_cll: Option<u32>,
    /// Maximum frame-average light level, cd/m²; `None` when unknown.
    pub max_fall: Option<u32>,
}

impl From<HdrMetadata> for HdrReport {
    fn from(found: HdrMetadata) -> Self {
        let [green, blue, red, white] = found
            .primaries
            .map(|(x, y)| (f64::from(x) / 50_000.0, f64::from(y) / 50_000.0));
        let (brightest, darkest) = found.luminance;
        let (max_cll, max_fall) = found.content_light;
        Self {
            red,
            green,
            blue,
            white,
            max_nits: f64::from(brightest) / 10_000.0,
            min_nits: f64::from(darkest) / 10_000.0,
            max_cll: (max_cll > 0).then_some(max_cll),
            max_fall: (max_fall > 0).then_some(max_fall),
        }
    }
}

impl Findings {
    /// The report on what was found.
    pub fn report(&self) -> Report {
        let source = &self.source;
        Report {
            container: source.container.clone(),
            bytes: self.bytes,
            duration_s: source.video.duration_us as f64 / 1e6,
            video: self.video_report(),
            audio: source.audio.clone(),
            subtitles: source.subtitles.clone(),
            chapters: source.chapters.clone(),
            other: self.other.clone(),
            notes: self.notes.clone(),
        }
    }

    fn video_report(&self) -> VideoReport {
        let video = self.source.video.clone();
        let rounded = |fps: f64| (fps * 1000.0).round() / 1000.0;
        let (across, down) = video.sample_aspect;
        VideoReport {
            sample_aspect: format!("{across}:{down}"),
            fps: rounded(video.frame_rate.fps()),
            slowest_fps: self.fps_range.map(|(slowest, _)| rounded(slowest)),
            fastest_fps: self.fps_range.map(|(_, fastest)| rounded(fastest)),
            hdr: video.hdr.map(HdrReport::from),
            codec: video.codec,
            profile: video.profile,
            level: video.level,
            width: video.width,
            height: video.height,
            rotation: video.rotation,
            frames: video.frames,
            is_variable: video.is_variable,
            is_interlaced: video.is_interlaced,
            top_field_first: video.top_field_first,
            bits_per_s: video.bits_per_s,
            key_frames: video.key_frames,
            active: video.active,
            range: video.range,
            bit_depth: video.bit_depth,
            pix_fmt: video.pix_fmt,
            primaries: video.primaries,
            transfer: video.transfer,
            matrix: video.matrix,
            full_range: video.full_range,
            chroma_location: video.chroma_location,
            has_hdr10_plus: video.has_hdr10_plus,
            dolby_vision: video.dolby_vision,
        }
    }
}

/// Streams that are neither picture, sound nor text.
pub(super) fn other(container: &Container, picture: u32) -> Vec<String> {
    let kind = |stream: &&super::ffprobe::Stream| {
        stream.index != picture && !stream.is("audio") && !stream.is("subtitle")
    };
    let name = |stream: &super::ffprobe::Stream| {
        let kind = match stream.codec_type.as_deref() {
            Some("video") if stream.has("attached_pic") => "cover picture",
            Some("video") => "second picture",
            Some(kind) => kind,
            None => "unknown",
        };
        let tag = stream.codec_tag_string.as_deref();
        let what = match (stream.codec(), tag) {
            ("unknown", Some(tag)) => tag,
            (codec, _) => codec,
        };
        format!("{kind} ({what})")
    };
    container.streams.iter().filter(kind).map(name).collect()
}

/// What an operator should know about a source.
pub(super) fn notes(source: &Source, container: &Container) -> Vec<String> {
    let video = &source.video;
    let mut notes = Vec::new();
    let duration_s = video.duration_us as f64 / 1e6;
    let stated = container.format.duration.as_deref();
    let container_s = stated.and_then(|text| text.parse::<f64>().ok());
    if let Some(container_s) = container_s.filter(|found| (found - duration_s).abs() > 1.0) {
        notes.push(format!(
            "The file lasts {container_s:.1} s but its picture {duration_s:.1} s: the picture decides."
        ));
    }
    if video.range == VideoRange::Pq && video.hdr.is_none() {
        notes.push("The picture is PQ without mastering display metadata (MDCV).".to_owned());
    }
    if video.range != VideoRange::Sdr && video.bit_depth < 10 {
        let depth = video.bit_depth;
        notes.push(format!(
            "The picture is HDR with {depth} bits: gradients will show bands."
        ));
    }
    if video.pix_fmt.as_deref().is_some_and(has_alpha) {
        notes.push("The picture has transparency, which is left out.".to_owned());
    }
    let pictures = container
        .streams
        .iter()
        .filter(|stream| stream.is("video") && !stream.has("attached_pic"));
    if pictures.count() > 1 {
        notes.push("The file has several pictures; the first one is used.".to_owned());
    }
    notes
}

fn has_alpha(pix_fmt: &str) -> bool {
    let names = [
        "yuva", "gbrap", "rgba", "bgra", "argb", "abgr", "ya8", "ya16",
    ];
    names.iter().any(|name| pix_fmt.starts_with(name))
}
