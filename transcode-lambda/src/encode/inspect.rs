//! Whether an encoder did what it was told. ffmpeg's exit status is 0 when it quietly wrote 8 bits instead of 10.

use std::{fs::File, io::BufReader, path::Path};

use anyhow::{Context, Result, bail, ensure};
use shared::{
    asset::VideoRange,
    ladder::{Codec, VideoPlan},
    mp4::{self, CodecConfig, Handler, SampleEntry},
};

/// Checks an encoded file: one video track, every frame, the profile, depth, colours and HDR10 metadata that were asked for.
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
    check_profile(rung.map_or(Codec::H264, |rung| rung.codec), &entry.config)?;
    check_colours(rung.map_or(VideoRange::Sdr, |rung| rung.range), entry)?;
    if let (Some(hdr), Some((Codec::Hevc, VideoRange::Pq))) =
        (video.hdr, rung.map(|rung| (rung.codec, rung.range)))
    {
        ensure!(
            entry.config.hdr_metadata() == Some(hdr),
            "the mastering display or content light level is not the source's"
        );
    }
    let is_hdr_hevc =
        rung.is_some_and(|rung| rung.codec == Codec::Hevc && rung.range != VideoRange::Sdr);
    ensure!(
        entry.dolby_vision.is_some() == (video.dolby_vision && is_hdr_hevc),
        "Dolby Vision where there should be none, or none where it should be kept"
    );
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

fn check_profile(codec: Codec, config: &CodecConfig) -> Result<()> {
    match (codec, config) {
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
        // seq_profile 0 is Main; then `high_bitdepth` without `twelve_bit`.
        (Codec::Av1, CodecConfig::Av1(record)) => {
            ensure!(
                record.get(1).map(|byte| byte >> 5) == Some(0),
                "AV1, but not Main"
            );
            let depth = record.get(2).map(|byte| byte >> 5 & 3);
            ensure!(depth == Some(0b10), "AV1, but not 10 bits");
        }
        _ => bail!("another codec than the plan's"),
    }
    Ok(())
}

/// Players choose by what the sample entry says (rules 72, 81): it has to be what was encoded.
fn check_colours(range: VideoRange, entry: &SampleEntry) -> Result<()> {
    let colour = entry.colour.context("no colr box")?;
    let found = (colour.primaries, colour.transfer, colour.matrix);
    let wanted = match range {
        VideoRange::Sdr => (1, 1, 1),
        VideoRange::Pq => (9, 16, 9),
        VideoRange::Hlg => (9, 18, 9),
    };
    ensure!(found == wanted, "colours {found:?} instead of {wanted:?}");
    Ok(())
}
