//! Verify: the asset obeys the rules and plays, or it is not publishable. The report stays beside it.

mod boxes;
mod decode;

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Serialize;
use shared::{
    asset::{Asset, ByteRange, Segment},
    cenc::{ConstantIv, KeyId, Tier, content_key, key_id},
    hls::{
        Viewpoint,
        validate::{Check, Presentation, Report, Severity, validate},
    },
    ladder::Refusal,
    mp4::{self, Index},
};

use crate::{
    engine::{Engine, Signals, Target},
    failure::Refused,
    package::{ASSET_FILE, EXPECTED_FILE, Expected},
};

/// The report's file.
pub const REPORT_FILE: &str = "verify.json";

/// What a verify task answers.
#[derive(Clone, Debug, Serialize)]
pub struct VerifyResult {
    /// What was checked.
    pub report: Summary,
}

/// The report with its verdict in front.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// No "must" is broken.
    pub passed: bool,
    /// Broken "must" rules.
    pub failed_must: usize,
    /// Broken "should" rules.
    pub failed_should: usize,
    /// Every check.
    pub checks: Vec<Check>,
}

/// A published track, with the file and its boxes.
struct Media {
    id: String,
    is_video: bool,
    is_trick: bool,
    tier: Tier,
    kid: Option<KeyId>,
    iv: Option<ConstantIv>,
    timescale: u32,
    init: ByteRange,
    segments: Vec<Segment>,
    path: PathBuf,
    boxes: Index,
}

/// Verifies a packaged asset. A broken "must" is a refusal that names every one.
pub async fn run(engine: &Engine, target: Target, signals: &Signals) -> Result<VerifyResult> {
    signals.stage("verifying", 0.0);
    let folder = engine.scratch.folder()?;
    let asset = read_asset(engine, target).await?;
    let media = open_media(engine, target, &asset, folder.path()).await?;
    let mut report = validate(&presentation(engine, target, &asset).await?);
    report.checks.extend(boxes::checks(&media, |tier| {
        key_id(&engine.kid_seed, target.content, target.version, tier)
    }));
    let expected = read_expected(engine, target).await?;
    let decoding = decode::Decoding {
        engine,
        signals,
        folder: folder.path(),
        expected: expected.as_ref(),
        seed: engine
            .seeds
            .get(asset.key_seed)
            .context("the asset's key seed is not among CONTENT_KEY_SEEDS")?,
    };
    report.checks.extend(decoding.checks(&media).await?);
    let summary = summary(report);
    let bytes = serde_json::to_vec_pretty(&summary)?;
    engine
        .store
        .put_bytes(bytes, &target.asset_key(REPORT_FILE))
        .await?;
    if !summary.passed {
        return Err(refusal(&summary).into());
    }
    Ok(VerifyResult { report: summary })
}

async fn read_asset(engine: &Engine, target: Target) -> Result<Asset> {
    let key = target.asset_key(ASSET_FILE);
    if engine.store.find_size(&key).await?.is_none() {
        return Err(Refused::because(
            "asset_missing",
            "The asset has no description: it was never packaged.",
            "Start the job again.",
        )
        .into());
    }
    let bytes = engine.store.read(&key).await?;
    serde_json::from_slice(&bytes).context("asset.json can't be read")
}

async fn read_expected(engine: &Engine, target: Target) -> Result<Option<Expected>> {
    let key = target.work_key(EXPECTED_FILE);
    if engine.store.find_size(&key).await?.is_none() {
        return Ok(None); // the job's folder has expired; everything else can still be checked
    }
    let bytes = engine.store.read(&key).await?;
    Ok(Some(serde_json::from_slice(&bytes)?))
}

/// What the best viewer sees, with the keys at hand to prove that no playlist holds one.
async fn presentation<'a>(
    engine: &Engine,
    target: Target,
    asset: &'a Asset,
) -> Result<Presentation<'a>> {
    let mut presentation = Presentation::written(asset, &Viewpoint::new(Tier::Uhd));
    for track in &asset.subtitles {
        let bytes = engine.store.read(&target.asset_key(&track.file)).await?;
        let text = String::from_utf8(bytes.to_vec()).context("a subtitle file is not UTF-8")?;
        presentation.subtitles.push((track.file.clone(), text));
    }
    let seed = engine.seeds.get(asset.key_seed);
    let seed = seed.context("the asset's key seed is not among CONTENT_KEY_SEEDS")?;
    let keys = asset
        .key_ids()
        .into_iter()
        .map(|(_, kid)| content_key(seed, kid));
    presentation.content_keys = keys.collect();
    Ok(presentation)
}

async fn open_media(
    engine: &Engine,
    target: Target,
    asset: &Asset,
    folder: &std::path::Path,
) -> Result<Vec<Media>> {
    let pictures = asset.video.iter().map(|track| (track, false));
    let tricks = asset.trick.iter().map(|track| (track, true));
    let mut wanted = Vec::new();
    for (track, is_trick) in pictures.chain(tricks) {
        wanted.push((track.media(), track.tier, track.iv, true, is_trick));
    }
    for track in &asset.audio {
        wanted.push((track.media(), Tier::Audio, track.iv, false, false));
    }
    let mut media = Vec::new();
    for (track, tier, iv, is_video, is_trick) in wanted {
        let path = engine
            .store
            .local_file(&target.asset_key(track.file), folder)
            .await?;
        let file =
            std::fs::File::open(&path).with_context(|| format!("{} is missing", track.file))?;
        media.push(Media {
            id: track.id.to_owned(),
            is_video,
            is_trick,
            tier,
            kid: track.kid,
            iv,
            timescale: track.timescale,
            init: track.init,
            segments: track.segments.to_vec(),
            boxes: mp4::index(&mut std::io::BufReader::new(file))?,
            path,
        });
    }
    Ok(media)
}

fn summary(report: Report) -> Summary {
    let failed = |severity| report.failures(severity).count();
    Summary {
        passed: report.is_publishable(),
        failed_must: failed(Severity::Must),
        failed_should: failed(Severity::Should),
        checks: report.checks,
    }
}

fn refusal(summary: &Summary) -> Refused {
    let broken = summary.checks.iter();
    let broken = broken.filter(|check| !check.passed && check.severity == Severity::Must);
    let reason = |check: &Check| {
        let first = check.findings.first().map_or("", String::as_str);
        Refusal::new(
            &format!("verify_{}", check.rule),
            format!(
                "The asset breaks rule {} ({}): {first}.",
                check.rule, check.name
            ),
            "Read verify.json; if the master is fine, this is a bug of the pipeline.",
        )
    };
    Refused(broken.map(reason).collect())
}
