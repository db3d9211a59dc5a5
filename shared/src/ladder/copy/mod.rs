//! Copy first: a master whose streams are what HLS wants already becomes playable without encoding, as a version of its own;
//! the ladder follows behind it. Pure: whether that is possible follows from the streams and the packets alone.

mod conform;
mod timeline;

use serde::{Deserialize, Serialize};

pub use self::timeline::{Packet, Timeline};
use self::{conform::Judge, timeline::Grid};
use super::{AudioCodec, AudioPlan, Codec, Refusal, Source, SourceAudio, distinct, language};
use crate::asset::FrameRate;

/// How a master is copied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CopyPlan {
    /// The programme's duration: whole frames.
    pub duration_ms: u64,
    /// The picture.
    pub video: CopiedVideo,
    /// Sound.
    pub audio: Vec<CopiedAudio>,
    /// What the operator should know.
    pub notes: Vec<String>,
}

/// The picture of a copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CopiedVideo {
    /// The rendition's id: `copy1080`.
    pub id: String,
    /// The stream's index in the container.
    pub stream: u32,
    /// Coding format.
    pub codec: Codec,
    /// Exact rate, one that may be published.
    pub frame_rate: FrameRate,
    /// Frames of the whole programme.
    pub frames: u64,
    /// Frames by which decoding runs ahead of showing (B-frames).
    pub reorder_frames: u64,
    /// The longest Media Segment that is aimed at: one ends with the first group of pictures that reaches it.
    pub segment_frames: u64,
    /// Colours to write into a stream that doesn't say them.
    pub colours: Option<Colours>,
}

/// Code points of H.273.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Colours {
    /// Colour primaries.
    pub primaries: u8,
    /// Transfer characteristics.
    pub transfer: u8,
    /// Matrix coefficients.
    pub matrix: u8,
}

/// One audio rendition of a copy: stereo AAC-LC, copied or encoded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CopiedAudio {
    /// The rendition's id: `a-en-aac2`.
    pub id: String,
    /// The stream's index in the container.
    pub stream: u32,
    /// BCP 47.
    pub language: String,
    /// What the menu shows.
    pub name: String,
    /// Chosen when the viewer expressed no preference.
    pub default: bool,
    /// Describes the picture.
    pub describes_video: bool,
    /// As it is; `false`: another codec, layout or place in time, so that it must be encoded.
    pub is_copied: bool,
}

impl CopiedAudio {
    /// What the rendition is, as the ladder would plan it.
    pub fn planned(&self) -> AudioPlan {
        AudioPlan {
            id: self.id.clone(),
            group: "aac2".to_owned(),
            also_in: Vec::new(),
            stream: self.stream,
            language: self.language.clone(),
            name: self.name.clone(),
            codec: AudioCodec::Aac,
            channels: 2,
            kbps: 128,
            default: self.default,
            describes_video: self.describes_video,
        }
    }
}

/// Plans the copy of a master, or says everything that stands against one. Each [`Refusal`] is for information: the
/// master itself may be fine, and then the ladder is its first version.
pub fn copy(source: &Source, timeline: &Timeline) -> Result<CopyPlan, Vec<Refusal>> {
    let mut judge = Judge::default();
    let codec = judge.streams(source);
    let grid = judge.timing(source, timeline);
    let (Some(codec), Some(grid), []) = (codec, grid, judge.obstacles.as_slice()) else {
        return Err(judge.obstacles);
    };
    let Grid {
        frame_rate,
        frames,
        reorder_frames,
        segment_frames,
    } = grid;
    let mut notes = Vec::new();
    let video = &source.video;
    let duration_us = frames as f64 * frame_rate.frame_s() * 1e6;
    Ok(CopyPlan {
        duration_ms: (duration_us / 1000.0).round() as u64,
        video: CopiedVideo {
            id: format!("copy{}", video.width.min(video.height)),
            stream: video.stream,
            codec,
            frame_rate,
            frames,
            reorder_frames,
            segment_frames,
            colours: conform::missing_colours(video),
        },
        audio: audio(source, duration_us, frame_rate, &mut notes),
        notes,
    })
}

fn audio(
    source: &Source,
    duration_us: f64,
    rate: FrameRate,
    notes: &mut Vec<String>,
) -> Vec<CopiedAudio> {
    let streams: Vec<&SourceAudio> = source
        .audio
        .iter()
        .filter(|stream| stream.channels > 0)
        .collect();
    let default = streams
        .iter()
        .position(|stream| stream.is_default && !stream.describes_video)
        .unwrap_or(0);
    let mut tracks: Vec<CopiedAudio> = Vec::new();
    for (place, stream) in streams.into_iter().enumerate() {
        let (tag, language_name) = language(stream.language.as_deref());
        let kind = if stream.describes_video { "-ad" } else { "" };
        let name = match (stream.title.as_deref().map(str::trim), kind) {
            (Some(title), _) if !title.is_empty() => title.to_owned(),
            (_, "-ad") => format!("{language_name} (audio description)"),
            _ => language_name,
        };
        let why_encoded = conform::audio_obstacle(stream, source, duration_us, rate);
        if let Some(why) = why_encoded {
            notes.push(format!(
                "Audio stream {} is encoded, not copied: {why}.",
                stream.stream
            ));
        }
        let taken = |id: &str| tracks.iter().any(|track| track.id == id);
        let id = distinct(&format!("a-{tag}{kind}-aac2"), taken);
        let named = |name: &str| tracks.iter().any(|track| track.name == name);
        tracks.push(CopiedAudio {
            name: distinct(&name, named),
            id,
            stream: stream.stream,
            language: tag,
            default: place == default,
            describes_video: stream.describes_video,
            is_copied: why_encoded.is_none(),
        });
    }
    tracks
}

#[cfg(test)]
mod tests;
