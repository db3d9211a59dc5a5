//! What the probe accepts, refuses and reports.

mod accepted;
mod corpus;
mod disguised;
mod operator;
mod surgery;

use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
    time::Duration,
};

use shared::ladder::Refusal;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use transcode_lambda::{
    failure::Refused,
    probe::{Bounds, Findings, Master, Probe},
    tools::Tools,
};

use crate::studio::{ffmpeg, tool_paths};

/// Two seconds with sound, index at the end.
static CLIP: LazyLock<Vec<u8>> = LazyLock::new(|| make(CLIP_WORDS, "mp4"));

/// Picture and sound of [`CLIP`], for other containers.
const CLIP_WORDS: &str = "-f lavfi -i testsrc2=s=320x180:r=24:d=2 -f lavfi -i sine=440:d=2:r=48000 \
    -c:v libx264 -preset ultrafast -g 12 -pix_fmt yuv420p -c:a aac";

/// Nothing of a two-second clip takes longer, even on a busy machine.
const BOUNDS: Bounds = Bounds {
    answer: Duration::from_secs(20),
    scan: Duration::from_secs(20),
    silence: Duration::from_secs(20),
    measure: Duration::from_secs(20),
};

/// A folder to examine files in.
struct Desk {
    tools: Tools,
    folder: TempDir,
}

impl Desk {
    async fn open() -> Self {
        Self {
            tools: Tools::open(&tool_paths()).await.unwrap(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn place(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The whole probe of one file.
    async fn probe(&self, file: &Path, bounds: Bounds) -> anyhow::Result<Findings> {
        let master = Master::file(file).await?;
        let cancel = CancellationToken::new();
        let probe = Probe::new(&self.tools, &master, &cancel).within(bounds);
        let mut found = probe.inspect().await?;
        probe.measure(&mut found).await?;
        Ok(found)
    }

    async fn refusals(&self, file: &Path, bounds: Bounds) -> Result<Vec<Refusal>, String> {
        match self.probe(file, bounds).await {
            Ok(found) => Err(format!("accepted: {:?}", found.source)),
            Err(error) => match error.downcast::<Refused>() {
                Ok(refused) => Ok(refused.reasons),
                Err(other) => Err(format!("not refused, but: {other:#}")),
            },
        }
    }
}

fn codes(refusals: &[Refusal]) -> Vec<&str> {
    refusals
        .iter()
        .map(|refusal| refusal.code.as_str())
        .collect()
}

/// What ffmpeg makes of some words.
fn make(words: &str, format: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film");
    ffmpeg(&format!("{words} -f {format}"), &path);
    std::fs::read(path).unwrap()
}

/// The clip in another container, without encoding it again.
fn remux(words: &str, format: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    std::fs::write(&path, &*CLIP).unwrap();
    make(&format!("-i {} -c copy {words}", path.display()), format)
}
