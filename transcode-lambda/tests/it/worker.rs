//! The worker's protocol with origin, with the real binary.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::process::{Child, Command};

use crate::{
    films,
    origin::{Origin, SERVICE_KEYS, Standing},
    studio::{KID_SEED, MASTER, SEEDS, Studio, tool_paths},
};

const LEASE: Duration = Duration::from_secs(8);

pub(crate) fn settings(command: &mut Command, studio: &Studio, origin: &Origin) {
    let tools = tool_paths();
    command
        .env("ORIGIN_URL", &origin.url)
        .env("SERVICE_KEYS", SERVICE_KEYS)
        .env(
            "OBJECTS_URL",
            format!("file://{}", studio.objects().display()),
        )
        .env("CONTENT_KEY_SEEDS", SEEDS)
        .env("KID_SEED", KID_SEED)
        .env("WORK_DIR", studio.work_dir())
        .envs(tools.ffmpeg.map(|path| ("FFMPEG", path)))
        .envs(tools.ffprobe.map(|path| ("FFPROBE", path)))
        .envs(tools.packager.map(|path| ("PACKAGER", path)))
        .kill_on_drop(true);
}

fn worker(studio: &Studio, origin: &Origin, arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_transcode-worker"));
    settings(&mut command, studio, origin);
    command
        .args(arguments)
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn is_done(standing: &Standing) -> bool {
    *standing == Standing::Done
}

fn is_leased(standing: &Standing) -> bool {
    matches!(standing, Standing::Leased(_))
}

/// SHA-256 of every published file.
fn published(studio: &Studio) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for folder in ["assets", "artwork"] {
        let mut open = vec![studio.objects().join(folder)];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    let hash = hex::encode(Sha256::digest(std::fs::read(&path).unwrap()));
                    files.insert(
                        path.strip_prefix(studio.objects()).unwrap().to_owned(),
                        hash,
                    );
                }
            }
        }
    }
    files
}

/// Programs that work in this folder.
fn working_in(folder: &Path) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| {
        std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(folder))
    })
    .collect()
}

/// Looks again and again, as nothing tells when another process has changed the disk.
async fn eventually(what: &str, seen: impl Fn() -> bool) {
    let look = async {
        while !seen() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let looked = tokio::time::timeout(Duration::from_secs(60), look).await;
    assert!(looked.is_ok(), "{what}");
}

fn encoder_has_begun(studio: &Studio) -> bool {
    let slots = std::fs::read_dir(studio.work_dir()).unwrap().flatten();
    let folders = slots
        .filter_map(|slot| std::fs::read_dir(slot.path()).ok())
        .flatten()
        .flatten();
    folders
        .map(|folder| folder.path().join("v234-145.mp4"))
        .any(|file| file.exists())
}

async fn encoding(studio: &Studio, origin: &Arc<Origin>) {
    origin.until_kind_is("encode", is_leased).await;
    eventually("the encoder begins", || encoder_has_begun(studio)).await;
}

#[tokio::test]
async fn a_worker_that_is_killed_loses_nothing_but_time() {
    let studio = Studio::open().await;
    let film = studio.film(films::SLOW);
    let origin = Origin::start(LEASE).await;
    origin.start_job();
    let mut first = worker(&studio, &origin, &["--worker-id", "first"]);
    encoding(&studio, &origin).await;
    let pid = first.id().unwrap();
    first.start_kill().unwrap();
    first.wait().await.unwrap();
    eventually("the children of a dead worker die", || {
        working_in(&studio.work_dir()).is_empty()
    })
    .await;

    let mut second = worker(
        &studio,
        &origin,
        &["--worker-id", "second", "--concurrency", "2"],
    );
    let verified = origin.until_kind_is("verify", is_done).await;
    assert_eq!(verified.result["report"]["passed"], true);
    second.start_kill().unwrap();
    second.wait().await.unwrap();
    let retaken = origin
        .books
        .lock()
        .unwrap()
        .tasks
        .iter()
        .any(|row| row.attempt == 2 && row.worker == "second");
    assert!(retaken, "the task of process {pid} was taken over");

    // The same master, undisturbed and elsewhere, gives the same bytes.
    let control = Studio::open().await;
    control.deliver(&std::fs::read(film).unwrap());
    control.publish().await.unwrap();
    assert_eq!(published(&studio), published(&control));
}

#[tokio::test]
async fn a_terminated_worker_hands_its_task_back_and_leaves_no_process_and_no_file() {
    let studio = Studio::open().await;
    studio.film(films::SLOW);
    let origin = Origin::start(LEASE).await;
    origin.start_job();
    let mut worker = worker(&studio, &origin, &["--grace-s", "0"]);
    encoding(&studio, &origin).await;
    let pid = worker.id().unwrap().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .await
            .unwrap()
            .success()
    );
    assert!(worker.wait().await.unwrap().success());
    let row = origin
        .until_kind_is("encode", |standing| *standing == Standing::Waiting)
        .await;
    assert_eq!(row.reasons[0]["code"], "worker_interrupted");
    assert_eq!(row.released, 1, "nothing is held against the task");
    eventually("the encoder is gone, and its files", || {
        working_in(&studio.work_dir()).is_empty() && nothing_left(&studio)
    })
    .await;
}

/// No slot of the scratch folder holds anything.
fn nothing_left(studio: &Studio) -> bool {
    let slots = std::fs::read_dir(studio.work_dir()).unwrap().flatten();
    let mut folders = slots.filter_map(|slot| std::fs::read_dir(slot.path()).ok());
    folders.all(|mut files| files.next().is_none())
}

#[tokio::test]
async fn a_cancelled_job_stops_its_encoder_and_is_not_reported() {
    let studio = Studio::open().await;
    studio.film(films::SLOW);
    let origin = Origin::start(LEASE).await;
    origin.start_job();
    let _worker = worker(&studio, &origin, &["--kinds", "probe,encode"]);
    encoding(&studio, &origin).await;
    let encoded = origin.until_kind_is("encode", is_leased).await;
    origin.books.lock().unwrap().cancelled = true;
    let begun = std::time::Instant::now();
    eventually("the encoder stops", || {
        working_in(&studio.work_dir()).is_empty()
    })
    .await;
    assert!(begun.elapsed() < LEASE, "within a heartbeat or two");
    eventually("its folder is gone", || nothing_left(&studio)).await;
    let books = origin.books.lock().unwrap();
    let row = books.tasks.iter().find(|row| row.id == encoded.id).unwrap();
    assert!(row.result.is_null() && row.reasons.is_null());
}

#[tokio::test]
async fn a_refused_master_and_an_unknown_task_are_told_for_good_and_the_worker_goes_on() {
    let studio = Studio::open().await;
    studio.deliver(b"This is no film.");
    let origin = Origin::start(LEASE).await;
    origin.insert("encode", json!({"chunk": "no"}));
    origin.start_job();
    // A restart of origin is no reason to lose a report.
    origin.books.lock().unwrap().broken = 1;
    let _worker = worker(&studio, &origin, &[]);
    let refused = origin
        .until_kind_is("probe", |standing| *standing == Standing::Dead)
        .await;
    assert_eq!(refused.reasons[0]["code"], "not_a_film");
    let unknown = origin
        .until_kind_is("encode", |standing| *standing == Standing::Dead)
        .await;
    assert_eq!(unknown.reasons[0]["code"], "spec_invalid");
    // What an operator reads: who began, what it did, why it ended.
    let beats = origin.books.lock().unwrap().beats.clone();
    let lines = beats.iter().filter_map(|beat| beat["log"].as_array());
    let lines: Vec<&str> = lines.flatten().filter_map(|line| line.as_str()).collect();
    for begins in [
        "probe, attempt 1 begins on",
        "probing",
        "failed: not_a_film: ",
    ] {
        let said = lines.iter().any(|line| line.starts_with(begins));
        assert!(said, "{begins}: {lines:?}");
    }
}

#[tokio::test]
async fn what_was_repaired_stands_in_the_tasks_log() {
    let studio = Studio::open().await;
    let sidecar = studio.object("masters/film/sidecar");
    std::fs::create_dir_all(sidecar.parent().unwrap()).unwrap();
    let short = "1\n0:00:01,5 --> 0:00:02,000\nHere.\n";
    std::fs::write(sidecar, short).unwrap();
    let origin = Origin::start(LEASE).await;
    let track = json!({"id": "s-en", "stream": null, "key": "masters/film/sidecar", "language": "en", "name": "English",
        "forced": false, "sdh": false});
    origin.insert(
        "subtitles",
        json!({"masterKey": MASTER, "track": track, "durationMs": 5000}),
    );
    let _worker = worker(&studio, &origin, &[]);
    origin
        .until_kind_is("subtitles", |standing| *standing == Standing::Done)
        .await;
    let beats = origin.books.lock().unwrap().beats.clone();
    let lines = beats.iter().filter_map(|beat| beat["log"].as_array());
    let lines: Vec<&str> = lines.flatten().filter_map(|line| line.as_str()).collect();
    assert!(
        lines.iter().any(|line| line.contains("line 2")),
        "{lines:?}"
    );
}

#[tokio::test]
async fn once_means_until_nothing_is_left_and_no_longer() {
    let studio = Studio::open().await;
    studio.deliver(b"This is no film.");
    let origin = Origin::start(LEASE).await;
    for _ in 0..3 {
        origin.start_job();
    }
    origin.insert("verify", json!({})); // not its kind
    let mut worker = worker(
        &studio,
        &origin,
        &["--once", "--concurrency", "2", "--kinds", "probe"],
    );
    let ended = tokio::time::timeout(Duration::from_secs(60), worker.wait()).await;
    assert!(ended.expect("it ends by itself").unwrap().success());
    let standings: Vec<Standing> = {
        let books = origin.books.lock().unwrap();
        books.tasks.iter().map(|row| row.standing.clone()).collect()
    };
    assert_eq!(
        standings[..3],
        [Standing::Dead, Standing::Dead, Standing::Dead]
    );
    assert_eq!(standings[3], Standing::Waiting);
}

#[tokio::test]
async fn a_worker_says_in_one_sentence_what_is_wrong_with_its_settings() {
    let studio = Studio::open().await;
    let origin = Origin::start(LEASE).await;
    for (name, value, expect) in [
        ("FFMPEG", "/nowhere/ffmpeg", "set FFMPEG"),
        ("FFMPEG", "/bin/true", "libx264"),
        ("CONTENT_KEY_SEEDS", "x", "CONTENT_KEY_SEEDS can't be used"),
        ("OBJECTS_URL", "ftp://x/", "file:///folder or s3://bucket"),
        ("SERVICE_KEYS", "none", "SERVICE_KEYS can't be used"),
        ("KID_SEED", "x", "KID_SEED can't be used"),
        ("ORIGIN_URL", "origin", "ORIGIN_URL is not a URL"),
        ("ORIGIN_URL", "ftp://origin/", "use http:// or https://"),
        ("WORKER_CONCURRENCY", "0", "0 is not in 1..=256"),
        ("WORKER_KINDS", "encode,bake", "there is no task kind bake"),
        ("WORK_DIR", "/proc/none", "set WORK_DIR"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_transcode-worker"));
        settings(&mut command, &studio, &origin);
        let output = command.env(name, value).output().await.unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success());
        assert!(said.contains(expect), "{name}={value}: {said}");
        assert!(!said.contains(KID_SEED));
    }
    let help = Command::new(env!("CARGO_BIN_EXE_transcode-worker"))
        .arg("--help")
        .output()
        .await
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("Examples:") && help.contains("--once"));
}

#[tokio::test]
async fn a_copy_never_waits_behind_a_chunk() {
    let studio = Studio::open().await;
    studio.film(films::SLOW);
    let origin = Origin::start(LEASE).await;
    origin.start_job();
    let _worker = worker(&studio, &origin, &["--concurrency", "1"]);
    encoding(&studio, &origin).await;
    origin.insert("copy", json!({"masterKey": "masters/film/none"}));
    let copy = origin.until_kind_is("copy", is_done).await;
    assert_eq!(copy.result["obstacles"][0]["code"], "master_missing");
    let encoding = origin
        .books
        .lock()
        .unwrap()
        .tasks
        .iter()
        .any(|row| row.kind == "encode" && is_leased(&row.standing));
    assert!(encoding, "the only lane is still at its chunk");
}
