//! The gate: what breaks a rule that nothing published may break stays in, with its report beside it.

use std::{path::Path, process::Command};

use serde_json::Value;
use transcode_lambda::{
    engine::Signals,
    failure::{Failure, NotPublishable},
    verify,
};

use crate::{
    mutations::{Case, Which, good},
    studio::{KID_SEED, SEEDS, Studio, target, tool_paths},
    surgery::{SIZE, media, number, payload, sample_field},
};

/// A studio of its own whose asset was spoiled.
async fn spoiled(spoil: fn(&mut Case)) -> Studio {
    let (source, good) = good().await;
    let studio = Studio::open().await;
    copy(&source.objects(), &studio.objects());
    let mut case = good.clone();
    spoil(&mut case);
    for (file, bytes) in &case.files {
        std::fs::write(studio.object(&target().asset_key(file)), bytes).unwrap();
    }
    studio
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// One encrypted byte within the first picture.
fn flip_a_byte(case: &mut Case) {
    let bytes = case.file(Which::Avc);
    let trun = payload(bytes, "moof/traf/trun").to_vec();
    let size = number(&trun, sample_field(&trun, 0, SIZE)) as usize;
    let place = media(bytes, 0) + size * 3 / 4;
    bytes[place] ^= 0x55;
}

fn stored_report(studio: &Studio) -> Value {
    let file = studio.object(&target().asset_key(verify::REPORT_FILE));
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

#[tokio::test]
async fn a_broken_must_is_refused_by_name_and_its_report_is_kept() {
    let studio = spoiled(flip_a_byte).await;
    let error = verify::run(&studio.engine, target(), &Signals::unwatched())
        .await
        .unwrap_err();
    let broken: &NotPublishable = error.downcast_ref().unwrap();
    let codes: Vec<_> = broken
        .reasons()
        .into_iter()
        .map(|reason| reason.code)
        .collect();
    assert_eq!(codes, ["verify_115"]);
    let report = stored_report(&studio);
    assert_eq!(
        (&report["passed"], &report["failedMust"]),
        (&Value::from(false), &Value::from(1))
    );
    let failure = Failure::from_error(&error);
    assert!(!failure.retryable);
    assert_eq!(failure.report.unwrap(), report, "origin is told the same");
}

#[tokio::test]
async fn a_file_that_is_missing_or_cut_off_is_refused_and_nothing_is_tried_again() {
    let studio = spoiled(|case| {
        let bytes = case.file(Which::Avc);
        bytes.truncate(bytes.len() / 2);
    })
    .await;
    let sound = good().await.1.track(Which::Aac).media().file.to_owned();
    std::fs::remove_file(studio.object(&target().asset_key(&sound))).unwrap();
    let error = verify::run(&studio.engine, target(), &Signals::unwatched())
        .await
        .unwrap_err();
    let failure = Failure::from_error(&error);
    let codes: Vec<_> = failure
        .reasons
        .iter()
        .map(|reason| reason.code.as_str())
        .collect();
    assert_eq!(
        (codes, failure.retryable),
        (vec!["verify_5", "verify_85"], false)
    );
}

struct Said {
    status: Option<i32>,
    out: String,
    errors: String,
}

/// Runs `transcode verify` on an asset as an operator would.
fn transcode_verify(studio: &Studio, asset: &str, more: &[&str]) -> Said {
    let tools = tool_paths();
    let output = Command::new(env!("CARGO_BIN_EXE_transcode"))
        .args(["verify", asset])
        .args(more)
        .env(
            "OBJECTS_URL",
            format!("file://{}", studio.objects().display()),
        )
        .env("CONTENT_KEY_SEEDS", SEEDS)
        .env("KID_SEED", KID_SEED)
        .env("WORK_DIR", studio.work_dir())
        .envs(
            [
                ("FFMPEG", tools.ffmpeg),
                ("FFPROBE", tools.ffprobe),
                ("PACKAGER", tools.packager),
            ]
            .into_iter()
            .filter_map(|(name, path)| Some((name, path?))),
        )
        .output()
        .unwrap();
    Said {
        status: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        errors: String::from_utf8(output.stderr).unwrap(),
    }
}

#[tokio::test]
async fn the_command_prints_a_table_and_its_status_is_the_verdict() {
    let (studio, _) = good().await;
    let key = format!("{}/{}", target().content, target().version);
    let fine = transcode_verify(studio, &key, &[]);
    assert_eq!(fine.status, Some(0), "{}{}", fine.out, fine.errors);
    assert!(
        fine.out
            .starts_with("rule  weight  result  what\n   1  must    ok      Playlists are"),
        "{}",
        fine.out
    );
    assert!(fine.out.ends_with("The asset is publishable.\n"));

    let studio = spoiled(crate::mutations::break_pattern).await;
    let folder = studio.object(&target().asset_key(""));
    let broken = transcode_verify(&studio, folder.to_str().unwrap(), &[]);
    assert_eq!(broken.status, Some(1), "{}", broken.errors);
    let id = good().await.1.track(Which::Avc).media().id;
    assert!(
        broken.out.contains(" 109  must    BROKEN  Pattern 1:9"),
        "{}",
        broken.out
    );
    assert!(broken.out.contains(&format!("{id}: the pattern is 1:8")));
    let json = transcode_verify(&studio, folder.to_str().unwrap(), &["--json"]);
    let report: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(
        (json.status, &report["passed"]),
        (Some(1), &Value::from(false))
    );
    let checks = report["checks"].as_array().unwrap();
    let pattern = checks.iter().find(|check| check["rule"] == "109").unwrap();
    assert_eq!(pattern["source"], "AS 13.7");

    let nothing = transcode_verify(&studio, &format!("{}/9", target().content), &[]);
    assert_eq!(nothing.status, Some(2));
    assert!(
        nothing.errors.contains("never packaged"),
        "{}",
        nothing.errors
    );
    assert_eq!(transcode_verify(&studio, "nonsense", &[]).status, Some(2));
}
