//! The programs that do the heavy work: where they are and whether they can do it.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use crate::process::{Invocation, Limits};

/// One program.
#[derive(Clone, Debug)]
pub struct Program {
    /// What messages call it.
    pub name: &'static str,
    /// Where it is.
    pub path: PathBuf,
    /// Words before it that make it die with us.
    pub guard: Vec<OsString>,
    /// `prlimit`, where there is one.
    pub limiter: Option<PathBuf>,
    /// `nice`, where there is one.
    pub nice: Option<PathBuf>,
}

/// The programs.
#[derive(Clone, Debug)]
pub struct Tools {
    /// Decodes and encodes.
    pub ffmpeg: Program,
    /// Describes.
    pub ffprobe: Program,
    /// Makes CMAF and encrypts.
    pub packager: Program,
    /// Names the exact builds: another build may give other bytes.
    pub fingerprint: String,
}

/// Where programs are, as settings say.
#[derive(Clone, Debug, Default)]
pub struct ToolPaths {
    /// `FFMPEG`.
    pub ffmpeg: Option<PathBuf>,
    /// `FFPROBE`.
    pub ffprobe: Option<PathBuf>,
    /// `PACKAGER`.
    pub packager: Option<PathBuf>,
}

impl Tools {
    /// Finds the programs and asks them what they can do. The error says in one sentence what to change.
    pub async fn open(paths: &ToolPaths) -> Result<Self> {
        let find = |name: &'static str, setting: &str, path: Option<&PathBuf>| {
            let found = path
                .cloned()
                .or_else(|| local(name))
                .or_else(|| on_path(name));
            let found = found.filter(|path| path.exists()).with_context(|| {
                format!("{name} was not found: run `make setup`, or set {setting} to its path")
            })?;
            let path = std::path::absolute(found)?;
            anyhow::Ok(Program {
                name,
                path,
                guard: guard(),
                limiter: Self::limiter(),
                nice: Self::nice(),
            })
        };
        let mut tools = Self {
            ffmpeg: find("ffmpeg", "FFMPEG", paths.ffmpeg.as_ref())?,
            ffprobe: find("ffprobe", "FFPROBE", paths.ffprobe.as_ref())?,
            packager: find("packager", "PACKAGER", paths.packager.as_ref())?,
            fingerprint: String::new(),
        };
        tools.fingerprint = tools.inspect().await?;
        Ok(tools)
    }

    /// `prlimit`, where there is one.
    pub(crate) fn limiter() -> Option<PathBuf> {
        on_path("prlimit")
    }

    /// `nice`, where there is one.
    pub(crate) fn nice() -> Option<PathBuf> {
        on_path("nice")
    }

    async fn inspect(&self) -> Result<String> {
        let asked = [
            (&self.ffmpeg, vec!["-version"]),
            (&self.packager, vec!["--version"]),
        ];
        let mut hash = Sha256::new();
        for (program, arguments) in asked {
            hash.update(say(program, &arguments).await?);
        }
        let ffmpeg = async |arguments: &[&str]| say(&self.ffmpeg, arguments).await;
        let x264 = ffmpeg(&["-hide_banner", "-h", "encoder=libx264"]).await?;
        if !x264.contains("yuv420p") {
            bail!("this ffmpeg has no libx264: point FFMPEG to a build with libx264");
        }
        // An 8-bit libx265 takes 10-bit input and silently writes 8 bits: it must be found out here.
        let x265 = ffmpeg(&["-hide_banner", "-h", "encoder=libx265"]).await?;
        if !x265.contains("yuv420p10le") {
            bail!(
                "this ffmpeg has no 10-bit libx265: point FFMPEG to a build with 10-bit libx265 (`make setup` installs one)"
            );
        }
        let svt = ffmpeg(&["-hide_banner", "-h", "encoder=libsvtav1"]).await?;
        if !svt.contains("yuv420p10le") {
            bail!(
                "this ffmpeg has no 10-bit libsvtav1: point FFMPEG to a build with libsvtav1 (`make setup` installs one)"
            );
        }
        let filters = ffmpeg(&["-hide_banner", "-filters"]).await?;
        for filter in ["lut3d", "exposure", "libvmaf", "bwdif", "thumbnail", "tpad"] {
            let listed = |line: &str| line.split_whitespace().nth(1) == Some(filter);
            if !filters.lines().any(listed) {
                bail!(
                    "this ffmpeg has no `{filter}` filter: point FFMPEG to a build with {filter} (`make setup` installs one)"
                );
            }
        }
        Ok(hex::encode(&hash.finalize()[..8]))
    }
}

async fn say(program: &Program, arguments: &[&str]) -> Result<String> {
    let folder = env::temp_dir();
    let (said, _) = Invocation::new(program, &folder, Limits::QUICK)
        .args(arguments)
        .output(&CancellationToken::new())
        .await
        .with_context(|| format!("{} does not run", program.path.display()))?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}

fn local(name: &str) -> Option<PathBuf> {
    let path = Path::new(".marquee/tools").join(name);
    path.exists().then_some(path)
}

fn on_path(name: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    let mut candidates = env::split_paths(&folders).map(|folder| folder.join(name));
    candidates.find(|path| path.is_file())
}

/// A worker that is killed can't end its children, so the kernel does (`PR_SET_PDEATHSIG`). Where `setpriv` is missing, an
/// orphan finishes its chunk into a folder that the next start removes.
fn guard() -> Vec<OsString> {
    match on_path("setpriv") {
        Some(path) => vec![
            path.into(),
            "--pdeathsig".into(),
            "KILL".into(),
            "--".into(),
        ],
        None => Vec::new(),
    }
}
