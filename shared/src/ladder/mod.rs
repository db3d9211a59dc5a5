//! The plan of a title: which renditions a master becomes, in which chunks, with which settings. Pure: the same source and
//! preset give the same plan anywhere, so that chunks encoded on different machines fit together.

mod audio;
mod complexity;
mod copy;
mod custom;
mod effort;
mod file;
mod language;
mod markers;
mod rates;
mod refusal;
mod rungs;
mod settings;
mod size;
mod source;
mod subtitles;
mod tables;
mod video;

pub use audio::{AudioCodec, AudioPlan};
pub use complexity::{Complexity, ComplexitySample, Fit, REFERENCE_CRF, SamplePlace};
pub use copy::{Colours, CopiedAudio, CopiedVideo, CopyPlan, Packet, Timeline, copy};
pub use custom::{Fault, Ladder, LadderRung};
pub use language::language;
pub use markers::{Span, searched, suggested};
pub use refusal::Refusal;
pub use rungs::{Codec, Rung};
use serde::{Deserialize, Serialize};
pub use settings::{Preset, Settings, UnknownPreset};
pub use source::{
    ActiveArea, DolbyVision, HdrMetadata, KeyFrames, Loudness, Source, SourceAudio, SourceChapter,
    SourceSubtitles, SourceVideo,
};
pub use subtitles::SubtitlePlan;
pub use video::{QualityPlan, TrickPlan, VideoPlan};

use crate::asset::{Chapter, Marker};

/// The schema of plans this code writes. A worker refuses any other.
pub const SCHEMA: u32 = 1;

/// Everything the encoding tasks need to know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// [`SCHEMA`].
    pub schema: u32,
    /// What it was made for.
    pub preset: Preset,
    /// The programme's duration: whole frames.
    pub duration_ms: u64,
    /// The picture.
    pub video: VideoPlan,
    /// The independent pieces that the picture is encoded in.
    pub chunks: Vec<Chunk>,
    /// Sound.
    pub audio: Vec<AudioPlan>,
    /// Subtitles.
    pub subtitles: Vec<SubtitlePlan>,
    /// Chapters, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chapters: Vec<Chapter>,
    /// What their names mark.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub markers: Vec<Marker>,
    /// What sample encodes said about the picture, when the rungs were fitted to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complexity: Option<Complexity>,
    /// What the operator should know: a rate that was changed, a stream that was left out.
    pub notes: Vec<String>,
}

/// A piece of the picture: whole segments, except the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Chunk {
    /// Counted from 0.
    pub index: u32,
    /// Its first frame in the programme.
    pub start_frame: u64,
    /// How many.
    pub frames: u64,
}

/// Makes the plan, or says everything that stands against one.
pub fn plan(source: &Source, settings: impl Into<Settings>) -> Result<Plan, Vec<Refusal>> {
    let settings = settings.into();
    let mut refusals = refusal::refusals(&source.video);
    let ladder = settings.ladder.iter();
    refusals.extend(ladder.flat_map(|ladder| ladder.faults().into_iter().map(refusal::ladder)));
    let rate = rates::published_rate(source.video.frame_rate);
    let (Some((frame_rate, is_exact)), true) = (rate, refusals.is_empty()) else {
        return Err(refusals);
    };
    let mut notes = Vec::new();
    let video = video::plan(&source.video, frame_rate, is_exact, &settings, &mut notes);
    if video.frames == 0 {
        return Err(vec![refusal::no_frames()]);
    }
    let duration_us = (video.frames as f64 * frame_rate.frame_s() * 1e6).round() as u64;
    let audio = audio::plans(&source.audio, duration_us, &mut notes);
    let subtitles = subtitles::plans(&source.subtitles, &mut notes);
    let duration_ms = (video.frames as f64 * frame_rate.frame_s() * 1000.0).round() as u64;
    let chapters = markers::chapters(&source.chapters, duration_ms);
    Ok(Plan {
        schema: SCHEMA,
        preset: settings.preset,
        duration_ms,
        chunks: video::chunks(&video, settings.preset),
        video,
        audio,
        subtitles,
        markers: markers::of_chapters(&chapters, duration_ms),
        chapters,
        complexity: None,
        notes,
    })
}

/// The text itself, or with the lowest number from 2 that nobody has.
fn distinct(text: &str, taken: impl Fn(&str) -> bool) -> String {
    if !taken(text) {
        return text.to_owned();
    }
    (2..=u32::MAX)
        .map(|number| format!("{text}-{number}"))
        .find(|candidate| !taken(candidate))
        .expect("a list has fewer entries than there are numbers")
}

#[cfg(test)]
mod tests;
