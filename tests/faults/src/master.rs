//! Little masters: pictures that move, a tone, nothing random.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

/// Makes so many films of that length, each a little different.
pub(crate) fn make(tools: &Path, folder: &Path, films: u32, seconds: u32) -> Result<Vec<PathBuf>> {
    (0..films)
        .map(|film| make_one(&tools.join("ffmpeg"), folder, film, seconds))
        .collect()
}

fn make_one(ffmpeg: &Path, folder: &Path, film: u32, seconds: u32) -> Result<PathBuf> {
    let path = folder.join(format!("master-{film}.mp4"));
    let picture =
        format!("testsrc2=s=416x234:r=24:d={seconds},noise=alls=9:allf=t:all_seed={film}");
    let sound = format!("sine={}:d={seconds}", 330 + 110 * film);
    let made = Command::new(ffmpeg)
        .args([
            "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", &picture,
        ])
        .args(["-f", "lavfi", "-i", &sound])
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-crf", "20"])
        .args(["-pix_fmt", "yuv420p", "-threads", "1", "-c:a", "aac"])
        .args(["-metadata:s:a:0", "language=eng", "-shortest"])
        .arg(&path)
        .output()
        .with_context(|| format!("{} can't be started", ffmpeg.display()))?;
    let said = String::from_utf8_lossy(&made.stderr);
    ensure!(made.status.success(), "a master can't be made: {said}");
    Ok(path)
}
