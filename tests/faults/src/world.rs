//! PostgreSQL, origin and a worker, as a supervisor would run them: what dies is started again.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use stack::{
    ports,
    postgres::Cluster,
    process::{self, Ended, Recipe, Running},
};
use tokio::{net::TcpStream, sync::mpsc};

use crate::Settings;

/// Short, so that a killed worker's task is soon taken over; the product's default is 30.
const LEASE_S: &str = "3";
/// A part that was started is there by then.
const PATIENCE: Duration = Duration::from_secs(60);
const KEY: &str = "4444444444444444444444444444444444444444444444444444444444444444";

/// What can be killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// PostgreSQL's postmaster, and with it every connection.
    Postgres,
    /// The service.
    Origin,
    /// The transcode worker, and with it its ffmpeg.
    Worker,
}

impl Part {
    pub(crate) const ALL: [Self; 3] = [Self::Postgres, Self::Origin, Self::Worker];
}

/// The processes, and what one round works on.
pub(crate) struct World {
    folder: PathBuf,
    settings: Settings,
    cluster: Cluster,
    running: BTreeMap<Part, Running>,
    ended: mpsc::UnboundedSender<Ended>,
    endings: mpsc::UnboundedReceiver<Ended>,
    origin_port: u16,
    /// The database's name, and the folder's that objects are in.
    pub(crate) round: String,
}

impl World {
    /// Makes a cluster and starts it.
    pub(crate) async fn open(folder: &Path, settings: &Settings) -> Result<Self> {
        // PostgreSQL may run as another user, who must get to its folder.
        std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        std::fs::create_dir_all(folder.join("logs"))?;
        let cluster = Cluster::new(folder, KEY, ports::free()?)?;
        cluster.initialise().await?;
        let (ended, endings) = mpsc::unbounded_channel();
        let mut world = Self {
            folder: folder.to_owned(),
            settings: settings.clone(),
            cluster,
            running: BTreeMap::new(),
            ended,
            endings,
            origin_port: ports::free()?,
            round: String::new(),
        };
        world.start(Part::Postgres).await?;
        Ok(world)
    }

    /// A new database, a new object folder, origin and a worker.
    pub(crate) async fn begin(&mut self, round: &str) -> Result<()> {
        round.clone_into(&mut self.round);
        self.cluster.create_database(round).await?;
        process::run(&self.origin().argument("migrate"))
            .await
            .context("migrate")?;
        self.start(Part::Origin).await?;
        self.start(Part::Worker).await
    }

    /// Hands the masters in. Their titles have the same ids in every round: so the keys are the same, and the bytes.
    pub(crate) async fn ingest(&self, masters: &[PathBuf]) -> Result<()> {
        for (place, master) in masters.iter().enumerate() {
            let id = content_id(place);
            let insert = format!(
                "INSERT INTO content (content_id, content_type, title, release_year, created_at, updated_at)
                 VALUES ('{id}', 'movie', 'Film {place}', 2026, now(), now())"
            );
            self.query(&insert).await?;
            let ingest = self
                .origin()
                .argument("ingest")
                .argument(text(master)?)
                .argument("--content-id")
                .argument(id);
            process::run(&ingest).await.context("ingest")?;
        }
        Ok(())
    }

    pub(crate) async fn have_all_jobs_ended(&self) -> Result<bool> {
        let open = "SELECT count(*) FROM jobs WHERE state NOT IN ('ready', 'failed', 'cancelled')";
        Ok(self.query(open).await? == "0")
    }

    pub(crate) async fn describe_jobs(&self) -> Result<String> {
        self.query("SELECT state, reasons, (SELECT json_agg(json_build_object('kind', kind, 'ordinal', ordinal, 'state', state,
                        'attempt', attempt, 'losses', losses, 'until', leased_until)) FROM tasks t WHERE t.job_id = j.job_id) FROM jobs j")
            .await
    }

    pub(crate) async fn query(&self, sql: &str) -> Result<String> {
        self.cluster.query(&self.round, sql).await
    }

    pub(crate) fn objects(&self) -> PathBuf {
        self.folder.join("objects").join(&self.round)
    }

    pub(crate) fn scratch(&self) -> PathBuf {
        self.folder.join("scratch")
    }

    /// `kill -9`, and the start that a supervisor makes of it.
    pub(crate) async fn kill(&mut self, part: Part) -> Result<()> {
        if let Some(running) = self.running.remove(&part) {
            running.kill().await;
        }
        self.start(part).await
    }

    /// Stops the worker as an operator would: what it leaves behind can be looked at.
    pub(crate) async fn stop_worker(&mut self) -> Result<()> {
        let worker = self.running.remove(&Part::Worker);
        worker.context("the worker runs")?.stop(PATIENCE).await;
        Ok(())
    }

    /// Ends what a round started.
    pub(crate) async fn end(&mut self) {
        for part in [Part::Worker, Part::Origin] {
            if let Some(running) = self.running.remove(&part) {
                running.stop(PATIENCE).await;
            }
        }
    }

    /// Ends everything.
    pub(crate) async fn close(mut self) {
        self.end().await;
        if let Some(postgres) = self.running.remove(&Part::Postgres) {
            postgres.stop(PATIENCE).await;
        }
    }

    /// A killed PostgreSQL's children hold its memory for a moment longer, and a new one refuses to start meanwhile: tried again.
    async fn start_postgres(&mut self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let recipe = self.cluster.server()?;
            let running = self.launch(&recipe).await?;
            let pid = running.pid;
            self.running.insert(Part::Postgres, running);
            while !self.has_ended(pid) {
                if self.cluster.is_ready().await {
                    return Ok(());
                }
                if Instant::now() > deadline {
                    bail!("PostgreSQL did not come back; {}", self.log("postgres"));
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }

    fn has_ended(&mut self, pid: u32) -> bool {
        while let Ok(ended) = self.endings.try_recv() {
            if ended.pid == pid {
                return true;
            }
        }
        false
    }

    async fn start(&mut self, part: Part) -> Result<()> {
        let recipe = match part {
            Part::Postgres => return self.start_postgres().await,
            Part::Origin => self.origin().argument("serve"),
            Part::Worker => self.worker()?,
        };
        let running = self.launch(&recipe).await?;
        self.running.insert(part, running);
        if part == Part::Origin {
            let deadline = Instant::now() + PATIENCE;
            while TcpStream::connect(("127.0.0.1", self.origin_port))
                .await
                .is_err()
            {
                if Instant::now() > deadline {
                    bail!("origin does not listen; {}", self.log("origin"));
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        Ok(())
    }

    async fn launch(&self, recipe: &Recipe) -> Result<Running> {
        let mut recipe = recipe.clone();
        recipe.shown = |_| false;
        process::start(&recipe, &self.folder.join("logs"), self.ended.clone()).await
    }

    /// The end of a part's log.
    pub(crate) fn log(&self, name: &str) -> String {
        let path = self.folder.join("logs").join(format!("{name}.log"));
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    fn origin(&self) -> Recipe {
        self.with_keys(Recipe::new("origin", self.settings.programs.join("origin")))
            .env("DATABASE_URL", self.cluster.url(&self.round))
            // Nobody listens there: what happens without Valkey is tested elsewhere.
            .env("VALKEY_URL", "redis://127.0.0.1:9")
            .env("ORIGIN_LISTEN", format!("127.0.0.1:{}", self.origin_port))
            .env("SESSION_SIGNING_KEY", KEY)
            .env("SESSION_SIGNING_KEY_ID", "s1")
            // What is counted is the ladder: a copy before it would double every film.
            .env("COPY_FIRST", "false")
            .env("TASK_LEASE_S", LEASE_S)
    }

    fn worker(&self) -> Result<Recipe> {
        let tools = &self.settings.tools;
        let recipe = Recipe::new("worker", self.settings.programs.join("transcode-worker"));
        Ok(self
            .with_keys(recipe)
            .env(
                "ORIGIN_URL",
                format!("http://127.0.0.1:{}", self.origin_port),
            )
            .env("WORK_DIR", text(&self.scratch())?)
            .env("WORKER_CONCURRENCY", "2")
            .env("WORKER_GRACE_S", "0")
            .env("TRANSCODE_PRESET", "fast")
            .env("FFMPEG", text(&tools.join("ffmpeg"))?)
            .env("FFPROBE", text(&tools.join("ffprobe"))?)
            .env("PACKAGER", text(&tools.join("packager"))?))
    }

    fn with_keys(&self, recipe: Recipe) -> Recipe {
        recipe
            .env(
                "OBJECTS_URL",
                format!("file://{}", self.objects().display()),
            )
            .env("SERVICE_KEYS", format!("k:{KEY}"))
            .env("CONTENT_KEY_SEEDS", format!("1:{KEY}"))
            .env("KID_SEED", KEY)
            .env("LOG_FORMAT", "text")
            .env("NO_COLOR", "1")
    }
}

/// The id of the film at that place, in every round.
pub(crate) fn content_id(place: usize) -> String {
    format!("0190a2b4-0000-7000-8000-{place:012}")
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path of ours is UTF-8")
}
