//! The `origin` program: the service, and what an operator does beside it.

use std::{io::Write, process::ExitCode};

use clap::{Parser, Subcommand};
use origin::{
    MIGRATOR,
    admin::{self, AdminCommand},
    app::{App, Clock},
    config::{self, Config, LogFormat},
    ingest::{self, cli::IngestArguments},
    jobs::{self, cli::JobsArguments},
    openapi, serve,
};
use secrecy::ExposeSecret;
use sqlx::{Connection, PgConnection};
use tracing_subscriber::EnvFilter;

/// The only owner of Marquee's PostgreSQL. Settings are read from the environment.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer requests until told to stop.
    Serve,
    /// Bring the schema up to date.
    Migrate,
    /// Take a master file and make it playable.
    Ingest(Box<IngestArguments>),
    /// Show the newest transcode jobs.
    Jobs(JobsArguments),
    /// Accounts and titles, by hand.
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Print the OpenAPI document.
    Openapi,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    start_logging()?;
    match arguments.command {
        Command::Serve => {
            serve::run(App::new(Config::from_env()?, Clock::system())?).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Migrate => {
            let url = config::database_url()?;
            let mut db = PgConnection::connect(url.expose_secret()).await?;
            MIGRATOR.run(&mut db).await?;
            tracing::info!("the schema is up to date");
            Ok(ExitCode::SUCCESS)
        }
        Command::Ingest(arguments) => ingest::cli::run(*arguments).await,
        Command::Jobs(arguments) => jobs::cli::run(arguments).await,
        Command::Admin(command) => admin::run(command).await,
        Command::Openapi => {
            std::io::stdout().write_all(openapi::text().as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Log lines go to stderr: stdout belongs to what a subcommand answers.
fn start_logging() -> anyhow::Result<()> {
    let (filter, format) = config::logging()?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(filter)?)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Json => builder.json().flatten_event(true).init(),
        LogFormat::Text => builder.init(),
    }
    Ok(())
}
