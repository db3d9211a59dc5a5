//! The programs under measurement, and a master for them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::Value;
use tokio::process::Command;

/// The title that is made.
pub(crate) const CONTENT: &str = "0190a2b4-0000-7000-8000-0000000000be";

/// Keys of no film that anybody watches.
const SEEDS: [(&str, &str); 2] = [
    (
        "CONTENT_KEY_SEEDS",
        "1:1111111111111111111111111111111111111111111111111111111111111111",
    ),
    (
        "KID_SEED",
        "2222222222222222222222222222222222222222222222222222222222222222",
    ),
];

/// Scenes of 6 s that differ in what is hard about them: detail, noise, motion, gradients, fine lines.
const SCENES: [&str; 6] = [
    "testsrc2=s=1280x720:r=24:d=6",
    "mandelbrot=s=1280x720:r=24:end_pts=144,trim=duration=6",
    "gradients=s=1280x720:r=24:d=6:speed=0.02:seed=4",
    "life=s=320x180:r=24:ratio=0.2:seed=7:mold=10:life_color=white:death_color=blue,trim=duration=6,scale=1280:720:flags=bicubic",
    "smptehdbars=s=1280x720:r=24:d=6,noise=alls=14:allf=t:all_seed=9",
    "cellauto=s=640x360:r=24:rule=110:random_seed=3,trim=duration=6,scale=1280:720:flags=bilinear,rotate=0.05*t:c=gray",
];

#[derive(Args)]
pub(crate) struct Studio {
    /// The transcode tool [default: beside this program]
    #[arg(long)]
    transcode: Option<PathBuf>,
    /// The ladder's preset: what a catalogue is encoded with, or `fast`, which ends in minutes, and in which everything beside
    /// encoding weighs most
    #[arg(long, default_value = "standard")]
    preset: String,
    /// ffmpeg with libx264 and libvmaf
    #[arg(long, env = "FFMPEG", default_value = ".marquee/tools/ffmpeg")]
    ffmpeg: PathBuf,
    /// ffprobe
    #[arg(long, env = "FFPROBE", default_value = ".marquee/tools/ffprobe")]
    ffprobe: PathBuf,
    /// Shaka Packager
    #[arg(long, env = "PACKAGER", default_value = ".marquee/tools/packager")]
    packager: PathBuf,
}

impl Studio {
    /// The transcode tool with objects and scratch in this folder.
    pub(crate) fn transcode(&self, folder: &Path) -> Result<Command> {
        self.prepared(Command::new(self.tool()?), folder)
    }

    /// The same on these processors only.
    pub(super) fn pinned(&self, folder: &Path, cores: &str) -> Result<Command> {
        let mut command = Command::new("taskset");
        command.args(["-c", cores]).arg(self.tool()?);
        self.prepared(command, folder)
    }

    fn tool(&self) -> Result<PathBuf> {
        if let Some(tool) = &self.transcode {
            return Ok(std::path::absolute(tool)?);
        }
        let own = std::env::current_exe()?;
        Ok(own.with_file_name("transcode"))
    }

    fn prepared(&self, mut command: Command, folder: &Path) -> Result<Command> {
        let objects = folder.join("objects");
        command
            .envs(SEEDS)
            .env("OBJECTS_URL", format!("file://{}", objects.display()))
            .env("WORK_DIR", folder.join("scratch"))
            .env("FFMPEG", std::path::absolute(&self.ffmpeg)?)
            .env("FFPROBE", std::path::absolute(&self.ffprobe)?)
            .env("PACKAGER", std::path::absolute(&self.packager)?)
            .env("TRANSCODE_PRESET", &self.preset)
            .kill_on_drop(true);
        Ok(command)
    }

    /// The ladder by one bare ffmpeg process. Its time and the plan.
    pub(super) async fn whole(&self, master: &Path, to: &Path, folder: &Path) -> Result<Value> {
        let mut command = self.transcode(folder)?;
        let output = command.arg("whole").arg(master).arg(to).output().await?;
        ensure!(
            output.status.success(),
            "the bare encode failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).context("`transcode whole` prints JSON")
    }

    /// A master of mixed scenes: 540p, 24 fps, stereo.
    pub(crate) async fn make_master(&self, path: &Path, seconds: u32) -> Result<()> {
        let count = seconds.div_ceil(6);
        let mut command = self.ffmpeg();
        for place in 0..count {
            let scene = SCENES[place as usize % SCENES.len()];
            command.args(["-f", "lavfi", "-i", scene]);
        }
        let sound = format!("aevalsrc=0.1*sin(440*2*PI*t)|0.1*sin(550*2*PI*t):s=48000:d={seconds}");
        command.args(["-f", "lavfi", "-i", &sound]);
        let scenes: Vec<String> = (0..count)
            .map(|place| {
                format!(
                    "[{place}:v]scale=960:540:flags=lanczos,format=yuv420p,setsar=1,fps=24,setpts=PTS-STARTPTS[s{place}];"
                )
            })
            .collect();
        let labels: Vec<String> = (0..count).map(|place| format!("[s{place}]")).collect();
        let (scenes, labels) = (scenes.concat(), labels.concat());
        let graph = format!("{scenes}{labels}concat=n={count},trim=duration={seconds}[v]");
        let sound = format!("{count}:a");
        command
            .args(["-filter_complex", &graph, "-map", "[v]", "-map", &sound])
            .args("-c:v libx264 -preset superfast -crf 20 -g 48 -bf 2 -pix_fmt yuv420p".split(' '))
            .args("-colorspace bt709 -color_primaries bt709 -color_trc bt709".split(' '))
            .args("-c:a aac -b:a 160k -movflags +faststart -f mp4".split(' '))
            .arg(path);
        done(command).await
    }

    /// ffmpeg, quiet.
    pub(super) fn ffmpeg(&self) -> Command {
        let mut command = Command::new(&self.ffmpeg);
        command
            .args(["-v", "error", "-nostdin", "-y"])
            .kill_on_drop(true);
        command
    }
}

/// Runs a program to its good end.
pub(super) async fn done(mut command: Command) -> Result<()> {
    let output = command.output().await?;
    ensure!(
        output.status.success(),
        "ffmpeg failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// A rendition's chunks in a folder of objects, in order.
pub(super) fn chunks(folder: &Path, rendition: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for job in std::fs::read_dir(folder.join("objects/work"))? {
        for file in std::fs::read_dir(job?.path())? {
            let path = file?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let chunk = name
                .and_then(|name| name.strip_prefix('c'))
                .and_then(|name| name.split_once('-'))
                .filter(|(_, rest)| rest.starts_with(&format!("{rendition}-")))
                .and_then(|(index, _)| index.parse::<u32>().ok());
            if let Some(index) = chunk {
                found.push((index, path));
            }
        }
    }
    found.sort();
    ensure!(!found.is_empty(), "{rendition} has no chunks");
    Ok(found.into_iter().map(|(_, path)| path).collect())
}
