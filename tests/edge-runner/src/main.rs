//! `edge-runner`: `spin up` for one machine.

use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Parser, ValueEnum};
use edge_runner::{
    AccessLog, KeyValueBackend, Manifest, PublicRoute, Runner, RunnerConfig, RunningEdge,
    variables_from_environment,
};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

const EXAMPLES: &str = "\
Examples:
  edge-runner --manifest spin.toml
  edge-runner --manifest spin.toml --listen 0.0.0.0:3000 --kv valkey --kv-url redis://127.0.0.1:6379/0
  edge-runner --manifest spin.toml --variable token_key=@secrets/token_key --log json
  SPIN_VARIABLE_TOKEN_KEY=… edge-runner --manifest spin.toml --strict

Values of variables: --variable first, then SPIN_VARIABLE_<NAME>, then the manifest's default.
RUST_LOG sets the level of other log lines.";

/// Hosts a Spin application (manifest version 2, WASI 0.3 components) on Wasmtime.
#[derive(Parser)]
#[command(version, after_help = EXAMPLES)]
struct Arguments {
    /// The application.
    #[arg(long, default_value = "spin.toml")]
    manifest: PathBuf,
    /// Where to listen; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// Compiled components and the SQLite key-value file.
    #[arg(long, default_value = ".marquee/edge")]
    state_dir: PathBuf,
    /// Where key-value stores live.
    #[arg(long, value_enum, default_value_t = Store::Sqlite)]
    kv: Store,
    /// The database of `--kv valkey`.
    #[arg(long, required_if_eq("kv", "valkey"), value_name = "URL")]
    kv_url: Option<String>,
    /// The value of a variable, or with `@` the file that holds it. May be repeated.
    #[arg(long = "variable", value_name = "NAME=VALUE")]
    variables: Vec<String>,
    /// Requests in components at once; one that waits longer than 5 s is answered 503.
    #[arg(long, default_value_t = 512)]
    max_concurrency: usize,
    /// Requests that one instance serves in its life.
    #[arg(long, default_value_t = 128)]
    reuse: usize,
    /// Requests that share an instance at a time.
    #[arg(long, default_value_t = 16)]
    concurrent_reuse: usize,
    /// How long a component may compute or wait before it answers.
    #[arg(long, default_value = "30s", value_parser = humantime::parse_duration)]
    request_timeout: Duration,
    /// Fail where Akamai Functions would: 1 MB values, 8 kB keys, 10 MiB bodies, 30 s, 128 MiB.
    #[arg(long)]
    strict: bool,
    /// The form of log lines, which go to standard error.
    #[arg(long, value_enum, default_value_t = LogForm::Text)]
    log: LogForm,
    /// Leave out the line per request.
    #[arg(long)]
    no_access_log: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Store {
    Sqlite,
    Valkey,
}

#[derive(Clone, Copy, ValueEnum)]
enum LogForm {
    Json,
    Text,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    start_log(arguments.log);
    let edge = Runner::start(config(&arguments)?).await?;
    announce(&edge)?;
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping: running requests may end");
    edge.shutdown().await;
    Ok(())
}

fn config(arguments: &Arguments) -> anyhow::Result<RunnerConfig> {
    let manifest = Manifest::load(&arguments.manifest)?;
    let mut config = RunnerConfig::new(manifest, &arguments.state_dir);
    config.variables = variables_from_environment(std::env::vars());
    for given in &arguments.variables {
        let (name, value) = given
            .split_once('=')
            .with_context(|| format!("--variable {given} is not NAME=VALUE"))?;
        let value = match value.strip_prefix('@') {
            Some(file) => std::fs::read_to_string(file)
                .with_context(|| format!("--variable {name}: cannot read {file}"))?,
            None => value.to_owned(),
        };
        config.variables.insert(name.to_owned(), value);
    }
    config.key_value = match (arguments.kv, &arguments.kv_url) {
        (Store::Sqlite, None) => KeyValueBackend::Sqlite,
        (Store::Valkey, Some(url)) => KeyValueBackend::Valkey { url: url.clone() },
        (Store::Sqlite, Some(_)) => bail!("--kv-url needs --kv valkey"),
        (Store::Valkey, None) => bail!("--kv valkey needs --kv-url"),
    };
    config.listen = arguments.listen;
    config.max_concurrency = arguments.max_concurrency;
    config.reuse = arguments.reuse;
    config.concurrent_reuse = arguments.concurrent_reuse;
    config.request_timeout = arguments.request_timeout;
    config.strict = arguments.strict;
    config.access_log = match arguments.log {
        _ if arguments.no_access_log => AccessLog::Off,
        LogForm::Json => AccessLog::Json,
        LogForm::Text => AccessLog::Text,
    };
    Ok(config)
}

fn start_log(form: LogForm) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match form {
        LogForm::Json => log.json().flatten_event(true).init(),
        LogForm::Text => log.init(),
    }
}

/// On standard output, as Spin does, so that a script can wait for it.
fn announce(edge: &RunningEdge) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "Serving http://{}", edge.addr)?;
    writeln!(out, "Available Routes:")?;
    for PublicRoute {
        route,
        component,
        description,
    } in &edge.routes
    {
        let component = component.as_deref().unwrap_or("(static)");
        writeln!(out, "  {component}: http://{}{route}", edge.addr)?;
        if let Some(description) = description {
            writeln!(out, "    {description}")?;
        }
    }
    out.flush()
}
