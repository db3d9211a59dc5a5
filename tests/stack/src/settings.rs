//! What can be set from the command line and the environment. Read once, in `main`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

#[derive(Parser)]
#[command(
    name = "stack",
    about = "Marquee on one machine",
    after_help = "Examples:
  stack up                                 everything, with three sample films, on http://127.0.0.1:3000
  stack up --listen 127.0.0.1:8080 --no-films
  DATABASE_URL=postgres://me@db/marquee stack up    use a PostgreSQL that already runs
  stack ctl stop origin                    stop one part of a running stack
  stack services                           only PostgreSQL and Valkey, for tests"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Start everything and stay in the foreground; Ctrl-C stops it all
    Up(Box<UpSettings>),
    /// Start a private PostgreSQL and Valkey and print their URLs; Ctrl-C stops both
    Services(ServicesSettings),
    /// Ask a running stack for something: status, stop PART, start PART, kill PART
    Ctl(CtlSettings),
}

#[derive(Args, Clone)]
pub(crate) struct UpSettings {
    /// Where state lives: databases, objects, secrets, logs
    #[arg(long, env = "MARQUEE_STATE", default_value = ".marquee")]
    pub(crate) state_dir: PathBuf,
    /// Address of the edge, the only one a viewer needs
    #[arg(long, env = "EDGE_LISTEN", default_value = "127.0.0.1:3000")]
    pub(crate) listen: SocketAddr,
    /// Which host runs the edge functions; by default Spin when `spin` 4.1 or newer is on PATH, else our runner
    #[arg(long, env = "EDGE", value_enum)]
    pub(crate) edge: Option<EdgeHost>,
    /// Folder with the built programs
    #[arg(long, env = "MARQUEE_BIN", default_value = "target/debug")]
    pub(crate) bin_dir: PathBuf,
    /// Folder with ffmpeg, ffprobe and packager
    #[arg(long, env = "MARQUEE_TOOLS", default_value = ".marquee/tools")]
    pub(crate) tools_dir: PathBuf,
    /// Don't make and ingest the sample films
    #[arg(long)]
    pub(crate) no_films: bool,
    /// A PostgreSQL that already runs
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,
    /// A Valkey (or Redis 7) that already runs
    #[arg(long, env = "VALKEY_URL", hide_env_values = true)]
    pub(crate) valkey_url: Option<String>,
    #[command(flatten)]
    pub(crate) s3: S3Settings,
}

/// An S3 endpoint instead of the folder in the state directory.
#[derive(Args, Clone)]
pub(crate) struct S3Settings {
    /// For example <https://s3.eu-west-1.amazonaws.com>
    #[arg(long = "s3-endpoint", env = "S3_ENDPOINT", requires_all = ["bucket", "access_key_id", "secret_access_key"])]
    pub(crate) endpoint: Option<String>,
    #[arg(long = "s3-bucket", env = "S3_BUCKET")]
    pub(crate) bucket: Option<String>,
    #[arg(long = "s3-region", env = "S3_REGION", default_value = "us-east-1")]
    pub(crate) region: String,
    #[arg(
        long = "s3-access-key-id",
        env = "S3_ACCESS_KEY_ID",
        hide_env_values = true
    )]
    pub(crate) access_key_id: Option<String>,
    #[arg(
        long = "s3-secret-access-key",
        env = "S3_SECRET_ACCESS_KEY",
        hide_env_values = true
    )]
    pub(crate) secret_access_key: Option<String>,
}

#[derive(Args, Clone)]
pub(crate) struct ServicesSettings {
    /// Where their data lives
    #[arg(long, env = "MARQUEE_STATE", default_value = ".marquee/test")]
    pub(crate) state_dir: PathBuf,
}

#[derive(Args, Clone)]
pub(crate) struct CtlSettings {
    /// State folder of the running stack
    #[arg(long, env = "MARQUEE_STATE", default_value = ".marquee")]
    pub(crate) state_dir: PathBuf,
    /// status | stop PART | start PART | kill PART, where PART is origin, worker, edge, valkey or postgres
    #[arg(required = true, num_args = 1..=2)]
    pub(crate) words: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EdgeHost {
    Runner,
    Spin,
}
