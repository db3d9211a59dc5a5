//! Shaka Packager: CMAF in one file per track, encrypted `cbcs` with one key per tier.

use std::{fmt::Write as _, fs, io::Write as _, os::unix::fs::OpenOptionsExt, path::Path};

use anyhow::Result;
use shared::{
    cenc::{Tier, constant_iv, content_key, key_id},
    ladder::{CopiedVideo, VideoPlan},
};
use zeroize::Zeroizing;

use super::Track;
use crate::{
    engine::{Engine, Signals, Target},
    process::{Invocation, Limits},
};

/// The folder of the published files within the scratch folder.
pub(crate) const OUTPUT: &str = "out";

/// A flag file that only we can read: keys in arguments would stand in the process list.
const KEY_FILE: &str = "keys.flags";

/// Where tracks are cut. The packager ends a segment or a fragment with the first key frame on or after its grid
/// (HLS.md 2.7).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    segment_s: f64,
    fragment_s: f64,
    trick_s: f64,
    /// Sound has fragments of its own, of [`SOUND_S`].
    is_sound_apart: bool,
}

/// A fragment of sound beside pictures whose groups follow no grid.
const SOUND_S: f64 = 2.0;

impl Cut {
    /// A fragment is a GOP; in the trick-play track every frame is one (rule 105).
    pub(crate) fn of_ladder(video: &VideoPlan) -> Self {
        let seconds = |frames: u32| f64::from(frames) * video.frame_rate.frame_s();
        Self {
            segment_s: seconds(video.segment_frames),
            fragment_s: seconds(video.gop_frames),
            trick_s: seconds(video.trick.interval_frames),
            is_sound_apart: false,
        }
    }

    /// A fragment is a GOP, however long the master's are: on a grid finer than any frame, each key frame begins one.
    pub(crate) fn of_copy(video: &CopiedVideo) -> Self {
        Self {
            segment_s: video.segment_frames as f64 * video.frame_rate.frame_s(),
            fragment_s: 0.001,
            trick_s: 0.001,
            is_sound_apart: true,
        }
    }
}

pub(crate) async fn run(
    engine: &Engine,
    target: Target,
    folder: &Path,
    cut: &Cut,
    tracks: &[Track],
    signals: &Signals,
) -> Result<()> {
    fs::create_dir_all(folder.join(OUTPUT))?;
    let key_path = folder.join(KEY_FILE);
    write_keys(engine, target, tracks, &key_path)?;
    let packaging = Packaging {
        engine,
        folder,
        segment_s: cut.segment_s,
        signals,
        key_path: &key_path,
    };
    let (trick, others): (Vec<_>, Vec<_>) = tracks.iter().partition(|track| track.is_trick());
    let run = async {
        if cut.is_sound_apart {
            let (sound, pictures): (Vec<_>, Vec<_>) =
                others.into_iter().partition(|track| track.is_sound());
            tokio::try_join!(
                packaging.package(&pictures, cut.fragment_s),
                packaging.package(&sound, SOUND_S),
            )?;
        } else {
            packaging.package(&others, cut.fragment_s).await?;
        }
        packaging.package(&trick, cut.trick_s).await
    };
    let ran = run.await;
    fs::remove_file(&key_path)?;
    ran
}

struct Packaging<'a> {
    engine: &'a Engine,
    folder: &'a Path,
    segment_s: f64,
    signals: &'a Signals,
    key_path: &'a Path,
}

impl Packaging<'_> {
    async fn package(&self, tracks: &[&Track], fragment_s: f64) -> Result<()> {
        if tracks.is_empty() {
            return Ok(());
        }
        let seconds = |seconds: f64| format!("{seconds:.6}");
        let streams = tracks.iter().map(|track| {
            let kind = if track.is_sound() { "audio" } else { "video" };
            format!(
                "in={},stream={kind},output={OUTPUT}/{}.mp4,drm_label={}",
                track.path.display(),
                track.id,
                track.tier
            )
        });
        Invocation::new(&self.engine.tools.packager, self.folder, Limits::FILM)
            .args(streams)
            .arg(format!("--flagfile={}", self.key_path.display()))
            // On a fixed grid, so an exact multiple of the GOP (HLS.md 2.7).
            .args(["--segment_duration", &seconds(self.segment_s)])
            .args(["--fragment_duration", &seconds(fragment_s)])
            .args(["--protection_scheme", "cbcs", "--clear_lead", "0"])
            .args([
                "--use_fake_clock_for_muxer",
                "--mp4_include_pssh_in_stream=false",
                // Dolby Vision stays a supplement of its base layer: brand db1p, no variant of its own (HLS.md 2.7).
                "--use_dovi_supplemental_codecs",
                "--quiet",
            ])
            .output(&self.signals.cancel)
            .await?;
        Ok(())
    }
}

fn write_keys(engine: &Engine, target: Target, tracks: &[Track], path: &Path) -> Result<()> {
    let mut tiers: Vec<Tier> = tracks.iter().map(|track| track.tier).collect();
    tiers.sort_unstable();
    tiers.dedup();
    // Sized before it is filled: a string that grows leaves copies of keys behind.
    let mut flags = Zeroizing::new(String::with_capacity(1024));
    flags.push_str("--enable_raw_key_encryption\n--keys=");
    for (place, tier) in tiers.into_iter().enumerate() {
        let kid = key_id(&engine.kid_seed, target.content, target.version, tier);
        let key = content_key(engine.seeds.current(), kid);
        let key = Zeroizing::new(hex::encode(key.expose()));
        let iv = hex::encode(constant_iv(&engine.kid_seed, kid));
        let comma = if place == 0 { "" } else { "," };
        write!(
            flags,
            "{comma}label={tier}:key_id={kid}:key={}:iv={iv}",
            *key
        )?;
    }
    flags.push('\n');
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(flags.as_bytes())?;
    Ok(())
}
