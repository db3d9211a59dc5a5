//! The host: our runner, or Spin.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{process::Process, servers::free_port};

pub(crate) struct Edge {
    port: u16,
    _process: Process,
}

impl Edge {
    /// Starts the whole application of `spin.toml` and waits until it serves.
    pub(crate) async fn start(
        variables: &[(&str, String)],
        store_url: &str,
        folder: &Path,
    ) -> Self {
        let manifest = manifest(folder);
        let port = free_port();
        let listen = format!("127.0.0.1:{port}");
        let mut command = if is_spin() {
            spin(&manifest, store_url, folder)
        } else {
            runner(&manifest, store_url)
        };
        command
            .args(["--listen", &listen])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        for (name, value) in variables {
            command.env(format!("SPIN_VARIABLE_{}", name.to_uppercase()), value);
        }
        let process = tokio::task::spawn_blocking(move || {
            let mut process = Process::start(&mut command);
            let output = process.child().stdout.take().expect("piped");
            let mut lines = BufReader::new(output).lines().map_while(Result::ok);
            assert!(
                lines.any(|line| line.starts_with("Serving http://")),
                "the edge ended before it served"
            );
            // What components write keeps flowing, or they would stop.
            std::thread::spawn(move || lines.for_each(drop));
            process
        });
        Self {
            port,
            _process: process.await.expect("the edge starts"),
        }
    }

    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the suite's one setting: which host to ask"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn is_spin() -> bool {
    setting("EDGE").as_deref() == Some("spin")
}

fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("a folder in the target folder")
}

/// The repository's `spin.toml`, its components taken from where this build put them, its app from a folder of ours.
fn manifest(folder: &Path) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = std::fs::read_to_string(root.join("spin.toml")).expect("spin.toml");
    let components = target().join("wasm32-wasip2/release");
    assert!(
        components.join("gateway.wasm").is_file(),
        "{} has no components: `make functions` builds them",
        components.display()
    );
    let app = app(folder);
    let text = text
        .replace(
            "target/wasm32-wasip2/release",
            &components.display().to_string(),
        )
        .replace("functions/web/ui/dist", &app.display().to_string());
    let path = folder.join("spin.toml");
    std::fs::write(&path, text).expect("written");
    path
}

/// A built app in miniature.
fn app(folder: &Path) -> PathBuf {
    let app = folder.join("app");
    for (name, text) in [
        ("index.html", "<!doctype html><title>Marquee</title>"),
        ("assets/app-1a2b3c.js", "console.log('plain')"),
        ("assets/app-1a2b3c.js.br", "pretend brotli"),
        ("assets/app-1a2b3c.js.map", "{}"),
        ("avatars/1.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ] {
        let path = app.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        std::fs::write(path, text).expect("written");
    }
    app
}

fn runner(manifest: &Path, store_url: &str) -> Command {
    let program =
        setting("EDGE_RUNNER").map_or_else(|| target().join("debug/edge-runner"), PathBuf::from);
    assert!(
        program.is_file(),
        "{} is missing: `cargo build -p edge-runner` makes it",
        program.display()
    );
    let mut command = Command::new(program);
    // Compiled components are kept for the next run; everything a component stores is in `store_url`.
    let state = Path::new(env!("CARGO_TARGET_TMPDIR")).join("edge");
    command
        .arg("--manifest")
        .arg(manifest)
        .arg("--state-dir")
        .arg(state);
    command
        .args(["--kv", "valkey", "--kv-url", store_url, "--no-access-log"])
        .env("RUST_LOG", "warn");
    // What it copies for its components goes with our folder, as it is killed and can't clean up.
    command.env("TMPDIR", manifest.parent().expect("a file in a folder"));
    command
}

fn spin(manifest: &Path, store_url: &str, folder: &Path) -> Command {
    let config = folder.join("runtime-config.toml");
    let text = format!(
        "state_dir = \"{}\"\n[key_value_store.default]\ntype = \"redis\"\nurl = \"{store_url}\"\n\
         [outbound_http]\nconnection_pooling = true\n",
        folder.join("state").display()
    );
    std::fs::write(&config, text).expect("written");
    let mut command = Command::new("spin");
    command
        .arg("up")
        .arg("--from")
        .arg(manifest)
        .arg("--runtime-config-file")
        .arg(config);
    command
}
