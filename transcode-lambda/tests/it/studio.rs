//! A place to work in: real ffmpeg, packager and object store folder, everything removed at the end.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use serde_json::Value;
use shared::{
    cenc::{KidSeed, SeedRing},
    ids::{AssetVersion, ContentId, JobId},
    ladder::Preset,
};
use tempfile::TempDir;
use transcode_lambda::{
    engine::{Engine, Signals, Target},
    pipeline,
    scratch::Scratch,
    store::{S3Settings, Store},
    tools::{ToolPaths, Tools},
};
use uuid::Uuid;

pub(crate) const SEEDS: &str = "1:1111111111111111111111111111111111111111111111111111111111111111";
pub(crate) const KID_SEED: &str =
    "2222222222222222222222222222222222222222222222222222222222222222";
pub(crate) const MASTER: &str = "masters/film/upload";

pub(crate) struct Studio {
    pub(crate) engine: Engine,
    folder: PathBuf,
    /// Removes the folder in the end.
    _removes: Option<TempDir>,
}

impl Studio {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let studio = Self::open_in(folder.path()).await;
        Self {
            _removes: Some(folder),
            ..studio
        }
    }

    /// In the build's own folder, under a name: for what lives as long as the tests, which nothing removes but the next run.
    pub(crate) async fn open_for_all(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).unwrap();
        }
        Self::open_in(&folder).await
    }

    async fn open_in(folder: &Path) -> Self {
        let url = format!("file://{}/objects", folder.display());
        let engine = Engine {
            tools: Arc::new(Tools::open(&tool_paths()).await.unwrap()),
            store: Store::open(&url, &S3Settings::default()).unwrap(),
            seeds: Arc::new(SeedRing::parse(SEEDS).unwrap()),
            kid_seed: Arc::new(KidSeed::parse(KID_SEED).unwrap()),
            settings: Preset::Fast.into(),
            scratch: Scratch::claim(&folder.join("work")).unwrap(),
        };
        Self {
            engine,
            folder: folder.to_owned(),
            _removes: None,
        }
    }

    pub(crate) fn objects(&self) -> PathBuf {
        self.folder.join("objects")
    }

    pub(crate) fn work_dir(&self) -> PathBuf {
        self.folder.join("work")
    }

    pub(crate) fn object(&self, key: &str) -> PathBuf {
        self.objects().join(key)
    }

    /// Puts a master into the store.
    pub(crate) fn deliver(&self, bytes: &[u8]) {
        let path = self.object(MASTER);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// Generates a master with ffmpeg and puts it into the store.
    pub(crate) fn film(&self, arguments: &str) -> PathBuf {
        let path = self.object(MASTER);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        ffmpeg(arguments, &path);
        path
    }

    /// Runs the whole pipeline.
    pub(crate) async fn publish(&self) -> anyhow::Result<Vec<(String, Value)>> {
        let signals = Signals::unwatched();
        pipeline::run(
            &self.engine,
            target(),
            MASTER,
            Preset::Fast,
            &signals,
            |_, _| {},
        )
        .await
    }
}

pub(crate) fn target() -> Target {
    Target {
        job: JobId::from_uuid(Uuid::from_u128(0xa)),
        content: ContentId::from_uuid(Uuid::from_u128(0xb)),
        version: AssetVersion(1),
    }
}

/// Settings as the workspace's own: the environment's, else what `make setup` installed.
pub(crate) fn tool_paths() -> ToolPaths {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.marquee/tools");
    let setting = |name: &str, file: &str| {
        let set = std::env::var_os(name).map(PathBuf::from);
        Some(set.unwrap_or_else(|| tools.join(file))).filter(|path| path.exists())
    };
    ToolPaths {
        ffmpeg: setting("FFMPEG", "ffmpeg"),
        ffprobe: setting("FFPROBE", "ffprobe"),
        packager: setting("PACKAGER", "packager"),
    }
}

pub(crate) fn ffmpeg_path() -> PathBuf {
    tool_paths()
        .ffmpeg
        .unwrap_or_else(|| PathBuf::from("ffmpeg"))
}

/// Runs ffmpeg with words separated by blanks; `'…'` keeps a word together.
pub(crate) fn ffmpeg(arguments: &str, output: &Path) {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for character in arguments.chars() {
        match character {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            other => words.last_mut().unwrap().push(other),
        }
    }
    let words = words.into_iter().filter(|word| !word.is_empty());
    let status = Command::new(ffmpeg_path())
        .args(["-v", "error", "-y", "-nostdin"])
        .args(words)
        .arg(output)
        .status()
        .unwrap();
    assert!(status.success(), "{arguments}");
}

/// The MD5 of every decoded picture of a file.
pub(crate) fn frame_hashes(arguments: &[&str]) -> Vec<String> {
    let output = Command::new(ffmpeg_path())
        .args(["-v", "error", "-nostdin"])
        .args(arguments)
        .args([
            "-map",
            "0:v",
            "-fps_mode",
            "passthrough",
            "-f",
            "framemd5",
            "-",
        ])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.rsplit(',').next().unwrap().trim().to_owned())
        .collect()
}
