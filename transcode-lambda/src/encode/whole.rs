//! The ladder in one piece: a single ffmpeg process, one decode, the chunks' own settings. What the pipeline is compared
//! with; nothing that is published comes from here.

use std::path::Path;

use anyhow::Result;
use shared::ladder::{Chunk, Plan};

use super::command;
use crate::{
    engine::Signals,
    process::{Invocation, Limits},
    tools::Tools,
};

/// Encodes all renditions of a plan into a folder, named by rendition.
pub async fn whole(
    tools: &Tools,
    input: &str,
    plan: &Plan,
    folder: &Path,
    signals: &Signals,
) -> Result<()> {
    let everything = Chunk {
        index: 0,
        start_frame: 0,
        frames: plan.video.frames,
    };
    let mut words = command::arguments(input, &plan.video, everything, true);
    for audio in &plan.audio {
        let output = format!(
            "-map 0:{} -vn -c:a aac -b:a {}k -ac {} -ar 48000 -flags:a +bitexact {}.mp4",
            audio.stream, audio.kbps, audio.channels, audio.id
        );
        words.extend(output.split(' ').map(str::to_owned));
    }
    Invocation::new(&tools.ffmpeg, folder, Limits::ENCODER)
        .args(words)
        .lines(&signals.cancel, |_| Ok(()))
        .await?;
    Ok(())
}
