//! The operator's hand tool: makes the sample films.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use transcode_lambda::samples;

#[derive(Parser)]
#[command(
    about = "Marquee's transcode tools",
    after_help = "Examples:
  transcode samples --list
  transcode samples films/                    make all three
  transcode samples films/ --only ember.mp4"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make the sample films: three short masters with sound and subtitles, one of them HDR10
    Samples(SamplesArgs),
}

#[derive(Args)]
struct SamplesArgs {
    /// Where they go
    folder: Option<PathBuf>,
    /// Print what can be made, as JSON
    #[arg(long)]
    list: bool,
    /// Only this file
    #[arg(long)]
    only: Option<String>,
    /// The ffmpeg to use
    #[arg(long, env = "FFMPEG", default_value = ".marquee/tools/ffmpeg")]
    ffmpeg: PathBuf,
}

fn main() -> ExitCode {
    let Command::Samples(arguments) = Cli::parse().command;
    match make_samples(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report(&format!("{failure:#}"));
            ExitCode::FAILURE
        }
    }
}

fn make_samples(arguments: &SamplesArgs) -> Result<()> {
    let films = samples::films();
    if arguments.list {
        let list = serde_json::to_string_pretty(&films)?;
        writeln!(std::io::stdout().lock(), "{list}")?;
        return Ok(());
    }
    let folder = arguments
        .folder
        .as_ref()
        .context("say where the films go: transcode samples FOLDER")?;
    let chosen: Vec<_> = films
        .iter()
        .filter(|film| arguments.only.as_ref().is_none_or(|only| only == film.file))
        .collect();
    anyhow::ensure!(
        !chosen.is_empty(),
        "there is no such sample film; `transcode samples --list` names them"
    );
    for film in chosen {
        let mut said = 0;
        samples::make(film, folder, &arguments.ffmpeg, |percent| {
            if percent >= said + 10 {
                said = percent;
                report(&format!("{}: {percent} %", film.title));
            }
        })?;
    }
    Ok(())
}

fn report(text: &str) {
    // A closed terminal must not end the work.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
