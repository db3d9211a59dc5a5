//! Every frame that was encoded can be decoded. Shown where it was made, so that as many machines do it as encode the film:
//! the verifier has only to show that nothing changed since.

use std::path::Path;

use anyhow::{Result, ensure};

use super::progress::ProgressReader;
use crate::{
    engine::{Engine, Signals},
    process::{Invocation, Limits},
};

/// Decodes a file of that many frames.
pub async fn decode(engine: &Engine, path: &Path, frames: u64, signals: &Signals) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut reader = ProgressReader::new(frames);
    // Deblocking costs a third of decoding and can't fail: every bit is read without it.
    let complaints = Invocation::new(&engine.tools.ffmpeg, folder, Limits::ENCODER)
        .args("-v error -nostdin -progress pipe:1 -skip_loop_filter all -i".split(' '))
        .arg(path)
        .args("-map 0 -fps_mode passthrough -f null -".split(' '))
        .lines(&signals.cancel, |line| {
            reader.take(line);
            Ok(())
        })
        .await?;
    ensure!(
        complaints.is_empty(),
        "what was encoded can't be decoded: {complaints}"
    );
    let decoded = reader.frame();
    ensure!(
        decoded == frames,
        "{decoded} of {frames} encoded frames can be decoded"
    );
    Ok(())
}
