//! The whole of Marquee on one machine: PostgreSQL, Valkey, the object folder, origin, the transcode worker and the edge,
//! started in order, watched, and stopped together. `make up` runs `stack up`; `make test` runs `stack services`.
//!
//! A library too: fault tests start, kill and restart parts with it.
//!
//! It ends only what it started, and keeps everything it writes in one state folder.

mod control;
mod films;
mod objects;
mod parts;
pub mod ports;
pub mod postgres;
pub mod process;
mod secrets;
mod settings;
mod supervisor;
mod terminal;
mod valkey;

use std::process::ExitCode;

use clap::Parser;

use crate::settings::{Cli, Command};

/// The `stack` program.
pub async fn run() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Up(settings) => supervisor::up(*settings).await,
        Command::Services(settings) => supervisor::services(settings).await,
        Command::Ctl(request) => control::send(&request).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::failure(&failure);
            ExitCode::FAILURE
        }
    }
}
