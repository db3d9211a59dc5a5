//! What a worker holds in memory outside ffmpeg, with a master of many gigabytes: a real film, followed by a hole in the
//! file that takes no disk. The peak is the kernel's own count of the worker's process (`VmHWM`).

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::pipeline::{CONTENT, Studio};
use crate::say;

#[derive(Args)]
pub(crate) struct MemoryArgs {
    /// Size of the master that is made playable, GB
    #[arg(long, default_value_t = 50)]
    gigabytes: u64,
    /// Size of the master whose every byte is hashed, GB: a disk's time, not memory's
    #[arg(long, default_value_t = 4)]
    hashed_gigabytes: u64,
    #[command(flatten)]
    studio: Studio,
}

pub(crate) async fn run(arguments: &MemoryArgs) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let studio = &arguments.studio;
    let key = "masters/memory/master";
    let master = folder.path().join("objects").join(key);
    std::fs::create_dir_all(master.parent().context("a master lies in a folder")?)?;
    studio.make_master(&master, 12).await?;
    grow(&master, arguments.gigabytes << 30)?;
    let run = ["run", key, "--stored", "--content", CONTENT];
    let (peak, ended) = peak_of(studio, folder.path(), &run).await?;
    ensure!(ended, "the pipeline failed");
    report("probe to verify", arguments.gigabytes, peak);
    grow(&master, arguments.hashed_gigabytes << 30)?;
    // Another hash than the file's: the probe reads all of it and then refuses it.
    let nothing = "0".repeat(64);
    let hashed = [
        "run",
        key,
        "--stored",
        "--content",
        CONTENT,
        "--sha256",
        &nothing,
    ];
    let (peak, ended) = peak_of(studio, folder.path(), &hashed).await?;
    ensure!(!ended, "a master with another hash was not refused");
    report("hashing", arguments.hashed_gigabytes, peak);
    Ok(())
}

fn report(what: &str, gigabytes: u64, peak_kib: u64) {
    say(&format!(
        "{what} of a {gigabytes} GB master: the worker's peak is {:.0} MB outside ffmpeg",
        peak_kib as f64 * 1024.0 / 1e6
    ));
}

/// Makes a file that long with a `free` box behind the film: readers skip it, disks don't hold it.
fn grow(master: &Path, bytes: u64) -> Result<()> {
    let mut file = OpenOptions::new().read(true).write(true).open(master)?;
    let film = end_of_film(&mut file)?;
    ensure!(bytes > film + 16, "the film alone is longer");
    file.seek(SeekFrom::Start(film))?;
    // A 64-bit size follows the type when the 32-bit one is 1 (ISO/IEC 14496-12, 4.2).
    file.write_all(&1_u32.to_be_bytes())?;
    file.write_all(b"free")?;
    file.write_all(&(bytes - film).to_be_bytes())?;
    file.set_len(bytes)?;
    Ok(())
}

/// Where the film's own boxes end: at the end of the file, or where an earlier hole begins.
fn end_of_film(file: &mut File) -> Result<u64> {
    let end = file.seek(SeekFrom::End(0))?;
    let mut at = 0;
    while at < end {
        let mut head = [0; 8];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut head)?;
        let [a, b, c, d, kind @ ..] = head;
        let size = u64::from(u32::from_be_bytes([a, b, c, d]));
        if size == 1 && &kind == b"free" {
            return Ok(at);
        }
        ensure!(size >= 8, "a box of the film has a 64-bit size");
        at += size;
    }
    Ok(at)
}

/// Runs the transcode tool and watches its process. The peak in KiB, and whether it ended well.
async fn peak_of(studio: &Studio, folder: &Path, words: &[&str]) -> Result<(u64, bool)> {
    let mut child = studio
        .transcode(folder)?
        .args(words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let id = child.id().context("the tool runs")?;
    let mut peak = 0;
    loop {
        if let Some(now) = high_water_mark(id) {
            peak = peak.max(now);
        }
        let look = tokio::time::timeout(Duration::from_millis(20), child.wait());
        if let Ok(ended) = look.await {
            return Ok((peak, ended?.success()));
        }
    }
}

fn high_water_mark(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
