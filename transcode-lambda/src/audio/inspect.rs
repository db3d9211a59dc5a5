//! Whether a track's file is what the plan says: its codec, its channels, its length.

use std::{fs::File, io::BufReader, path::Path};

use anyhow::{Context, Result, ensure};
use shared::{
    ladder::AudioCodec,
    mp4::{self, CodecConfig},
};

use crate::{failure::Refused, task::AudioSpec};

/// What an E-AC-3 frame of six blocks lasts at 48 kHz, the only rate that objects come in.
const FRAME_US: u64 = 32_000;

/// Checks an encoded or copied file.
pub(super) fn inspect(path: &Path, spec: &AudioSpec) -> Result<()> {
    let file = File::open(path).context("the encoder wrote no file")?;
    let index = mp4::index(&mut BufReader::new(file))?;
    let track = index.tracks.first().context("the encoder wrote no track")?;
    let entry = track.entry.as_ref().context("an unknown sample entry")?;
    let channels = entry.config.channels().unwrap_or_default();
    match (spec.track.codec, &entry.config) {
        (AudioCodec::Eac3Copy, CodecConfig::Eac3(_)) if channels.ends_with("/JOC") => {
            let lasts_us = u64::from(track.samples) * FRAME_US;
            if lasts_us + FRAME_US < spec.duration_us {
                return Err(refused(spec, "objects_short", "ends before the picture"));
            }
        }
        (AudioCodec::Eac3Copy, _) => {
            return Err(refused(
                spec,
                "objects_missing",
                "has frames without objects",
            ));
        }
        (AudioCodec::Aac, CodecConfig::Aac { .. })
        | (AudioCodec::Ac3, CodecConfig::Ac3(_))
        | (AudioCodec::Eac3, CodecConfig::Eac3(_)) => ensure!(
            channels == spec.track.channels.to_string(),
            "{channels} channels instead of {}",
            spec.track.channels
        ),
        _ => anyhow::bail!("another codec than the plan's"),
    }
    Ok(())
}

fn refused(spec: &AudioSpec, code: &str, what: &str) -> anyhow::Error {
    Refused::because(
        code,
        format!(
            "Audio stream {} is said to be Atmos, but {what}.",
            spec.track.stream
        ),
        "Deliver E-AC-3 JOC as long as the picture, or a master without it.",
    )
    .into()
}
