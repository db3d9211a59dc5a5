//! Copy first: the streams of a conforming master become a version of the title within seconds, without encoding. One task
//! from a glance at the master to a verified asset; what can't be copied is no failure, but the ladder's turn.

mod remux;

use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;
use shared::{
    asset::{Asset, SCHEMA},
    ladder::{self, CopiedAudio, CopyPlan, Refusal},
};

use crate::{
    engine::{Engine, Signals, Target},
    failure::{Cancelled, NotPublishable, Refused},
    package::{self, ASSET_FILE, Cut, Track},
    probe::{Master, Probe},
    task::CopySpec,
    verify::{self, REPORT_FILE, Summary},
};

/// What a copy task answers.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CopyResult {
    /// How the master was copied; `None` when it was not.
    pub plan: Option<CopyPlan>,
    /// What the verification of the copy checked.
    pub report: Option<Summary>,
    /// What stands against a copy.
    pub obstacles: Vec<Refusal>,
}

/// Copies a master, when that is possible.
pub async fn run(
    engine: &Engine,
    target: Target,
    spec: &CopySpec,
    signals: &Signals,
) -> Result<CopyResult> {
    match copy(engine, target, spec, signals).await {
        Ok((plan, report)) => Ok(CopyResult {
            plan: Some(plan),
            report: Some(report),
            obstacles: Vec::new(),
        }),
        Err(error) => declined(error),
    }
}

/// A master that the tools choke on, or a copy that breaks a rule, is left to the ladder, whose probe says what is wrong. A
/// store that is down or a worker that stops says nothing about the master: those are tried again.
fn declined(error: anyhow::Error) -> Result<CopyResult> {
    let says_nothing = error.is::<Cancelled>()
        || error
            .chain()
            .any(|cause| cause.is::<object_store::Error>() || cause.is::<std::io::Error>());
    let obstacles = if let Some(Refused { reasons, .. }) = error.downcast_ref() {
        reasons.clone()
    } else if let Some(broken) = error.downcast_ref::<NotPublishable>() {
        broken.reasons()
    } else if says_nothing {
        return Err(error);
    } else {
        tracing::info!(error = format!("{error:#}"), "a master could not be copied");
        vec![Refusal::new(
            "copy_failed",
            "The master can't be copied: its streams don't go into MP4 as they are.",
            "Nothing: the encoded ladder is the first version.",
        )]
    };
    Ok(CopyResult {
        plan: None,
        report: None,
        obstacles,
    })
}

async fn copy(
    engine: &Engine,
    target: Target,
    spec: &CopySpec,
    signals: &Signals,
) -> Result<(CopyPlan, Summary)> {
    signals.stage("looking", 0.0);
    let master = Master::stored(&engine.store, &spec.master_key).await?;
    let probe = Probe::new(&engine.tools, &master, &signals.cancel);
    let (source, timeline) = probe.skim().await?;
    let input = engine.store.readable(&spec.master_key).await?;
    let plan = ladder::copy(&source, &timeline).map_err(Refused::new)?;
    let folder = engine.scratch.folder()?;
    signals.stage("copying", 20.0);
    let remuxed = remux::Remux {
        engine,
        signals,
        folder: folder.path(),
        input: &input,
    };
    let tracks = remuxed.tracks(&plan).await?;
    signals.stage("packaging", 40.0);
    let cut = Cut::of_copy(&plan.video);
    let (packaged, expected) = tokio::join!(
        package::encrypt(engine, target, folder.path(), &cut, &tracks, signals),
        package::expected(engine, signals, folder.path(), &tracks, 0),
    );
    packaged?;
    let asset = describe(engine, target, &plan, folder.path(), &tracks)?;
    signals.stage("verifying", 60.0);
    let report = verify::copied(engine, &asset, folder.path(), &expected?, signals).await?;
    signals.stage("uploading", 90.0);
    store(engine, target, folder.path(), &asset, &report).await?;
    Ok((plan, report))
}

/// What was really packaged, read from its boxes.
fn describe(
    engine: &Engine,
    target: Target,
    plan: &CopyPlan,
    folder: &Path,
    tracks: &[Track],
) -> Result<Asset> {
    let audio: Vec<_> = plan.audio.iter().map(CopiedAudio::planned).collect();
    Ok(Asset {
        schema: SCHEMA,
        content_id: target.content,
        version: target.version,
        key_seed: engine.seeds.current().number(),
        duration_ms: plan.duration_ms,
        is_copy: true,
        video: package::index_video(folder, tracks, Track::is_picture)?,
        trick: Vec::new(),
        audio: package::index_audio(folder, tracks, &audio, &[])?,
        subtitles: Vec::new(),
        storyboard: None,
        artwork: Vec::new(),
        chapters: Vec::new(),
        markers: Vec::new(),
        credits_start_ms: None,
        intro: None,
    })
}

/// Media first, the description last: what has none was never finished.
async fn store(
    engine: &Engine,
    target: Target,
    folder: &Path,
    asset: &Asset,
    report: &Summary,
) -> Result<()> {
    let files = asset.video.iter().map(|track| &track.file);
    for file in files.chain(asset.audio.iter().map(|track| &track.file)) {
        let path = folder.join(package::OUTPUT).join(file);
        engine
            .store
            .move_file(&path, &target.asset_key(file))
            .await?;
    }
    let report = serde_json::to_vec_pretty(report)?;
    let key = target.asset_key(REPORT_FILE);
    engine.store.put_bytes(report, &key).await?;
    let described = serde_json::to_vec(asset).context("an asset has a JSON form")?;
    let key = target.asset_key(ASSET_FILE);
    engine.store.put_bytes(described, &key).await?;
    Ok(())
}
