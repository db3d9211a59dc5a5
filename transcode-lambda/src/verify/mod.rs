//! Verify: the asset obeys the rules and plays, or it is not publishable. The report stays beside it.

mod decode;
mod place;
mod table;

use std::{fs::File, io::BufReader, path::Path};

use anyhow::{Context, Result};
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use shared::{
    asset::Asset,
    cenc::{ContentKey, Tier, content_key, key_id},
    hls::{
        DrmSystems, Protection, Viewpoint,
        validate::{
            Check, Keys, MediaFile, Presentation, Published, Report, Severity, Verification,
        },
    },
    mp4::Mp4Error,
};

pub use self::{
    place::{Named, Place},
    table::table,
};
use crate::{
    engine::{Engine, Signals, Target},
    failure::NotPublishable,
    package::{Expected, OUTPUT},
    process::processors,
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
#[derive(Clone, Debug, Serialize, Deserialize)]
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

impl Summary {
    fn of(report: Report) -> Self {
        let failed = |severity| report.failures(severity).count();
        Self {
            passed: report.is_publishable(),
            failed_must: failed(Severity::Must),
            failed_should: failed(Severity::Should),
            checks: report.checks,
        }
    }

    /// The broken rules of that weight.
    pub fn broken(&self, severity: Severity) -> impl Iterator<Item = &Check> {
        let broken = self.checks.iter().filter(|check| !check.passed);
        broken.filter(move |check| check.severity == severity)
    }
}

/// Verifies a packaged asset and keeps the report beside it. A broken "must" is a refusal that names every one
/// ([`NotPublishable`]).
pub async fn run(engine: &Engine, target: Target, signals: &Signals) -> Result<VerifyResult> {
    let summary = examine(engine, &Place::of(engine, target), signals).await?;
    let bytes = serde_json::to_vec_pretty(&summary)?;
    engine
        .store
        .put_bytes(bytes, &target.asset_key(REPORT_FILE))
        .await?;
    if summary.passed {
        Ok(VerifyResult { report: summary })
    } else {
        Err(NotPublishable(Box::new(summary)).into())
    }
}

/// Verifies an asset wherever it lies, and writes nothing. As many files are looked at as there are processors: what is held
/// in memory and in the scratch folder is that many tracks'.
pub async fn examine(engine: &Engine, place: &Place, signals: &Signals) -> Result<Summary> {
    signals.stage("verifying", 0.0);
    let folder = engine.scratch.folder()?;
    let asset = place.asset().await?;
    let expected = place.expected().await?;
    let seed = engine.seeds.get(asset.key_seed);
    let seed = seed.context("the asset's key seed is not among CONTENT_KEY_SEEDS")?;
    let content_keys: Vec<ContentKey> = asset
        .key_ids()
        .into_iter()
        .map(|(_, kid)| content_key(seed, kid))
        .collect();
    let mut verification = Verification::new();
    playlists(place, &asset, content_keys.clone(), &mut verification).await?;
    if let Some(board) = &asset.storyboard {
        for file in board.images.iter().chain([&board.vtt]) {
            if !place.holds(file).await? {
                verification.missing(file);
            }
        }
    }
    let decoding = decode::Decoding {
        engine,
        signals,
        folder: folder.path(),
        expected: expected.as_ref(),
        seed,
    };
    let tracks: Vec<Published<'_>> = Published::all(&asset).collect();
    let looks: Vec<_> = tracks
        .iter()
        .map(|track| look(place, &decoding, *track))
        .collect();
    let mut looking = stream::iter(looks).buffered(processors());
    for (at, track) in tracks.iter().enumerate() {
        signals.stage("decoding", at as f64 / tracks.len() as f64 * 100.0);
        let kid = key_id(
            &engine.kid_seed,
            asset.content_id,
            asset.version,
            track.tier(),
        );
        let keys = Keys {
            kid,
            content_keys: &content_keys,
        };
        match looking.try_next().await? {
            Some(Looked::Readable(file, findings)) => {
                verification.media(*track, &file, keys);
                verification.found("115", Severity::Must, findings);
            }
            Some(Looked::Unreadable(error)) => verification.unreadable(*track, &error),
            Some(Looked::Missing) | None => verification.missing(track.media().file),
        }
    }
    drop(looking);
    Ok(Summary::of(verification.report()))
}

/// What a track's file turned out to be.
enum Looked {
    Missing,
    Unreadable(Mp4Error),
    /// With what is wrong with how it decrypts and decodes.
    Readable(MediaFile, Vec<String>),
}

async fn look(
    place: &Place,
    decoding: &decode::Decoding<'_>,
    track: Published<'_>,
) -> Result<Looked> {
    let Some(path) = place.file(track.media().file, decoding.folder).await? else {
        return Ok(Looked::Missing);
    };
    let looked = match read(&path).await? {
        Ok(file) => Looked::Readable(file, decoding.findings(track, &path).await?),
        Err(error) => Looked::Unreadable(error),
    };
    place::forget(&path, decoding.folder)?;
    Ok(looked)
}

/// Verifies a copy before it is stored, in the folder `files`. Every rule is checked and every packet compared, but of the
/// pictures only samples are decoded: nothing was encoded, and the ladder's encoders will decode the whole master soon. A
/// broken "must" is a refusal that names every one ([`NotPublishable`]).
pub async fn copied(
    engine: &Engine,
    asset: &Asset,
    files: &Path,
    expected: &Expected,
    signals: &Signals,
) -> Result<Summary> {
    let seed = engine.seeds.get(asset.key_seed);
    let seed = seed.context("the asset's key seed is not among CONTENT_KEY_SEEDS")?;
    let kids = asset.key_ids().into_iter();
    let content_keys: Vec<ContentKey> = kids.map(|(_, kid)| content_key(seed, kid)).collect();
    let mut verification = Verification::new();
    for viewpoint in viewpoints() {
        verification.playlists(&Presentation {
            content_keys: content_keys.clone(),
            ..Presentation::written(asset, &viewpoint)
        });
    }
    let decoding = decode::Decoding {
        engine,
        signals,
        folder: files,
        expected: Some(expected),
        seed,
    };
    let mut readable = Vec::new();
    for track in Published::all(asset) {
        let (content, version, tier) = (asset.content_id, asset.version, track.tier());
        let keys = Keys {
            kid: key_id(&engine.kid_seed, content, version, tier),
            content_keys: &content_keys,
        };
        let path = files.join(OUTPUT).join(track.media().file);
        match read(&path).await? {
            Ok(file) => {
                verification.media(track, &file, keys);
                readable.push((track, path));
            }
            Err(error) => verification.unreadable(track, &error),
        }
    }
    let sampled = readable
        .iter()
        .map(|(track, path)| decoding.sampled_findings(*track, path));
    for findings in futures::future::join_all(sampled).await {
        verification.found("115", Severity::Must, findings?);
    }
    let summary = Summary::of(verification.report());
    if summary.passed {
        Ok(summary)
    } else {
        Err(NotPublishable(Box::new(summary)).into())
    }
}

/// Reads a track's boxes and samples, or says why it is no media file.
async fn read(path: &Path) -> Result<Result<MediaFile, Mp4Error>> {
    let file = File::open(path).with_context(|| format!("{} can't be opened", path.display()))?;
    let read = move || MediaFile::read(&mut BufReader::new(file));
    match tokio::task::spawn_blocking(read).await? {
        Err(Mp4Error::Io(error)) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            Err(error.into())
        }
        read => Ok(read),
    }
}

/// Every way in which playlists are shown to those who may see everything: all key systems at once (whichever are configured,
/// theirs are among these lines), and the key endpoint of Apple's own player.
fn viewpoints() -> [Viewpoint; 2] {
    let systems = DrmSystems {
        widevine: true,
        playready: true,
        fairplay: true,
    };
    [Protection::Systems(systems), Protection::Identity].map(|protection| Viewpoint {
        protection,
        ..Viewpoint::new(Tier::Uhd)
    })
}

/// The playlists as they will be written, with the keys at hand to prove that none holds one.
async fn playlists(
    place: &Place,
    asset: &Asset,
    content_keys: Vec<ContentKey>,
    verification: &mut Verification,
) -> Result<()> {
    let mut subtitles = Vec::new();
    for track in &asset.subtitles {
        match place.text(&track.file).await? {
            Some(text) => subtitles.push((track.file.clone(), text)),
            None => verification.missing(&track.file),
        }
    }
    for viewpoint in viewpoints() {
        let written = Presentation::written(asset, &viewpoint);
        verification.playlists(&Presentation {
            subtitles: subtitles.clone(),
            content_keys: content_keys.clone(),
            ..written
        });
    }
    Ok(())
}
