//! Measures this machine's Marquee. Everything goes to loopback only, and is bounded in connections and time.

mod edge;
mod load;
mod memory;
mod pipeline;
mod playable;
mod simulate;
mod target;

use std::io::Write;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

#[derive(Parser)]
#[command(
    about,
    after_help = "Examples:
  bench edge --marquee http://127.0.0.1:3000 --username admin --peer http://127.0.0.1:4600   (password in MARQUEE_PASSWORD)
  bench playable --marquee http://127.0.0.1:3000 --username admin master.mp4
  bench pipeline master.mp4
  bench simulate timings.json --film-s 7200 --workers 2,100,1000
  bench memory"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The edge's hot routes against the Node peer: requests per second and latency
    Edge(edge::EdgeArgs),
    /// From the last uploaded byte of a master to its first bytes at a viewer
    Playable(playable::PlayableArgs),
    /// The whole pipeline against one bare ffmpeg process that encodes the same ladder
    Pipeline(pipeline::PipelineArgs),
    /// Recorded task times replayed on many workers: wall time, critical path, cost
    Simulate(simulate::SimulateArgs),
    /// What a worker holds in memory, outside ffmpeg, with a master of many gigabytes
    Memory(memory::MemoryArgs),
}

/// A running stack, and its operator.
#[derive(Args)]
struct StackArgs {
    /// The edge
    #[arg(long)]
    marquee: String,
    #[arg(long)]
    username: String,
    #[arg(long, env = "MARQUEE_PASSWORD", hide_env_values = true)]
    password: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Edge(arguments) => edge::run(&arguments).await,
        Command::Playable(arguments) => playable::run(&arguments).await,
        Command::Pipeline(arguments) => pipeline::run(&arguments).await,
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Memory(arguments) => memory::run(&arguments).await,
    }
}

/// What is being done: for who waits, not for what reads the figures.
fn note(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

fn say(line: &str) {
    // A closed pipe ends the output, not the measurement.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}
