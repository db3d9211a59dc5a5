//! Starts the parts in order, restarts one that dies, answers `stack ctl`, and stops everything at the end.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::parts::{self, Wiring};
use crate::postgres::Cluster;
use crate::process::{self, Ended, Recipe, Running};
use crate::secrets::Secrets;
use crate::settings::{EdgeHost, ServicesSettings, UpSettings};
use crate::{control, films, objects, ports, terminal, valkey};

/// The order in which parts stop: nobody loses what it stands on.
const STOP_ORDER: [&str; 5] = ["edge", "worker", "origin", "valkey", "postgres"];
/// A part that dies more often than this within [`RESTART_WINDOW`] stays down.
const RESTARTS: usize = 5;
const RESTART_WINDOW: Duration = Duration::from_secs(60);

struct Supervisor {
    logs: PathBuf,
    running: HashMap<&'static str, Running>,
    /// Parts stopped on purpose through `stack ctl`, with the recipe to start them again.
    stopped: HashMap<&'static str, Recipe>,
    deaths: HashMap<&'static str, Vec<Instant>>,
    ended: mpsc::UnboundedSender<Ended>,
    endings: mpsc::UnboundedReceiver<Ended>,
}

/// `stack up`.
pub(crate) async fn up(settings: UpSettings) -> Result<()> {
    let begun = Instant::now();
    let (state_dir, _lock) = open_state(&settings.state_dir)?;
    let listen = ports::claim(settings.listen)?;
    let settings = UpSettings { listen, ..settings };
    let host = parts::choose_edge_host(settings.edge)?;
    let secrets = Secrets::load_or_create(&state_dir)?;
    let mut supervisor = Supervisor::new(&state_dir)?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let outcome = tokio::select! {
        outcome = supervisor.serve(settings, state_dir, secrets, host, begun) => outcome,
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
    };
    supervisor.stop_all().await;
    outcome
}

/// `stack services`.
pub(crate) async fn services(settings: ServicesSettings) -> Result<()> {
    let (state_dir, _lock) = open_state(&settings.state_dir)?;
    let secrets = Secrets::load_or_create(&state_dir)?;
    let mut supervisor = Supervisor::new(&state_dir)?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let outcome = tokio::select! {
        outcome = async {
            let database_url = supervisor.start_postgres(&state_dir, &secrets).await?;
            let valkey_url = supervisor.start_valkey(&state_dir).await?;
            terminal::result(&format!("DATABASE_URL={database_url}\nVALKEY_URL={valkey_url}"));
            supervisor.watch(None).await
        } => outcome,
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
    };
    supervisor.stop_all().await;
    outcome
}

/// The state folder, locked: two stacks on one database would corrupt each other's view.
fn open_state(folder: &Path) -> Result<(PathBuf, File)> {
    std::fs::create_dir_all(folder.join("logs")).with_context(|| {
        format!(
            "{} can't be written; run Marquee in a folder of yours",
            folder.display()
        )
    })?;
    let state_dir = folder.canonicalize()?;
    let lock = File::create(state_dir.join("lock"))?;
    if lock.try_lock().is_err() {
        bail!(
            "Marquee is already running from {}; stop it with Ctrl-C where it was started",
            state_dir.display()
        );
    }
    Ok((state_dir, lock))
}

impl Supervisor {
    fn new(state_dir: &Path) -> Result<Self> {
        let (ended, endings) = mpsc::unbounded_channel();
        let logs = state_dir.join("logs");
        for entry in std::fs::read_dir(&logs)?.flatten() {
            std::fs::remove_file(entry.path())?;
        }
        Ok(Self {
            logs,
            running: HashMap::new(),
            stopped: HashMap::new(),
            deaths: HashMap::new(),
            ended,
            endings,
        })
    }

    async fn serve(
        &mut self,
        settings: UpSettings,
        state_dir: PathBuf,
        secrets: Secrets,
        host: EdgeHost,
        begun: Instant,
    ) -> Result<()> {
        let database_url = match &settings.database_url {
            Some(url) => url.clone(),
            None => self.start_postgres(&state_dir, &secrets).await?,
        };
        let valkey_url = match &settings.valkey_url {
            Some(url) => url.clone(),
            None => self.start_valkey(&state_dir).await?,
        };
        let wiring = Arc::new(Wiring {
            origin_port: ports::free()?,
            objects_port: ports::free()?,
            settings,
            state_dir,
            secrets,
            database_url,
            valkey_url,
        });
        if wiring.settings.s3.endpoint.is_none() {
            std::fs::create_dir_all(wiring.object_folder())?;
            objects::serve(
                &wiring.object_folder(),
                &wiring.secrets.objects_token,
                wiring.objects_port,
            )
            .await?;
        }
        self.start_marquee(&wiring, host).await?;
        let requests = control::listen(&wiring.state_dir, &wiring.secrets.control_token).await?;
        let announce = announce(Arc::clone(&wiring), begun);
        tokio::select! {
            outcome = self.watch(Some(requests)) => outcome,
            Err(failure) = announce => Err(failure),
        }
    }

    async fn start_postgres(&mut self, state_dir: &Path, secrets: &Secrets) -> Result<String> {
        let cluster = Cluster::new(state_dir, &secrets.postgres_password, ports::free()?)?;
        cluster.initialise().await?;
        self.start(&cluster.server()?).await?;
        cluster.wait_until_ready().await?;
        cluster.create_database("marquee").await?;
        terminal::step("PostgreSQL is running");
        Ok(cluster.url("marquee"))
    }

    async fn start_valkey(&mut self, state_dir: &Path) -> Result<String> {
        let port = ports::free()?;
        self.start(&valkey::server(state_dir, port)?).await?;
        valkey::wait_until_ready(port).await?;
        terminal::step("Valkey is running");
        Ok(format!("redis://127.0.0.1:{port}"))
    }

    async fn start_marquee(&mut self, wiring: &Wiring, host: EdgeHost) -> Result<()> {
        wiring.write_origin_settings()?;
        process::run(&wiring.origin("migrate", &["migrate"])?)
            .await
            .context("the database can't be brought to this version")?;
        ensure_admin(wiring).await?;
        self.start(&wiring.origin("origin", &["serve"])?).await?;
        wait_for(&format!("{}/readyz", wiring.origin_url()), "origin").await?;
        terminal::step("Origin is running");
        self.start(&wiring.worker()?).await?;
        self.start(&wiring.edge(host)?).await?;
        wait_for(&format!("{}/healthz", wiring.public_origin()), "the edge").await?;
        terminal::step(&format!("The edge is running ({host:?})"));
        Ok(())
    }

    async fn start(&mut self, recipe: &Recipe) -> Result<()> {
        let running = process::start(recipe, &self.logs, self.ended.clone()).await?;
        self.running.insert(recipe.name, running);
        Ok(())
    }

    /// Until a part stays down: restarts what dies, answers requests.
    async fn watch(
        &mut self,
        mut requests: Option<mpsc::Receiver<control::Request>>,
    ) -> Result<()> {
        loop {
            let request = async {
                match &mut requests {
                    Some(requests) => requests.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                Some(ended) = self.endings.recv() => self.restart(ended).await?,
                Some(request) = request => {
                    let outcome = self.obey(&request.words).await;
                    // The asker may have hung up.
                    let _ = request.answer.send(outcome);
                }
            }
        }
    }

    async fn restart(&mut self, ended: Ended) -> Result<()> {
        if self
            .running
            .get(ended.name)
            .is_none_or(|running| running.pid != ended.pid)
        {
            return Ok(()); // Stopped on purpose.
        }
        let Some(gone) = self.running.remove(ended.name) else {
            return Ok(());
        };
        let deaths = self.deaths.entry(ended.name).or_default();
        deaths.retain(|at| at.elapsed() < RESTART_WINDOW);
        deaths.push(Instant::now());
        if deaths.len() > RESTARTS {
            bail!(
                "{} keeps ending ({}); see {}",
                ended.name,
                ended.status,
                self.logs.join(format!("{}.log", ended.name)).display()
            );
        }
        terminal::step(&format!(
            "{} ended ({}): starting it again",
            ended.name, ended.status
        ));
        self.start(&gone.recipe).await
    }

    async fn obey(&mut self, words: &[String]) -> Result<String> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["status"] => Ok(STOP_ORDER
                .iter()
                .map(|name| {
                    format!(
                        "{name}={}",
                        if self.running.contains_key(name) {
                            "up"
                        } else {
                            "down"
                        }
                    )
                })
                .collect::<Vec<_>>()
                .join(" ")),
            ["stop", name] => {
                let running = self
                    .running
                    .remove(*name)
                    .with_context(|| format!("{name} is not running"))?;
                self.stopped
                    .insert(running.recipe.name, running.recipe.clone());
                running.stop(Duration::from_secs(15)).await;
                Ok(format!("{name} is stopped"))
            }
            ["start", name] => {
                let recipe = self
                    .stopped
                    .remove(*name)
                    .with_context(|| format!("{name} was not stopped here"))?;
                self.start(&recipe).await?;
                Ok(format!("{name} is started"))
            }
            ["kill", name] => {
                self.running
                    .get(*name)
                    .with_context(|| format!("{name} is not running"))?
                    .signal(Signal::SIGKILL);
                Ok(format!("{name} is killed; it is started again"))
            }
            _ => bail!("say: status, stop PART, start PART or kill PART"),
        }
    }

    async fn stop_all(&mut self) {
        terminal::step("Stopping");
        for name in STOP_ORDER {
            if let Some(running) = self.running.remove(name) {
                running.stop(Duration::from_secs(15)).await;
            }
        }
        terminal::step(
            "Stopped. Everything is kept in the state folder; the next start takes seconds.",
        );
    }
}

/// Tells where to go and how to sign in, once there is something to watch.
async fn announce(wiring: Arc<Wiring>, begun: Instant) -> Result<std::convert::Infallible> {
    if !wiring.settings.no_films {
        films::prepare(Arc::clone(&wiring))
            .await
            .context("the sample films")?;
    }
    terminal::step(&format!(
        "Marquee is ready after {} s; Ctrl-C stops it",
        begun.elapsed().as_secs()
    ));
    terminal::result(&format!(
        "{}\nusername: {}\npassword: {}",
        wiring.public_origin(),
        wiring.secrets.admin_username,
        wiring.secrets.admin_password
    ));
    std::future::pending().await
}

async fn ensure_admin(wiring: &Wiring) -> Result<()> {
    let marker = wiring.state_dir.join("admin-created");
    if marker.exists() {
        return Ok(());
    }
    let recipe = wiring
        .origin(
            "admin",
            &[
                "admin",
                "create-account",
                "--username",
                &wiring.secrets.admin_username,
                "--display-name",
                "Admin",
                "--role",
                "admin",
                "--if-missing",
            ],
        )?
        .env("ACCOUNT_PASSWORD", &wiring.secrets.admin_password);
    process::run(&recipe)
        .await
        .context("the first account can't be made")?;
    std::fs::write(marker, "")?;
    Ok(())
}

async fn wait_for(url: &str, what: &str) -> Result<()> {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .build()?;
    let deadline = Instant::now() + Duration::from_secs(90);
    loop {
        if client
            .get(url)
            .send()
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!("{what} did not become ready within 90 s; see the logs in the state folder");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
