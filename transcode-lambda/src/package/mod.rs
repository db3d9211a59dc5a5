//! Package: chunks become CMAF tracks, encrypted `cbcs`; our own index of their boxes becomes `asset.json`, written last.

mod assemble;
mod chapters;
mod cuts;
mod index;
mod packager;
mod scores;
mod storyboard;
mod subtitles;

use std::collections::HashMap;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use shared::{
    asset::{Asset, Marker, SCHEMA, SubtitleTrack, VideoRange},
    cenc::Tier,
    ladder::VideoPlan,
};

pub use self::assemble::Track;
pub(crate) use self::{
    assemble::expected,
    index::{audio as index_audio, video as index_video},
    packager::{Cut, OUTPUT, run as encrypt},
};
use crate::{
    engine::{Engine, Signals, Target},
    failure::Refused,
    store::Stored,
    task::{Output, PackageSpec},
};

/// What a package task answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PackageResult {
    /// The key of `asset.json`.
    pub asset_key: String,
    /// The programme's duration.
    pub duration_ms: u64,
    /// The number of the content key seed.
    pub key_seed: u32,
    /// Everything that was stored.
    pub files: Vec<Stored>,
    /// Video renditions.
    pub renditions: Vec<RenditionSummary>,
    /// Audio renditions.
    pub audio: Vec<AudioSummary>,
    /// Subtitle renditions.
    pub subtitles: Vec<SubtitleTrack>,
    /// The key of the storyboard.
    pub storyboard_vtt: Option<String>,
    /// Keys of poster, thumbnail and hero.
    pub artwork: HashMap<String, String>,
    /// Intro and credits, as chapters mark them or cuts suggest them.
    pub markers: Vec<Marker>,
}

/// A video rendition as it came out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RenditionSummary {
    /// Its id.
    pub id: String,
    /// RFC 6381.
    pub codec: String,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
    /// Frames per second.
    pub frame_rate: String,
    /// Dynamic range.
    pub range: VideoRange,
    /// Key tier.
    pub tier: Tier,
    /// Measured.
    pub average_bps: u64,
    /// Measured.
    pub peak_bps: u64,
    /// VMAF, 0 to 100, when it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vmaf: Option<f64>,
}

/// An audio rendition as it came out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AudioSummary {
    /// Its id.
    pub id: String,
    /// BCP 47.
    pub language: String,
    /// What the menu shows.
    pub name: String,
    /// RFC 6381.
    pub codec: String,
    /// Channels.
    pub channels: String,
    /// Measured.
    pub average_bps: u64,
}

/// What verification compares with: hashes of the packets as the encoders made them. Kept beside the chunks.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Expected {
    /// Per rendition id: MD5 of all packets.
    pub packets: HashMap<String, String>,
    /// Per video rendition id: frames.
    pub frames: HashMap<String, u64>,
    /// Frames of a GOP, for checking boundaries.
    pub gop_frames: u32,
    /// Every picture was decoded where it was encoded: if nothing changed since, it can be decoded.
    #[serde(default)]
    pub decoded: bool,
}

/// The file of [`Expected`] in the job's folder.
pub const EXPECTED_FILE: &str = "expected.json";

/// The description's file: written last, so what has none was never finished.
pub const ASSET_FILE: &str = "asset.json";

/// Packages an asset.
pub async fn run(
    engine: &Engine,
    target: Target,
    spec: &PackageSpec,
    signals: &Signals,
) -> Result<PackageResult> {
    let plan = &spec.plan;
    let outputs: Vec<&Output> = spec.outputs.iter().flat_map(|made| &made.outputs).collect();
    let folder = engine.scratch.folder()?;
    signals.stage("assembling", 0.0);
    let assembly = assemble::Assembly {
        engine,
        signals,
        folder: folder.path(),
        plan,
    };
    let tracks = assembly.tracks(spec).await?;
    let expected = expected(
        engine,
        signals,
        folder.path(),
        &tracks,
        plan.video.gop_frames,
    )
    .await?;
    signals.stage("packaging", 40.0);
    let cut = Cut::of_ladder(&plan.video);
    encrypt(engine, target, folder.path(), &cut, &tracks, signals).await?;
    signals.stage("indexing", 60.0);
    let mut files = Vec::new();
    let storyboard = storyboard::make(engine, folder.path(), plan, signals).await?;
    let markers = cuts::markers(engine, folder.path(), plan, &tracks, signals).await?;
    files.extend(chapters::publish(engine, target, plan).await?);
    let subtitles = subtitles::publish(engine, target, plan, &outputs, &mut files).await?;
    let mut asset = Asset {
        schema: SCHEMA,
        content_id: target.content,
        version: target.version,
        key_seed: engine.seeds.current().number(),
        duration_ms: plan.duration_ms,
        is_copy: false,
        video: index::video(folder.path(), &tracks, Track::is_picture)?,
        trick: index::video(folder.path(), &tracks, Track::is_trick)?,
        audio: index::audio(folder.path(), &tracks, &plan.audio, &outputs)?,
        subtitles,
        storyboard: Some(storyboard),
        artwork: spec
            .outputs
            .iter()
            .flat_map(|made| made.candidates.clone())
            .collect(),
        chapters: plan.chapters.clone(),
        markers,
        credits_start_ms: None,
        intro: None,
    };
    asset
        .video
        .sort_by_key(|track| (track.range, track.average_bps));
    scores::apply(&scores::read(engine, spec).await?, &mut asset.video);
    check_timeline(&asset, &plan.video)?;
    signals.stage("uploading", 70.0);
    files.extend(upload(engine, target, folder.path(), &asset).await?);
    let expected = serde_json::to_vec(&expected)?;
    files.push(describe(engine, target, expected, &asset).await?);
    Ok(result(target, &asset, files, &outputs))
}

/// Writes what verification compares with, then the description.
async fn describe(
    engine: &Engine,
    target: Target,
    expected: Vec<u8>,
    asset: &Asset,
) -> Result<Stored> {
    let store = &engine.store;
    store
        .put_bytes(expected, &target.work_key(EXPECTED_FILE))
        .await?;
    store
        .put_bytes(serde_json::to_vec(asset)?, &target.asset_key(ASSET_FILE))
        .await
}

/// Every track lasts exactly as long as the plan says: a rounding in a container would show here, not on a viewer's screen.
fn check_timeline(asset: &Asset, video: &VideoPlan) -> Result<()> {
    for track in asset.video.iter().chain(&asset.trick) {
        let ticks: u64 = track.segments.iter().map(|segment| segment.duration).sum();
        let per_frame = u64::from(track.timescale) * u64::from(video.frame_rate.den)
            / u64::from(video.frame_rate.num);
        anyhow::ensure!(
            ticks == per_frame * video.frames,
            "{} lasts {ticks} ticks instead of {}",
            track.id,
            per_frame * video.frames
        );
    }
    Ok(())
}

async fn upload(
    engine: &Engine,
    target: Target,
    folder: &std::path::Path,
    asset: &Asset,
) -> Result<Vec<Stored>> {
    let storyboard = asset.storyboard.as_ref().context("a storyboard was made")?;
    let names = asset
        .video
        .iter()
        .chain(&asset.trick)
        .map(|track| &track.file)
        .chain(asset.audio.iter().map(|track| &track.file))
        .chain(&storyboard.images)
        .chain([&storyboard.vtt]);
    let mut files = Vec::new();
    for name in names {
        let path = folder.join(OUTPUT).join(name);
        files.push(
            engine
                .store
                .put_file(&path, &target.asset_key(name))
                .await?,
        );
    }
    Ok(files)
}

fn result(target: Target, asset: &Asset, files: Vec<Stored>, outputs: &[&Output]) -> PackageResult {
    let artwork = ["poster", "thumb", "hero"].into_iter().filter_map(|name| {
        let found = outputs.iter().find(|output| output.rendition == name)?;
        Some((name.to_owned(), found.stored.key.clone()))
    });
    PackageResult {
        asset_key: target.asset_key(ASSET_FILE),
        duration_ms: asset.duration_ms,
        key_seed: asset.key_seed,
        files,
        renditions: asset
            .video
            .iter()
            .map(|track| RenditionSummary {
                id: track.id.clone(),
                codec: track.codec.clone(),
                width: track.width,
                height: track.height,
                frame_rate: track.frame_rate.to_string(),
                range: track.range,
                tier: track.tier,
                average_bps: track.average_bps,
                peak_bps: track.peak_bps,
                vmaf: track.score,
            })
            .collect(),
        audio: asset
            .audio
            .iter()
            .map(|track| AudioSummary {
                id: track.id.clone(),
                language: track.language.clone(),
                name: track.name.clone(),
                codec: track.codec.clone(),
                channels: track.channels.clone(),
                average_bps: track.average_bps,
            })
            .collect(),
        subtitles: asset.subtitles.clone(),
        storyboard_vtt: asset
            .storyboard
            .as_ref()
            .map(|board| target.asset_key(&board.vtt)),
        artwork: artwork.collect(),
        markers: asset.markers.clone(),
    }
}

/// A task's output is not in the job's list: origin and worker disagree, and trying again won't help.
fn missing(rendition: &str) -> anyhow::Error {
    Refused::because(
        "output_missing",
        format!("No task made {rendition}."),
        "Start the job again.",
    )
    .into()
}
