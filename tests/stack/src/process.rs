//! One child process: started so that it dies with us, its output in the log, its end awaited.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::fs::File;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::terminal;

/// How one part is started. Kept, so that a part that died is started again the same way.
#[derive(Clone)]
pub struct Recipe {
    pub name: &'static str,
    pub program: PathBuf,
    pub arguments: Vec<String>,
    pub environment: Vec<(String, String)>,
    /// Extra `setpriv` arguments: PostgreSQL refuses to run as root.
    pub privileges: Vec<String>,
    /// The signal that means "finish cleanly".
    pub stop_signal: Signal,
    /// Which of its lines a person wants on the terminal; the log file has them all.
    pub shown: fn(&str) -> bool,
}

impl Recipe {
    /// A program without arguments or settings.
    pub fn new(name: &'static str, program: impl Into<PathBuf>) -> Self {
        Self {
            name,
            program: program.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            privileges: Vec::new(),
            stop_signal: Signal::SIGTERM,
            shown: |_| true,
        }
    }

    /// One more argument.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// One more setting.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// `setpriv` gives the child a parent-death signal, so that nothing of ours outlives a killed stack. Its own
    /// process group keeps the terminal's Ctrl-C away from it: we stop the parts, in order.
    pub fn command(&self) -> Command {
        let mut command = Command::new("setpriv");
        command
            .args(&self.privileges)
            .arg("--pdeathsig")
            .arg(self.stop_signal.as_str().trim_start_matches("SIG"));
        command.arg("--").arg(&self.program).args(&self.arguments);
        command.envs(self.environment.iter().cloned());
        command
            .process_group(0)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }
}

/// A part that ended, reported to the supervisor.
pub struct Ended {
    pub name: &'static str,
    pub pid: u32,
    pub status: ExitStatus,
}

/// A part that was started.
pub struct Running {
    pub recipe: Recipe,
    pub pid: u32,
    waiter: JoinHandle<()>,
}

/// Starts a part; `ended` hears of its end, whatever the reason.
pub async fn start(
    recipe: &Recipe,
    logs: &Path,
    ended: mpsc::UnboundedSender<Ended>,
) -> Result<Running> {
    let mut command = recipe.command();
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| {
        format!(
            "{} ({}) can't be started",
            recipe.name,
            recipe.program.display()
        )
    })?;
    let pid = child
        .id()
        .context("a child that was just started has a pid")?;
    let log = logs.join(format!("{}.log", recipe.name));
    let streams = [
        child
            .stdout
            .take()
            .map(|out| Box::new(out) as Box<dyn AsyncRead + Send + Unpin>),
        child
            .stderr
            .take()
            .map(|err| Box::new(err) as Box<dyn AsyncRead + Send + Unpin>),
    ];
    for stream in streams.into_iter().flatten() {
        let file = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .await
            .with_context(|| format!("{} can't be written", log.display()))?;
        tokio::spawn(copy_lines(stream, file, recipe.name, recipe.shown));
    }
    let name = recipe.name;
    let waiter = tokio::spawn(async move { report_end(child, name, pid, &ended).await });
    Ok(Running {
        recipe: recipe.clone(),
        pid,
        waiter,
    })
}

async fn report_end(
    mut child: Child,
    name: &'static str,
    pid: u32,
    ended: &mpsc::UnboundedSender<Ended>,
) {
    if let Ok(status) = child.wait().await {
        // The supervisor may be gone already, at the very end.
        let _ = ended.send(Ended { name, pid, status });
    }
}

async fn copy_lines(
    stream: impl AsyncRead + Unpin,
    mut file: File,
    name: &'static str,
    shown: fn(&str) -> bool,
) {
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if shown(&line) {
            terminal::part_line(name, &line);
        }
        // A full disk must not stop the part: its line was at least shown.
        let _ = file.write_all(format!("{line}\n").as_bytes()).await;
    }
}

impl Running {
    /// Sends a signal to the part, if it still runs.
    pub fn signal(&self, signal: Signal) {
        // The process may have ended on its own: then there is nothing to tell it.
        let _ = kill(Pid::from_raw(self.pid.cast_signed()), signal);
    }

    /// Ends the part without a word, as a crash would, and waits until it is gone.
    pub async fn kill(self) {
        self.signal(Signal::SIGKILL);
        let _ = self.waiter.await;
    }

    /// Asks the part to finish, and kills it when it has not after `patience`.
    pub async fn stop(mut self, patience: Duration) {
        self.signal(self.recipe.stop_signal);
        if tokio::time::timeout(patience, &mut self.waiter)
            .await
            .is_err()
        {
            terminal::step(&format!(
                "{} did not stop within {} s: killing it",
                self.recipe.name,
                patience.as_secs()
            ));
            self.signal(Signal::SIGKILL);
            let _ = self.waiter.await;
        }
    }
}

/// Runs a program to its end with its lines on the terminal: for work that takes seconds. Its last line is the error when
/// it fails.
pub async fn run_shown(recipe: &Recipe) -> Result<()> {
    let mut child = recipe
        .command()
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} can't be started", recipe.program.display()))?;
    let mut lines =
        BufReader::new(child.stderr.take().expect("stderr was asked for above")).lines();
    let mut last = String::new();
    while let Some(line) = lines.next_line().await? {
        terminal::part_line(recipe.name, &line);
        last = line;
    }
    anyhow::ensure!(
        child.wait().await?.success(),
        "{} failed: {last}",
        recipe.name
    );
    Ok(())
}

/// Runs a program to its end; its output is the error when it fails.
pub async fn run(recipe: &Recipe) -> Result<String> {
    let output = recipe
        .command()
        .output()
        .await
        .with_context(|| format!("{} can't be started", recipe.program.display()))?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    anyhow::ensure!(
        output.status.success(),
        "{} failed: {}",
        recipe.name,
        said.lines().last().unwrap_or("it gave no reason")
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
