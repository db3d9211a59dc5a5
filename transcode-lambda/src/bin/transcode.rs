//! The operator's hand tool: makes the sample films, examines masters, runs the pipeline, verifies assets.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use serde::Serialize;
use serde_json::json;
use shared::{
    hls::validate::to_markdown,
    ids::{AssetVersion, ContentId, JobId},
    ladder::{self, Preset},
};
use tokio_util::sync::CancellationToken;
use transcode_lambda::{
    config::{self, EngineArgs, LadderArgs, ToolArgs},
    copy,
    encode::{self, complexity::Sampling},
    engine::{Engine, Progress, Signals, Target},
    failure::{NotPublishable, Refused},
    ladders,
    pipeline::{self, Done},
    probe::{Master, Probe},
    samples,
    task::ProbeSpec,
    verify,
};

#[derive(Parser)]
#[command(
    about = "Marquee's transcode tools",
    after_help = "Examples:
  transcode samples --list
  transcode samples films/                    make all three
  transcode samples films/ --only ember.mp4
  transcode probe master.mov                  what it is, and what stands against it
  transcode ladder check house.toml           every fault of a custom ladder, or the ladder as a table
  transcode plan master.mov --preset standard --measure
                                              the renditions it would become, fitted to the film
  transcode run master.mov --content 0190a2b4-0000-7000-8000-000000000001
  transcode verify 0190a2b4-0000-7000-8000-000000000001/1
  transcode rules                             what an asset is held against"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make the sample films: three short masters with sound and subtitles, one of them HDR10
    Samples(SamplesArgs),
    /// Say what a master is and whether it can be used, as JSON
    Probe(ProbeArgs),
    /// Custom ladders
    #[command(subcommand)]
    Ladder(LadderCommand),
    /// Say what would become of a master, as a table
    Plan(PlanArgs),
    /// Run the whole pipeline on a master, without origin; the asset lands in the object store
    Run(Box<RunArgs>),
    /// Make a master playable without encoding, if it conforms, and say what stands against that if not
    Copy(Box<RunArgs>),
    /// Encode a master's ladder in one piece with a single ffmpeg process: what the pipeline is compared with
    Whole(WholeArgs),
    /// Hold a packaged asset against every rule, decrypt and decode it
    Verify(Box<VerifyArgs>),
    /// Print the rule list as Markdown
    Rules,
}

#[derive(Args)]
struct ProbeArgs {
    /// The master
    file: PathBuf,
    #[command(flatten)]
    tools: ToolArgs,
}

#[derive(Subcommand)]
enum LadderCommand {
    /// List every fault of a ladder file with its line, or print the ladder as a table
    Check {
        /// The file; transcode-lambda/ladders/house.toml is an example
        file: PathBuf,
    },
}

#[derive(Args)]
struct PlanArgs {
    /// The master
    file: PathBuf,
    /// Take samples of the film and fit the rates to it, as the standard and premium presets do
    #[arg(long)]
    measure: bool,
    /// Print the whole plan as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    ladder: LadderArgs,
    #[command(flatten)]
    tools: ToolArgs,
}

#[derive(Args)]
struct RunArgs {
    /// The master
    file: PathBuf,
    /// The title's id
    #[arg(long)]
    content: ContentId,
    /// The asset's version
    #[arg(long, default_value = "1")]
    version: AssetVersion,
    /// The master is in the object store already: FILE is its key
    #[arg(long)]
    stored: bool,
    /// What the master's bytes must hash to
    #[arg(long)]
    sha256: Option<String>,
    /// Tasks at once
    #[arg(long, default_value_t = 1)]
    lanes: usize,
    /// Write how long each task took, as JSON, for `bench simulate`
    #[arg(long)]
    timings: Option<PathBuf>,
    #[command(flatten)]
    engine: EngineArgs,
}

#[derive(Args)]
struct WholeArgs {
    /// The master
    file: PathBuf,
    /// Where the renditions go
    folder: PathBuf,
    #[command(flatten)]
    ladder: LadderArgs,
    #[command(flatten)]
    tools: ToolArgs,
}

#[derive(Args)]
#[command(
    after_help = "Ends with status 0 when the asset may be published, 1 when a \"must\" is broken, 2 when it can't be verified.

Examples:
  transcode verify 0190a2b4-0000-7000-8000-000000000001/1           a version in the object store
  transcode verify .marquee/objects/assets/0190a2b4-…/1             a folder that holds an asset.json
  transcode verify 0190a2b4-0000-7000-8000-000000000001/1 --json | jq '.checks[] | select(.passed | not)'

Keys come from CONTENT_KEY_SEEDS and KID_SEED, as the worker's do."
)]
struct VerifyArgs {
    /// CONTENT/VERSION in the object store (or its key), or a folder
    asset: verify::Named,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engine: EngineArgs,
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

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Samples(arguments) => make_samples(&arguments),
        Command::Probe(arguments) => examine(&arguments).await,
        Command::Ladder(LadderCommand::Check { file }) => check_ladder(&file),
        Command::Plan(arguments) => show_plan(&arguments).await,
        Command::Run(arguments) => publish(&arguments).await,
        Command::Copy(arguments) => copy_first(&arguments).await,
        Command::Whole(arguments) => encode_whole(&arguments).await,
        Command::Verify(arguments) => {
            return verify_again(&arguments).await.unwrap_or_else(|error| {
                complain(&error);
                ExitCode::from(2)
            });
        }
        Command::Rules => write_out(&to_markdown()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn complain(error: &anyhow::Error) {
    report(&format!("{error:#}"));
    let reasons = match (error.downcast_ref(), error.downcast_ref::<NotPublishable>()) {
        (Some(Refused { reasons, .. }), _) => reasons.clone(),
        (None, Some(broken)) => broken.reasons(),
        (None, None) => return,
    };
    for reason in reasons {
        report(&format!("{} {}", reason.problem, reason.remedy));
    }
}

async fn examine(arguments: &ProbeArgs) -> Result<()> {
    let tools = arguments.tools.open().await?;
    let master = Master::file(&arguments.file).await?;
    let cancel = CancellationToken::new();
    let probe = Probe::new(&tools, &master, &cancel);
    let probed = async {
        let mut found = probe.inspect().await?;
        probe.measure(&mut found).await?;
        anyhow::Ok(found)
    };
    match probed.await {
        Ok(found) => {
            let plan = ladder::plan(&found.source, Preset::Fast).map_err(Refused::new)?;
            print(&json!({"report": found.report(), "plan": plan}))
        }
        Err(error) => {
            if let Some(Refused { reasons, report }) = error.downcast_ref() {
                print(&json!({"report": report, "refusals": reasons}))?;
            }
            Err(error)
        }
    }
}

fn check_ladder(file: &Path) -> Result<()> {
    let ladder = config::read_ladder(file)?;
    write!(std::io::stdout().lock(), "{}", ladders::of_file(&ladder))?;
    Ok(())
}

async fn show_plan(arguments: &PlanArgs) -> Result<()> {
    let settings = arguments.ladder.settings()?;
    let tools = arguments.tools.open().await?;
    let master = Master::file(&arguments.file).await?;
    let cancel = CancellationToken::new();
    let source = Probe::new(&tools, &master, &cancel).inspect().await?.source;
    let mut plan = ladder::plan(&source, &settings).map_err(Refused::new)?;
    if arguments.measure {
        let file = std::path::absolute(&arguments.file)?;
        let file = file.to_str().context("the file's name is not UTF-8")?;
        let sampling = Sampling {
            tools: &tools,
            scratch: &arguments.tools.scratch()?,
            signals: &Signals::unwatched(),
        };
        sampling.fit(file, &mut plan, &source, &settings).await?;
    }
    if arguments.json {
        return print(&plan);
    }
    write!(std::io::stdout().lock(), "{}", ladders::of_plan(&plan))?;
    for note in &plan.notes {
        report(note);
    }
    Ok(())
}

async fn publish(arguments: &RunArgs) -> Result<()> {
    let (engine, target, spec) = prepare(arguments).await?;
    let begun = std::time::Instant::now();
    let say = |task: &Done| {
        report(&format!(
            "{:>7.1} s  {} done in {:.1} s",
            begun.elapsed().as_secs_f64(),
            task.kind,
            task.seconds
        ));
    };
    let signals = Signals::unwatched();
    let tasks =
        pipeline::run_in_lanes(&engine, target, &spec, arguments.lanes, &signals, say).await?;
    let packaged = tasks.iter().find(|task| task.kind == "package");
    let packaged = &packaged.context("the pipeline packages")?.result;
    if let Some(path) = &arguments.timings {
        let duration_s = packaged["durationMs"].as_f64().unwrap_or(0.0) / 1000.0;
        let timings = json!({"durationS": duration_s, "tasks": tasks});
        std::fs::write(path, serde_json::to_vec_pretty(&timings)?)?;
    }
    print(packaged)
}

/// Everything that tasks need, with the master in the object store.
async fn prepare(arguments: &RunArgs) -> Result<(Engine, Target, ProbeSpec)> {
    let engine = arguments.engine.open().await?;
    let target = Target {
        job: JobId::from_uuid(arguments.content.as_uuid()),
        content: arguments.content,
        version: arguments.version,
    };
    let master_key = if arguments.stored {
        let key = arguments.file.to_str();
        key.context("the master's key is not UTF-8")?.to_owned()
    } else {
        let key = format!("masters/{}/local-{}", target.content, target.version);
        engine.store.put_file(&arguments.file, &key).await?;
        key
    };
    let spec = json!({"masterKey": master_key, "sha256": arguments.sha256});
    let spec = serde_json::from_value(spec).context("a task's description")?;
    Ok((engine, target, spec))
}

async fn copy_first(arguments: &RunArgs) -> Result<()> {
    let (engine, target, spec) = prepare(arguments).await?;
    let begun = std::time::Instant::now();
    let result = copy::run(&engine, target, &spec, &Signals::unwatched()).await?;
    report(&format!("{:.2} s", begun.elapsed().as_secs_f64()));
    print(&result)
}

async fn encode_whole(arguments: &WholeArgs) -> Result<()> {
    let tools = arguments.tools.open().await?;
    let file = std::path::absolute(&arguments.file)?;
    let file = file.to_str().context("the file's name is not UTF-8")?;
    let signals = Signals::unwatched();
    let master = Master::file(&arguments.file).await?;
    let found = Probe::new(&tools, &master, &signals.cancel)
        .inspect()
        .await?;
    let settings = arguments.ladder.settings()?;
    let mut plan = ladder::plan(&found.source, &settings).map_err(Refused::new)?;
    let sampling = Sampling {
        tools: &tools,
        scratch: &arguments.tools.scratch()?,
        signals: &signals,
    };
    sampling
        .fit(file, &mut plan, &found.source, &settings)
        .await?;
    std::fs::create_dir_all(&arguments.folder)?;
    let begun = std::time::Instant::now();
    encode::whole(&tools, file, &plan, &arguments.folder, &signals).await?;
    print(&json!({"seconds": begun.elapsed().as_secs_f64(), "plan": plan}))
}

async fn verify_again(arguments: &VerifyArgs) -> Result<ExitCode> {
    let (engine, place) = match &arguments.asset {
        verify::Named::Folder(folder) => {
            let folder = std::path::absolute(folder)?;
            let url = url::Url::from_file_path(&folder)
                .map_err(|()| anyhow::anyhow!("{} has no address", folder.display()))?;
            let engine = arguments.engine.open_on(url.as_str()).await?;
            let place = verify::Place::root(engine.store.clone());
            (engine, place)
        }
        verify::Named::Version(content, version) => {
            let engine = arguments.engine.open().await?;
            let target = Target {
                job: JobId::from_uuid(content.as_uuid()),
                content: *content,
                version: *version,
            };
            let place = verify::Place::of(&engine, target);
            (engine, place)
        }
    };
    let signals = Signals::unwatched();
    let narrator = tokio::spawn(narrate(signals.progress.subscribe()));
    let examined = verify::examine(&engine, &place, &signals).await;
    narrator.abort();
    let summary = examined?;
    if arguments.json {
        print(&summary)?;
    } else {
        write_out(&verify::table(&summary))?;
    }
    Ok(if summary.passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Says every two seconds how far it is: what is done sooner needs no words.
async fn narrate(progress: tokio::sync::watch::Receiver<Progress>) {
    loop {
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        let Progress { percent, stage, .. } = *progress.borrow();
        if let (Some(percent), Some(stage)) = (percent, stage) {
            report(&format!("{stage}: {percent:.0} %"));
        }
    }
}

fn write_out(text: &str) -> Result<()> {
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(())
}

fn print(value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(())
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
