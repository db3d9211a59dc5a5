//! What happens to films in the making when processes die: real PostgreSQL, origin and worker, one of them killed (`kill -9`) at random
//! again and again, until every job has ended. Then what was published must be what an undisturbed run publishes, byte for byte,
//! playlist for playlist, with nothing missing and nothing doubled.
//!
//! The choices are random and the seed is printed; when the processes get how far is the machine's. Only processes that were started here are
//! ended, by their pid.

mod chaos;
mod dice;
mod evidence;
mod master;
mod world;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

pub use self::world::Part;
use self::{chaos::Chaos, dice::Dice, evidence::Evidence, world::World};

/// What to do.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many kills at least.
    pub kills: u32,
    /// How many in one world at most, before its jobs are left to end.
    pub kills_per_round: u32,
    /// Decides who is killed and when.
    pub seed: u64,
    /// Films made at once.
    pub films: u32,
    /// Length of each.
    pub film_s: u32,
    /// Between two kills: the shortest and the longest pause.
    pub pauses: (Duration, Duration),
    /// Folder with the programs that were built.
    pub programs: PathBuf,
    /// Folder with ffmpeg, ffprobe and packager.
    pub tools: PathBuf,
}

/// What happened.
#[derive(Debug)]
pub struct Outcome {
    /// How often each part was killed.
    pub kills: BTreeMap<Part, u32>,
    /// Worlds that were begun, beside the undisturbed one.
    pub rounds: u32,
    /// Jobs that ended, all of them ready.
    pub jobs: u32,
    /// Attempts at tasks, and how many of them were lost.
    pub attempts: (u64, u64),
    /// SHA-256 over all playlists of all films.
    pub playlists: String,
    /// How long it took.
    pub took: Duration,
}

/// Makes the films once undisturbed, then again and again under fire until enough was killed.
pub async fn run(settings: &Settings, say: impl Fn(&str)) -> Result<Outcome> {
    ensure!(settings.films > 0, "there must be a film to be made");
    let begun = Instant::now();
    let folder = tempfile::tempdir().context("no temporary folder can be made")?;
    let masters = master::make(
        &settings.tools,
        folder.path(),
        settings.films,
        settings.film_s,
    )?;
    let mut world = World::open(folder.path(), settings).await?;
    say("making the films undisturbed");
    let expected = round(&mut world, &masters, "undisturbed", &mut Chaos::none(), 0).await?;
    say(&format!(
        "undisturbed: {:.1} s, {} files, playlists {}",
        begun.elapsed().as_secs_f64(),
        expected.files.len(),
        expected.playlists
    ));
    let mut chaos = Chaos::new(Dice::new(settings.seed), settings.pauses);
    let mut outcome = Outcome {
        kills: BTreeMap::new(),
        rounds: 0,
        jobs: 0,
        attempts: (0, 0),
        playlists: expected.playlists.clone(),
        took: Duration::ZERO,
    };
    while chaos.total() < settings.kills {
        outcome.rounds += 1;
        let name = format!("round{}", outcome.rounds);
        let most = (settings.kills - chaos.total()).min(settings.kills_per_round);
        let found = round(&mut world, &masters, &name, &mut chaos, most)
            .await
            .with_context(|| format!("{name}, seed {}, {} kills", settings.seed, chaos.total()))?;
        expected
            .compare(&found)
            .with_context(|| format!("{name}, seed {}", settings.seed))?;
        outcome.jobs += settings.films;
        outcome.attempts.0 += found.attempts;
        outcome.attempts.1 += found.lost;
        say(&format!(
            "{name}: the same again, after {} kills and {} of {} attempts lost",
            chaos.total(),
            found.lost,
            found.attempts
        ));
    }
    world.close().await;
    outcome.kills = chaos.kills().clone();
    outcome.took = begun.elapsed();
    Ok(outcome)
}

/// One world: the films are handed in, the parts are disturbed until all jobs have ended, and what came of them is read.
async fn round(
    world: &mut World,
    masters: &[PathBuf],
    name: &str,
    chaos: &mut Chaos,
    most: u32,
) -> Result<Evidence> {
    world.begin(name).await?;
    world.ingest(masters).await?;
    chaos.rage(world, most).await?;
    world.stop_worker().await?;
    let evidence = evidence::gather(world).await?;
    world.end().await;
    Ok(evidence)
}

/// The folder of the programs beside a test's own.
pub fn built_programs() -> Result<PathBuf> {
    let here = std::env::current_exe()?;
    let folder = here.ancestors().find(|folder| {
        folder.join("origin").is_file() && folder.join("transcode-worker").is_file()
    });
    let folder =
        folder.context("origin and transcode-worker are not built: run `cargo build --bins`")?;
    Ok(folder.to_owned())
}

/// Where `make setup` puts ffmpeg, ffprobe and packager.
pub fn installed_tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.marquee/tools")
}
