//! Nothing holds a master whole: what a process of ours needs doesn't grow with the file.

use std::{
    fs::OpenOptions,
    io::{Seek, SeekFrom, Write},
    process::Stdio,
    time::Duration,
};

use tokio::process::Command;

use crate::studio::{KID_SEED, MASTER, SEEDS, Studio, tool_paths};

/// Outside ffmpeg, whatever the master's size.
const MOST_KIB: u64 = 150_000;

/// The hole behind the film. It takes no disk; hashing it takes a second or two.
const HOLE_BYTES: u64 = 1 << 29;

/// The kernel's own count of the most that a process has held.
fn peak_kib(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[tokio::test]
async fn hashing_a_master_of_half_a_gigabyte_takes_little_memory() {
    let studio = Studio::open().await;
    let master = studio.film(
        "-f lavfi -i testsrc2=s=320x180:r=24:d=2 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -f mp4",
    );
    let mut file = OpenOptions::new().write(true).open(master).unwrap();
    let film = file.seek(SeekFrom::End(0)).unwrap();
    // A 64-bit size follows the type when the 32-bit one is 1 (ISO/IEC 14496-12, 4.2).
    file.write_all(b"\0\0\0\x01free").unwrap();
    file.write_all(&HOLE_BYTES.to_be_bytes()).unwrap();
    file.set_len(film + HOLE_BYTES).unwrap();
    let tools = tool_paths();
    let url = format!("file://{}", studio.objects().display());
    let mut child = Command::new(env!("CARGO_BIN_EXE_transcode"))
        .args(["run", MASTER, "--stored", "--sha256", &"0".repeat(64)])
        .args(["--content", "0190a2b4-0000-7000-8000-0000000000be"])
        .env("OBJECTS_URL", url)
        .env("CONTENT_KEY_SEEDS", SEEDS)
        .env("KID_SEED", KID_SEED)
        .env("WORK_DIR", studio.work_dir())
        .envs(tools.ffmpeg.map(|path| ("FFMPEG", path)))
        .envs(tools.ffprobe.map(|path| ("FFPROBE", path)))
        .envs(tools.packager.map(|path| ("PACKAGER", path)))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let id = child.id().unwrap();
    let mut peak = 0;
    let ended = loop {
        peak = peak_kib(id).unwrap_or(0).max(peak);
        // Nothing tells that a process grew: it is looked at until it ends.
        let look = tokio::time::timeout(Duration::from_millis(10), child.wait());
        if let Ok(ended) = look.await {
            break ended.unwrap();
        }
    };
    assert!(!ended.success(), "its hash is another");
    assert!((1..MOST_KIB).contains(&peak), "{peak} KiB");
}
