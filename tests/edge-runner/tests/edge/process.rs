//! The binary: what it prints, what it logs, how it ends.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::support::{Edge, manifest};

fn runner(folder: &TempDir, text: &str) -> Command {
    std::fs::write(folder.path().join("spin.toml"), text).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_edge-runner"));
    command
        .arg("--manifest")
        .arg(folder.path().join("spin.toml"))
        .arg("--state-dir")
        .arg(folder.path().join("state"));
    command
        .args(["--listen", "127.0.0.1:0", "--log", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn end(mut process: Child) -> (bool, String) {
    let mut log = String::new();
    process
        .stderr
        .take()
        .expect("piped")
        .read_to_string(&mut log)
        .expect("text");
    (process.wait().expect("ended").success(), log)
}

#[tokio::test]
async fn it_prints_its_routes_logs_each_request_without_its_query_and_ends_on_sigterm() {
    let folder = TempDir::new().expect("a folder");
    let mut process = runner(&folder, &manifest("description = \"tests\""))
        .spawn()
        .expect("started");
    let mut lines = BufReader::new(process.stdout.take().expect("piped"))
        .lines()
        .map(|line| line.expect("text"));
    let serving = lines.next().expect("a line");
    let base = serving
        .strip_prefix("Serving ")
        .expect("the address")
        .to_owned();
    assert_eq!(lines.next().as_deref(), Some("Available Routes:"));
    assert_eq!(lines.next(), Some(format!("  fixture: {base}/...")));
    assert_eq!(lines.next().as_deref(), Some("    tests"));

    let client = Edge::start("spin_manifest_version = 2\n[application]\nname = \"none\"\n[[trigger.http]]\nroute = \"/\"\nstatic_response = {}").await;
    let request =
        http::Request::get(format!("{base}/constant?token=secret")).header("x-request-id", "id-1");
    let answer = client
        .answer(request.body(crate::support::body("")).expect("a request"))
        .await;
    assert_eq!(answer.text, "constant");

    let stopped = Command::new("kill")
        .arg(process.id().to_string())
        .status()
        .expect("kill runs");
    assert!(stopped.success());
    let (success, log) = end(process);
    assert!(success, "{log}");
    let entry = log
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let access: Vec<_> = entry
        .filter(|entry| entry["target"] == "edge_runner::access")
        .collect();
    assert_eq!(access.len(), 1, "{log}");
    for (field, expected) in [
        ("method", "GET"),
        ("path", "/constant"),
        ("component", "fixture"),
        ("request_id", "id-1"),
    ] {
        assert_eq!(access[0][field], expected, "{log}");
    }
    assert_eq!(access[0]["status"], 200);
    assert!(
        access[0]["duration_ms"].is_number() && access[0]["timestamp"].is_string(),
        "{log}"
    );
    assert!(!log.contains("secret"), "{log}");
}

#[test]
fn variables_come_from_the_command_line_before_the_environment_and_missing_ones_are_all_named() {
    let text = manifest(
        "variables = { a = \"{{ a }}\" }\n[variables]\na = { required = true }\nb = { required = true }\nc = { required = true }",
    );
    let folder = TempDir::new().expect("a folder");
    let mut command = runner(&folder, &text);
    command
        .env("SPIN_VARIABLE_B", "environment")
        .args(["--variable", "unknown=1"]);
    let (success, log) = end(command.spawn().expect("started"));
    assert!(!success);
    assert!(log.contains("required variables a, c:"), "{log}");
}

#[test]
fn a_manifest_it_cannot_host_ends_with_a_sentence() {
    let folder = TempDir::new().expect("a folder");
    let (success, log) = end(
        runner(&folder, &manifest("sqlite_databases = [\"default\"]"))
            .spawn()
            .expect("started"),
    );
    assert!(!success);
    assert!(
        log.contains("is not a manifest the runner can host")
            && log.contains("unknown field `sqlite_databases`"),
        "{log}"
    );
}

#[test]
fn help_shows_examples() {
    let shown = Command::new(env!("CARGO_BIN_EXE_edge-runner"))
        .arg("--help")
        .output()
        .expect("it runs");
    assert!(
        String::from_utf8_lossy(&shown.stdout)
            .contains("Examples:\n  edge-runner --manifest spin.toml")
    );
}
