//! A component has what the manifest grants it, and nothing else.

use std::fs;

use edge_runner::RunnerConfig;
use tempfile::TempDir;

use crate::support::{Edge, manifest};

const VARIABLES: &str = "variables = { url = \"{{ origin }}/play\", key = \"{{ key }}\" }\n\
    [variables]\norigin = { default = \"http://o\" }\nkey = { required = true, secret = true }";

fn with_key(config: &mut RunnerConfig) {
    config
        .variables
        .insert("key".to_owned(), "given".to_owned());
}

#[tokio::test]
async fn a_component_sees_its_own_variables_only() {
    let edge = Edge::with(&manifest(VARIABLES), with_key).await;
    assert_eq!(
        edge.get("/variable/url").await,
        (200, "http://o/play".to_owned())
    );
    assert_eq!(edge.get("/variable/key").await, (200, "given".to_owned()));
    let (status, text) = edge.get("/variable/origin").await;
    assert!(status == 502 && text.contains("Undefined"), "{text}");
    let (status, text) = edge.get("/variable/Origin").await;
    assert!(status == 502 && text.contains("InvalidName"), "{text}");
}

#[tokio::test]
async fn a_required_variable_without_a_value_stops_the_start() {
    let state = TempDir::new().expect("a folder");
    let refused = Edge::try_start(&manifest(VARIABLES), state.path(), |_| {})
        .await
        .err()
        .expect("it does not start");
    assert!(
        refused.to_string().contains("required variables key:"),
        "{refused:#}"
    );
}

#[tokio::test]
async fn an_environment_is_the_one_in_the_manifest() {
    let edge = Edge::start(&manifest("environment = { STAGE = \"local\" }")).await;
    assert_eq!(
        edge.get("/environment/STAGE").await,
        (200, "local".to_owned())
    );
    assert_eq!(edge.get("/environment/PATH").await.0, 502);
}

#[tokio::test]
async fn files_are_mounted_read_only_and_nothing_else_is() {
    let state = TempDir::new().expect("a folder");
    fs::create_dir(state.path().join("dist")).expect("created");
    fs::write(state.path().join("dist/index.html"), "<p>").expect("written");
    fs::write(state.path().join("secret"), "key").expect("written");
    let text = manifest("files = [{ source = \"dist\", destination = \"/www\" }]");
    let edge = Edge::try_start(&text, state.path(), |_| {})
        .await
        .expect("it starts");
    assert_eq!(
        edge.get("/file/www/index.html").await,
        (200, "<p>".to_owned())
    );
    for path in [
        "/file/secret",
        "/file/etc/passwd",
        "/write/www/new",
        "/write/www/index.html",
    ] {
        assert_eq!(edge.get(path).await.0, 502, "{path}");
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_stops_the_start() {
    let state = TempDir::new().expect("a folder");
    let text = manifest("files = [{ source = \"dist\", destination = \"/\" }]");
    let refused = Edge::try_start(&text, state.path(), |_| {})
        .await
        .err()
        .expect("it does not start");
    assert!(
        format!("{refused:#}").contains("does not exist"),
        "{refused:#}"
    );
}
