//! `make faults`: the long run.

use std::{
    io::Write,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, SystemTime},
};

use anyhow::Result;
use clap::Parser;
use faults::{Settings, built_programs, installed_tools};

#[derive(Parser)]
#[command(
    about = "Kills worker, origin and PostgreSQL while they make films, and looks whether anything shows",
    after_help = "Examples:
  faults                        200 kills
  faults --kills 20 --seed 7    fewer, and who dies when is decided as before"
)]
struct Cli {
    /// How many kills at least
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    kills: u32,
    /// Decides who is killed and when [default: of the clock, printed]
    #[arg(long)]
    seed: Option<u64>,
    /// Films made at once
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=8))]
    films: u32,
    /// Seconds of each film
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(5..=600))]
    film_s: u32,
    /// Folder with the programs [default: this one's]
    #[arg(long)]
    programs: Option<PathBuf>,
    /// Folder with ffmpeg, ffprobe and packager
    #[arg(long, env = "MARQUEE_TOOLS")]
    tools: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match work(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("FAILED: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn work(cli: Cli) -> Result<()> {
    let settings = Settings {
        kills: cli.kills,
        kills_per_round: 20,
        seed: cli.seed.unwrap_or_else(clock),
        films: cli.films,
        film_s: cli.film_s,
        pauses: (Duration::from_millis(300), Duration::from_millis(2500)),
        programs: cli.programs.map_or_else(built_programs, Ok)?,
        tools: cli.tools.unwrap_or_else(installed_tools),
    };
    say(&format!("seed {}", settings.seed));
    let outcome = faults::run(&settings, say).await?;
    say(&format!(
        "{} kills {:?}, {} jobs in {} rounds all ready, {} of {} attempts lost, every byte as undisturbed, playlists {}, {:.0} s",
        outcome.kills.values().sum::<u32>(),
        outcome.kills,
        outcome.jobs,
        outcome.rounds,
        outcome.attempts.1,
        outcome.attempts.0,
        outcome.playlists,
        outcome.took.as_secs_f64()
    ));
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a seed nobody chose; it is printed"
)]
fn clock() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

fn say(text: &str) {
    // A closed terminal must not end the run.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
