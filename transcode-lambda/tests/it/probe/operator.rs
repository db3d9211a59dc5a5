//! `transcode probe`, as an operator uses it.

use std::process::{Command, Output};

use super::{CLIP, make};
use crate::studio::tool_paths;

fn probe(bytes: &[u8]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("master.mp4");
    std::fs::write(&file, bytes).unwrap();
    let tools = tool_paths();
    let mut command = Command::new(env!("CARGO_BIN_EXE_transcode"));
    command.arg("probe").arg(&file);
    for (name, path) in [
        ("--ffmpeg", tools.ffmpeg),
        ("--ffprobe", tools.ffprobe),
        ("--packager", tools.packager),
    ] {
        if let Some(path) = path {
            command.arg(name).arg(path);
        }
    }
    command.output().unwrap()
}

#[test]
fn a_good_master_is_described_as_json_with_its_plan() {
    let output = probe(&CLIP);
    assert!(output.status.success());
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["report"]["video"]["codec"], "h264");
    assert_eq!(found["plan"]["video"]["frames"], 48);
}

#[test]
fn a_refused_master_fails_the_command_which_prints_every_reason_and_remedy_and_what_was_found() {
    let stamp = "-f lavfi -i testsrc2=s=48x32:r=500:d=0.2 -c:v libx264 -preset ultrafast";
    let output = probe(&make(stamp, "mp4"));
    assert_eq!(output.status.code(), Some(1));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["report"]["video"]["width"], 48);
    assert_eq!(found["refusals"][0]["code"], "size_unsupported");
    let said = String::from_utf8(output.stderr).unwrap();
    for words in [
        "size_unsupported",
        "The picture is 48x32 pixels.",
        "Deliver between 64 and 8192 pixels",
        "frame_rate_unsupported",
        "The video runs at 500.000 frames per second.",
        "Deliver 23.976, 24, 25",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}
