//! Tasks as origin hands them out: what each kind is told and what it answers. All JSON is camelCase.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::{
    asset::ArtworkCandidate,
    ids::{AssetVersion, ContentId, JobId, TaskId},
    ladder::{AudioPlan, Chunk, Ladder, Plan, Preset, Settings, SubtitlePlan, VideoPlan},
};

use crate::{
    audio, copy, encode,
    engine::{Engine, Signals, Target},
    failure::Refused,
    images, package, probe,
    store::Stored,
    subtitles, verify,
};

/// A leased task.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// The job it belongs to.
    pub job_id: JobId,
    /// The title.
    pub content_id: ContentId,
    /// The version that is being made.
    pub version: AssetVersion,
    /// Which attempt this is: a fencing token.
    pub attempt: u32,
    /// How long the lease lasts without a heartbeat.
    pub lease_s: u64,
    /// What to do.
    pub kind: String,
    /// What to do it with.
    pub spec: Value,
}

/// What `probe` is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProbeSpec {
    /// The master's object key.
    pub master_key: String,
    /// What the operator called it.
    #[serde(default)]
    pub filename: String,
    /// What its bytes must hash to.
    #[serde(default)]
    pub sha256: Option<String>,
    /// How much time it is worth; the worker's own setting when origin doesn't say.
    #[serde(default)]
    pub preset: Option<Preset>,
    /// AV1 renditions as well; the worker's own setting likewise.
    #[serde(default)]
    pub av1: Option<bool>,
    /// A ladder instead of Apple's; the worker's own likewise.
    #[serde(default)]
    pub ladder: Option<Ladder>,
    /// What is known of the master already: why it could not be copied.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Subtitles that came as files of their own.
    #[serde(default)]
    pub sidecars: Vec<Sidecar>,
}

impl ProbeSpec {
    /// What the plan is made from: what origin said, else the worker's own settings.
    pub fn settings(&self, own: &Settings) -> Settings {
        Settings {
            preset: self.preset.unwrap_or(own.preset),
            av1: self.av1.unwrap_or(own.av1),
            ladder: self.ladder.clone().or_else(|| own.ladder.clone()),
        }
    }
}

/// A subtitle file beside the master.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sidecar {
    /// Its object key.
    pub key: String,
    /// What the operator called it: `film.en.srt` names the language.
    #[serde(default)]
    pub filename: String,
    /// The language, when it is known.
    #[serde(default)]
    pub language: Option<String>,
    /// Only what must always be shown.
    #[serde(default)]
    pub forced: bool,
    /// Also describes sound.
    #[serde(default)]
    pub sdh: bool,
}

impl Sidecar {
    /// A file whose name says everything else.
    pub fn delivered(key: String) -> Self {
        let filename = key.rsplit('/').next().unwrap_or_default().to_owned();
        Self {
            key,
            filename,
            language: None,
            forced: false,
            sdh: false,
        }
    }
}

/// What `copy` is told: what `probe` is, as that follows when the master can't be copied.
pub type CopySpec = ProbeSpec;

/// What `encode` is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EncodeSpec {
    /// The master's object key.
    pub master_key: String,
    /// How to decode and encode: with the rungs of one band.
    pub video: VideoPlan,
    /// Which frames.
    pub chunk: Chunk,
    /// How many chunks there are.
    pub chunks: usize,
    /// The band, 0 for the lowest. That one makes the trick-play rendition as well.
    #[serde(default)]
    pub band: u8,
}

impl EncodeSpec {
    /// Whether it makes the trick-play rendition.
    pub fn has_trick(&self) -> bool {
        self.band == 0
    }

    /// What people call it: `chunk 3`, or `chunk 3, PQ up to 2160p` above the lowest band.
    pub fn label(&self) -> String {
        let index = self.chunk.index;
        let highest = self
            .video
            .rungs
            .iter()
            .max_by_key(|rung| rung.width.min(rung.height));
        match highest {
            Some(highest) if self.band > 0 => {
                let lines = highest.width.min(highest.height);
                format!("chunk {index}, {} up to {lines}p", highest.range)
            }
            _ => format!("chunk {index}"),
        }
    }
}

/// What `audio` is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AudioSpec {
    /// The master's object key.
    pub master_key: String,
    /// Which stream becomes what.
    pub track: AudioPlan,
    /// The picture's exact duration: the sound is cut or padded to it.
    pub duration_us: u64,
    /// How far the source's frames are from the frame grid, microseconds: the sound moves with the picture.
    #[serde(default)]
    pub phase_us: i64,
}

/// What `subtitles` is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubtitlesSpec {
    /// The master's object key.
    pub master_key: String,
    /// Which stream or file becomes what.
    pub track: SubtitlePlan,
    /// The programme's duration.
    pub duration_ms: u64,
    /// How far the source's frames are from the frame grid, microseconds: cues move with the picture.
    #[serde(default)]
    pub phase_us: i64,
}

/// What `images` is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImagesSpec {
    /// The master's object key.
    pub master_key: String,
    /// How to decode.
    pub video: VideoPlan,
}

/// What `package` is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PackageSpec {
    /// The plan.
    pub plan: Plan,
    /// The results of all tasks that followed from the probe, in any order.
    pub outputs: Vec<Made>,
}

/// What `encode`, `audio`, `subtitles` and `images` answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Made {
    /// The task's kind.
    pub kind: String,
    /// Which chunk, in `encode`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunk: Option<u32>,
    /// What was stored.
    pub outputs: Vec<Output>,
    /// It was all there already.
    pub reused: bool,
    /// What the operator should know: what was repaired, what was guessed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The frames that pictures were cut from, best first, in `images`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<ArtworkCandidate>,
}

/// One stored file of a rendition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// The rendition's id, or what the picture is for.
    pub rendition: String,
    /// Where it is.
    #[serde(flatten)]
    pub stored: Stored,
    /// Frames, in `encode`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frames: Option<u64>,
    /// Integrated loudness, in `audio`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loudness_lufs: Option<f64>,
}

/// A task that follows from a probe.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FollowUp {
    /// Its kind.
    pub kind: String,
    /// What it is told.
    pub spec: Value,
    /// When its turn comes.
    #[serde(flatten)]
    pub turn: Turn,
}

/// What decides a task's turn in the queue, and what it is expected to take. Without it, a task is about the whole film.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Turn {
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Where in the film begins what it makes: the earlier, the more urgent.
    pub start_ms: u64,
    /// The band of rungs that it makes, 0 for the lowest: the lower, the more urgent.
    pub band: u8,
    /// How many frames it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frames: Option<u64>,
    /// Seconds of one processor that it is expected to take; 0 when nobody knows.
    pub expected_s: f64,
}

impl FollowUp {
    /// A follow-up of that kind.
    pub fn new(kind: &str, spec: &impl Serialize) -> Result<Self> {
        Ok(Self {
            kind: kind.to_owned(),
            spec: serde_json::to_value(spec)?,
            turn: Turn::default(),
        })
    }

    /// With what people call it.
    #[must_use]
    pub fn labelled(mut self, label: impl Into<String>) -> Self {
        self.turn.label = Some(label.into());
        self
    }

    /// With its place in the film and what it is expected to take.
    #[must_use]
    pub fn of_chunk(mut self, encode: &EncodeSpec) -> Self {
        let EncodeSpec {
            video, chunk, band, ..
        } = encode;
        self.turn.start_ms = video.time_ms(chunk.start_frame);
        self.turn.frames = Some(chunk.frames);
        self.turn.expected_s = video.effort_s(chunk.frames);
        self.turn.band = *band;
        self.labelled(encode.label())
    }
}

/// Every kind, in the order of a job.
pub const KINDS: [&str; 8] = [
    "copy",
    "probe",
    "encode",
    "audio",
    "images",
    "subtitles",
    "package",
    "verify",
];

impl Task {
    /// Whose asset it works on.
    pub fn target(&self) -> Target {
        Target {
            job: self.job_id,
            content: self.content_id,
            version: self.version,
        }
    }
}

/// Does a task and returns its result.
pub async fn run(engine: &Engine, task: &Task, signals: &Signals) -> Result<Value> {
    let target = task.target();
    let spec = &task.spec;
    match task.kind.as_str() {
        "copy" => answer(&copy::run(engine, target, &told(spec)?, signals).await?),
        "probe" => answer(&probe::run(engine, target, &told(spec)?, signals).await?),
        "encode" => answer(&encode::run(engine, target, &told(spec)?, signals).await?),
        "audio" => answer(&audio::run(engine, target, &told(spec)?, signals).await?),
        "images" => answer(&images::run(engine, target, &told(spec)?, signals).await?),
        "subtitles" => answer(&subtitles::run(engine, target, &told(spec)?, signals).await?),
        "package" => answer(&package::run(engine, target, &told(spec)?, signals).await?),
        "verify" => answer(&verify::run(engine, target, signals).await?),
        other => Err(Refused::because(
            "task_unknown",
            format!("This worker knows no task of kind {other}."),
            "Update the worker to the version of origin.",
        )
        .into()),
    }
}

fn answer(result: &impl Serialize) -> Result<Value> {
    serde_json::to_value(result).context("a result has a JSON form")
}

fn told<T: for<'de> Deserialize<'de>>(spec: &Value) -> Result<T> {
    T::deserialize(spec).map_err(|error| {
        Refused::because(
            "spec_invalid",
            format!("The task's description can't be read: {error}."),
            "Update the worker to the version of origin, then start the job again.",
        )
        .into()
    })
}
