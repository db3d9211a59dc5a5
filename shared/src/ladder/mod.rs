//! The plan of a title: which renditions a master becomes, in which chunks, with which settings. Pure: the same source and
//! preset give the same plan anywhere, so that chunks encoded on different machines fit together.

mod complexity;
mod custom;
mod file;
mod language;
mod rates;
mod refusal;
mod rungs;
mod settings;
mod size;
mod source;
mod tables;
mod video;

pub use complexity::{Complexity, ComplexitySample, REFERENCE_CRF, SamplePlace};
pub use custom::{Fault, Ladder, LadderRung};
pub use language::language;
pub use refusal::Refusal;
pub use rungs::{Codec, Rung};
use serde::{Deserialize, Serialize};
pub use settings::{Preset, Settings, UnknownPreset};
pub use source::{DolbyVision, HdrMetadata, Source, SourceAudio, SourceSubtitles, SourceVideo};
pub use video::{QualityPlan, TrickPlan, VideoPlan};

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

/// An audio rendition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AudioPlan {
    /// The rendition's id: `a-en-aac2`.
    pub id: String,
    /// The group it belongs to.
    pub group: String,
    /// The stream's index in the container.
    pub stream: u32,
    /// BCP 47.
    pub language: String,
    /// What the menu shows.
    pub name: String,
    /// Channels of the rendition.
    pub channels: u32,
    /// Bit rate.
    pub kbps: u32,
    /// Chosen when the viewer expressed no preference.
    pub default: bool,
    /// Describes the picture.
    pub describes_video: bool,
}

/// A subtitle rendition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubtitlePlan {
    /// The rendition's id: `s-en`.
    pub id: String,
    /// The stream's index in the container; `None` for a sidecar.
    pub stream: Option<u32>,
    /// The sidecar's object key.
    pub key: Option<String>,
    /// BCP 47.
    pub language: String,
    /// What the menu shows.
    pub name: String,
    /// Only what must always be shown.
    pub forced: bool,
    /// Also describes sound.
    pub sdh: bool,
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
    let audio = audio_plans(&source.audio, &mut notes);
    let subtitles = subtitle_plans(&source.subtitles, &mut notes);
    Ok(Plan {
        schema: SCHEMA,
        preset: settings.preset,
        duration_ms: (video.frames as f64 * frame_rate.frame_s() * 1000.0).round() as u64,
        chunks: video::chunks(&video, settings.preset),
        video,
        audio,
        subtitles,
        complexity: None,
        notes,
    })
}

fn audio_plans(streams: &[SourceAudio], notes: &mut Vec<String>) -> Vec<AudioPlan> {
    let default = streams
        .iter()
        .position(|stream| stream.is_default && !stream.describes_video);
    let mut plans: Vec<AudioPlan> = Vec::new();
    for (place, stream) in streams.iter().enumerate() {
        if stream.channels == 0 {
            notes.push(format!(
                "Audio stream {} has no channels and was left out.",
                stream.stream
            ));
            continue;
        }
        let (tag, language_name) = language(stream.language.as_deref());
        let name = match (&stream.title, stream.describes_video) {
            (Some(title), _) if !title.trim().is_empty() => title.trim().to_owned(),
            (_, true) => format!("{language_name} (audio description)"),
            (_, false) => language_name,
        };
        let kind = if stream.describes_video { "-ad" } else { "" };
        let taken = |id: &str| plans.iter().any(|plan| plan.id == id);
        let id = distinct(&format!("a-{tag}{kind}-aac2"), taken);
        let named = |name: &str| plans.iter().any(|plan| plan.name == name);
        plans.push(AudioPlan {
            name: distinct(&name, named),
            id,
            group: "aac2".to_owned(),
            stream: stream.stream,
            language: tag,
            channels: 2,
            kbps: 128,
            default: place == default.unwrap_or(0),
            describes_video: stream.describes_video,
        });
    }
    plans
}

fn subtitle_plans(streams: &[SourceSubtitles], notes: &mut Vec<String>) -> Vec<SubtitlePlan> {
    let mut plans: Vec<SubtitlePlan> = Vec::new();
    for stream in streams {
        let (tag, mut name) = language(stream.language.as_deref());
        if !stream.is_text {
            notes.push(format!(
                "The {name} subtitles are pictures, not text, and were left out."
            ));
            continue;
        }
        let mut id = format!("s-{tag}");
        if stream.is_forced {
            id.push_str("-forced");
            name.push_str(" (forced)");
        }
        if stream.is_sdh {
            id.push_str("-sdh");
            name.push_str(" (SDH)");
        }
        plans.push(SubtitlePlan {
            id: distinct(&id, |id| plans.iter().any(|plan| plan.id == id)),
            name: distinct(&name, |name| plans.iter().any(|plan| plan.name == name)),
            stream: stream.stream,
            key: stream.key.clone(),
            language: tag,
            forced: stream.is_forced,
            sdh: stream.is_sdh,
        });
    }
    plans
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
