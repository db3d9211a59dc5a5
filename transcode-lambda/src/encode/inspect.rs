//! Whether an encoder did what it was told. ffmpeg's exit status is 0 when it quietly wrote 8 bits instead of 10.

use std::{fs::File, io::BufReader, path::Path};

use anyhow::{Context, Result, bail, ensure};
use shared::{
    ladder::{Codec, VideoPlan},
    mp4::{self, CodecConfig, Handler},
};

/// Checks an encoded file: one video track, every frame, the profile and depth that were asked for.
pub fn inspect(path: &Path, video: &VideoPlan, rendition: &str, frames: u64) -> Result<()> {
    let file = File::open(path).context("the encoder wrote no file")?;
    let index = mp4::index(&mut BufReader::new(file))?;
    let [track] = index.tracks.as_slice() else {
        bail!("{} tracks instead of one", index.tracks.len());
    };
    ensure!(track.handler == Handler::Video, "the track is not video");
    ensure!(
        u64::from(track.samples) == frames,
        "{} frames instead of {frames}: the master has frames that can't be decoded",
        track.samples
    );
    let entry = track.entry.as_ref().context("an unknown sample entry")?;
    let rung = video.rungs.iter().find(|rung| rung.id == rendition);
    let codec = rung.map_or(Codec::H264, |rung| rung.codec);
    match (codec, &entry.config) {
        // profile_idc 100 is High: 8 bit, 4:2:0.
        (Codec::H264, CodecConfig::Avc(record)) => {
            ensure!(record.get(1) == Some(&100), "H.264, but not High profile");
        }
        // general_profile_idc 2 is Main 10; bytes 17 and 18 hold the depths minus 8.
        (Codec::Hevc, CodecConfig::Hevc(record)) => {
            let profile = record.get(1).map(|byte| byte & 0x1f);
            ensure!(profile == Some(2), "HEVC, but not Main 10");
            let depth = record.get(17).map(|byte| byte & 7);
            ensure!(depth == Some(2), "HEVC, but not 10 bits");
        }
        _ => bail!("another codec than the plan's"),
    }
    let size = rung.map_or((video.trick.width, video.trick.height), |rung| {
        (rung.width, rung.height)
    });
    ensure!(
        (entry.width, entry.height) == size,
        "{}x{} pixels",
        entry.width,
        entry.height
    );
    Ok(())
}
