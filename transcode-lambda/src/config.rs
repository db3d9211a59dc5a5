//! Settings, read once in `main` from arguments and the environment.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result};
use clap::{Args, builder::FalseyValueParser};
use shared::{
    cenc::{KidSeed, SeedRing},
    ladder::{Ladder, Preset, Settings},
};

use crate::{
    engine::Engine,
    scratch::Scratch,
    store::{S3Settings, Store},
    tools::{ToolPaths, Tools},
};

/// What every binary needs to do tasks.
#[derive(Args, Clone)]
pub struct EngineArgs {
    /// Object store: file:///folder or s3://bucket
    #[arg(long, env = "OBJECTS_URL")]
    objects_url: Option<String>,
    /// S3 endpoint, when it is not AWS
    #[arg(long, env = "S3_ENDPOINT")]
    s3_endpoint: Option<String>,
    /// S3 region
    #[arg(long, env = "S3_REGION")]
    s3_region: Option<String>,
    /// S3 access key id; the machine's role when it is not set
    #[arg(long, env = "S3_ACCESS_KEY_ID", hide_env_values = true)]
    s3_access_key_id: Option<String>,
    /// S3 secret access key
    #[arg(long, env = "S3_SECRET_ACCESS_KEY", hide_env_values = true)]
    s3_secret_access_key: Option<String>,
    /// Content key seeds, `number:hex[,number:hex]`, the highest number is used
    #[arg(long, env = "CONTENT_KEY_SEEDS", hide_env_values = true)]
    content_key_seeds: String,
    /// Key id seed, 64 hexadecimal digits
    #[arg(long, env = "KID_SEED", hide_env_values = true)]
    kid_seed: String,
    #[command(flatten)]
    ladder: LadderArgs,
    #[command(flatten)]
    tools: ToolArgs,
}

/// What films are encoded as, unless a task says otherwise.
#[derive(Args, Clone)]
pub struct LadderArgs {
    /// How much time a film is worth: fast, standard or premium
    #[arg(long, env = "TRANSCODE_PRESET", default_value = "fast")]
    preset: Preset,
    /// AV1 renditions as well
    #[arg(long, env = "TRANSCODE_AV1", value_parser = FalseyValueParser::new())]
    av1: bool,
    /// A ladder of your own instead of Apple's, as a TOML file
    #[arg(long, env = "TRANSCODE_LADDER", value_name = "FILE")]
    ladder: Option<PathBuf>,
}

impl LadderArgs {
    /// Reads the ladder file. The error lists everything that is wrong with it.
    pub fn settings(&self) -> Result<Settings> {
        Ok(Settings {
            preset: self.preset,
            av1: self.av1,
            ladder: self.ladder.as_deref().map(read_ladder).transpose()?,
        })
    }
}

/// Reads a ladder file. The error lists everything that is wrong with it.
pub fn read_ladder(path: &Path) -> Result<Ladder> {
    let name = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("{name} can't be read"))?;
    Ladder::parse(&text).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{name} is no ladder:\n{}", lines.join("\n"))
    })
}

/// Where the programs and the scratch folder are.
#[derive(Args, Clone)]
pub struct ToolArgs {
    /// Scratch folder; several workers may share it
    #[arg(long, env = "WORK_DIR", default_value = ".marquee/work")]
    work_dir: PathBuf,
    /// ffmpeg with libx264, 10-bit libx265, libsvtav1 and libvmaf [default: .marquee/tools/ffmpeg, then PATH]
    #[arg(long, env = "FFMPEG")]
    ffmpeg: Option<PathBuf>,
    /// ffprobe [default: .marquee/tools/ffprobe, then PATH]
    #[arg(long, env = "FFPROBE")]
    ffprobe: Option<PathBuf>,
    /// Shaka Packager [default: .marquee/tools/packager, then PATH]
    #[arg(long, env = "PACKAGER")]
    packager: Option<PathBuf>,
}

impl ToolArgs {
    /// Finds the programs and checks what they can do.
    pub async fn open(&self) -> Result<Tools> {
        Tools::open(&ToolPaths {
            ffmpeg: self.ffmpeg.clone(),
            ffprobe: self.ffprobe.clone(),
            packager: self.packager.clone(),
        })
        .await
    }

    /// Claims a place for temporary files.
    pub fn scratch(&self) -> Result<Scratch> {
        Scratch::claim(&self.work_dir)
    }
}

impl EngineArgs {
    /// Opens everything. The error says in one sentence what to change.
    pub async fn open(&self) -> Result<Engine> {
        let url = self.objects_url.as_deref();
        let url = url.context("OBJECTS_URL is not set; it is file:///folder or s3://bucket")?;
        self.open_on(url).await
    }

    /// Opens everything, over another object store than the setting's.
    pub async fn open_on(&self, objects_url: &str) -> Result<Engine> {
        let s3 = S3Settings {
            endpoint: self.s3_endpoint.clone(),
            region: self.s3_region.clone(),
            access_key_id: self.s3_access_key_id.clone(),
            secret_access_key: self.s3_secret_access_key.clone(),
        };
        let seeds =
            SeedRing::parse(&self.content_key_seeds).context("CONTENT_KEY_SEEDS can't be used")?;
        let kid_seed = KidSeed::parse(&self.kid_seed).context("KID_SEED can't be used")?;
        Ok(Engine {
            tools: Arc::new(self.tools.open().await?),
            store: Store::open(objects_url, &s3)?,
            seeds: Arc::new(seeds),
            kid_seed: Arc::new(kid_seed),
            settings: self.ladder.settings()?,
            scratch: self.tools.scratch()?,
        })
    }
}

/// How a process logs.
#[derive(Args, Clone)]
pub struct LogArgs {
    /// What is logged, as `target=level[,…]`
    #[arg(long, env = "LOG", default_value = "info")]
    log: String,
    /// text or json
    #[arg(long, env = "LOG_FORMAT", default_value = "text")]
    log_format: String,
}

impl LogArgs {
    /// Starts logging to standard error.
    pub fn start(&self) {
        let filter = tracing_subscriber::EnvFilter::new(&self.log);
        let log = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr);
        if self.log_format == "json" {
            log.json().init();
        } else {
            log.init();
        }
    }
}
