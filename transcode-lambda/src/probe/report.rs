//! The probe's report, for the operator.

use serde::Serialize;
use shared::{
    asset::VideoRange,
    ladder::{HdrMetadata, Source},
};

use super::ffprobe::{Container, Stream};

/// What a master is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The container's name, as ffmpeg says it.
    pub container: String,
    /// Size of the file.
    pub bytes: u64,
    /// Duration of the picture.
    pub duration_s: f64,
    /// The picture.
    pub video: VideoReport,
    /// Sound.
    pub audio: Vec<AudioReport>,
    /// Subtitles.
    pub subtitles: Vec<SubtitleReport>,
    /// What the operator should know.
    pub notes: Vec<String>,
}

/// The picture.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VideoReport {
    /// Codec.
    pub codec: String,
    /// Its profile.
    pub profile: Option<String>,
    /// Coded width.
    pub width: u32,
    /// Coded height.
    pub height: u32,
    /// Sample aspect ratio.
    pub sample_aspect: String,
    /// Clockwise rotation.
    pub rotation: u32,
    /// Frames per second.
    pub fps: f64,
    /// Frames.
    pub frames: u64,
    /// Variable frame rate.
    pub is_variable: bool,
    /// Interlaced.
    pub is_interlaced: bool,
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
    /// Mastering display and content light level.
    pub hdr: Option<HdrMetadata>,
    /// Dolby Vision profile.
    pub dolby_vision_profile: Option<u32>,
}

/// One audio stream.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AudioReport {
    /// Codec.
    pub codec: String,
    /// Channels.
    pub channels: u32,
    /// Their layout.
    pub layout: Option<String>,
    /// Samples per second.
    pub sample_rate: Option<String>,
    /// Language as written.
    pub language: Option<String>,
    /// Title as written.
    pub title: Option<String>,
}

/// One subtitle stream.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubtitleReport {
    /// Codec.
    pub codec: String,
    /// Language as written.
    pub language: Option<String>,
    /// Only what must always be shown.
    pub forced: bool,
}

pub(super) fn report(picture: &Stream, container: &Container, source: &Source) -> Report {
    let video = &source.video;
    let streams = |kind: &'static str| {
        container
            .streams
            .iter()
            .filter(move |stream| stream.is(kind))
    };
    let container_s = container
        .format
        .duration
        .as_deref()
        .and_then(|text| text.parse::<f64>().ok());
    let mut notes = Vec::new();
    let duration_s = video.duration_us as f64 / 1e6;
    if let Some(container_s) = container_s.filter(|found| (found - duration_s).abs() > 1.0) {
        notes.push(format!(
            "The file lasts {container_s:.1} s but its picture {duration_s:.1} s: the picture decides."
        ));
    }
    Report {
        container: container.format.names.clone(),
        bytes: 0,
        duration_s,
        video: VideoReport {
            codec: video.codec.clone(),
            profile: picture.profile.clone(),
            width: video.width,
            height: video.height,
            sample_aspect: format!("{}:{}", video.sample_aspect.0, video.sample_aspect.1),
            rotation: video.rotation,
            fps: (video.frame_rate.fps() * 1000.0).round() / 1000.0,
            frames: video.frames,
            is_variable: video.is_variable,
            is_interlaced: video.is_interlaced,
            range: video.range,
            bit_depth: video.bit_depth,
            pix_fmt: picture.pix_fmt.clone(),
            primaries: picture.color_primaries.clone(),
            transfer: picture.color_transfer.clone(),
            matrix: picture.color_space.clone(),
            hdr: video.hdr,
            dolby_vision_profile: video.dolby_vision.map(|found| found.profile),
        },
        audio: streams("audio")
            .map(|stream| AudioReport {
                codec: stream.codec().to_owned(),
                channels: stream.channels,
                layout: stream.channel_layout.clone(),
                sample_rate: stream.sample_rate.clone(),
                language: stream.tag("language"),
                title: stream.tag("title"),
            })
            .collect(),
        subtitles: streams("subtitle")
            .map(|stream| SubtitleReport {
                codec: stream.codec().to_owned(),
                language: stream.tag("language"),
                forced: stream.has("forced"),
            })
            .collect(),
        notes,
    }
}
