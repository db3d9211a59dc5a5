//! Running ffmpeg, ffprobe and the packager: bounded in time, memory and output, and dead when we are.

use std::{
    ffi::OsString,
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use crate::{
    failure::{Cancelled, Flooded, Refused, TimedOut, ToolFailed},
    tools::Program,
};

/// How much of a program's complaints is kept.
const TAIL_BYTES: usize = 4096;

/// Of programs that give way: about a tenth of a processor that others want too.
const NICENESS: &str = "10";

/// How many programs that use one processor each run side by side.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// What a program may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest silence on standard output; `None` when it is expected to be silent.
    pub stall: Option<Duration>,
    /// Longest run.
    pub total: Duration,
    /// Address space, bytes; `None` for encoders, whose needs grow with the picture.
    pub memory: Option<u64>,
    /// Most bytes it may print.
    pub output: usize,
    /// It gives way to what somebody waits for: a copy, a probe, pictures, and on a small machine the edge.
    pub gives_way: bool,
}

impl Limits {
    /// Reading something small.
    pub const QUICK: Self = Self {
        stall: None,
        total: Duration::from_secs(60),
        memory: Some(4 << 30),
        output: 4 << 20,
        gives_way: false,
    };

    /// Work through a whole film, silent until it is done.
    pub const FILM: Self = Self {
        stall: None,
        total: Duration::from_secs(4 * 3600),
        memory: None,
        output: 64 << 20,
        gives_way: false,
    };

    /// An encoder that reports progress at least this often.
    pub const ENCODER: Self = Self {
        stall: Some(Duration::from_secs(180)),
        total: Duration::from_secs(4 * 3600),
        memory: None,
        output: 64 << 20,
        gives_way: true,
    };
}

/// A program that is about to run.
pub struct Invocation<'a> {
    program: &'a Program,
    arguments: Vec<OsString>,
    folder: &'a Path,
    limits: Limits,
    kept: usize,
    writes: bool,
}

impl<'a> Invocation<'a> {
    /// In its working folder.
    pub fn new(program: &'a Program, folder: &'a Path, limits: Limits) -> Self {
        Self {
            program,
            arguments: Vec::new(),
            folder,
            limits,
            kept: TAIL_BYTES,
            writes: true,
        }
    }

    /// It writes no files: the kernel ends it when it tries.
    #[must_use]
    pub fn only_reads(mut self) -> Self {
        self.writes = false;
        self
    }

    /// Keeps this much of its complaints, because they hold what is wanted.
    #[must_use]
    pub fn keeping(mut self, bytes: usize) -> Self {
        self.kept = bytes;
        self
    }

    /// One argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Several arguments.
    #[must_use]
    pub fn args<I: IntoIterator<Item = S>, S: Into<OsString>>(mut self, arguments: I) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Runs it and returns what it printed on standard output, and the end of its complaints.
    pub async fn output(self, cancel: &CancellationToken) -> Result<(Vec<u8>, String)> {
        let limit = self.limits.output;
        let tool = self.program.name;
        self.drive(cancel, async move |stdout| {
            let mut bytes = Vec::new();
            stdout
                .take(limit as u64 + 1)
                .read_to_end(&mut bytes)
                .await?;
            if bytes.len() > limit {
                return Err(Flooded { tool, limit }.into());
            }
            Ok(bytes)
        })
        .await
    }

    /// Runs it, hands every line that it prints to `take`, and returns the end of its complaints.
    pub async fn lines(
        self,
        cancel: &CancellationToken,
        mut take: impl FnMut(&str) -> Result<()>,
    ) -> Result<String> {
        let stall = self.limits.stall;
        let tool = self.program.name;
        self.drive(cancel, async move |stdout| {
            let mut lines = BufReader::new(stdout).lines();
            while let Some(line) = next_line(&mut lines, stall, tool).await? {
                take(&line)?;
            }
            Ok(())
        })
        .await
        .map(|((), tail)| tail)
    }

    async fn drive<T>(
        self,
        cancel: &CancellationToken,
        read: impl AsyncFnOnce(ChildStdout) -> Result<T>,
    ) -> Result<(T, String)> {
        let tool = self.program.name;
        let total = self.limits.total;
        let kept = self.kept;
        let mut child = self.spawn()?;
        let stdout = child.stdout.take().context("standard output is piped")?;
        let stderr = child.stderr.take().context("standard error is piped")?;
        let run = async {
            let (read, tail) = tokio::join!(read(stdout), tail(stderr, kept));
            // A reader that gave up leaves a program that may wait for ever on a full pipe.
            if read.is_err() {
                child.start_kill()?;
            }
            let status = child.wait().await?;
            anyhow::Ok((read, tail, status))
        };
        let ended: Result<_> = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(Cancelled.into()),
            ended = timeout(total, run) => ended.unwrap_or_else(|_| {
                let seconds = total.as_secs();
                Err(TimedOut { tool, seconds, missing: "an end" }.into())
            }),
        };
        // A child that was cancelled or timed out is dead before we say so: its folder is about to be removed. Its own children
        // don't exist.
        let (read, tail, status) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                // It may have ended by itself meanwhile.
                let _ = child.kill().await;
                return Err(error);
            }
        };
        match read {
            // The reader gave up for a reason of its own: that is the reason, not how the program ended without it.
            Err(error)
                if error.is::<TimedOut>() || error.is::<Flooded>() || error.is::<Refused>() =>
            {
                Err(error)
            }
            _ if !status.success() => Err(failed(tool, status, tail).into()),
            Err(error) => Err(error),
            Ok(read) => Ok((read, tail)),
        }
    }

    /// Words that bound the program from outside, where there is a `prlimit`. The clock that we watch it by is ours, so processor
    /// time is bounded too: a worker that is stopped for a while can't kill.
    fn limiter(&self) -> Vec<OsString> {
        let Some(limiter) = &self.program.limiter else {
            return Vec::new();
        };
        let cpu_s = self.limits.total.as_secs().max(1) * processors() as u64;
        let mut words = vec![
            limiter.into(),
            "--core=0".into(),
            format!("--cpu={cpu_s}").into(),
        ];
        if let Some(memory) = self.limits.memory {
            words.push(format!("--as={memory}").into());
        }
        if !self.writes {
            words.push("--fsize=0".into());
        }
        words
    }

    fn spawn(&self) -> Result<Child> {
        let mut words: Vec<OsString> = self.program.guard.clone();
        words.extend(self.limiter());
        if let (true, Some(nice)) = (self.limits.gives_way, &self.program.nice) {
            words.extend([nice.into(), "-n".into(), NICENESS.into()]);
        }
        words.push(self.program.path.clone().into());
        words.extend(self.arguments.iter().cloned());
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .current_dir(self.folder)
            // Seeds and service keys are in our environment. They are nobody else's.
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.folder)
            .env("TMPDIR", self.folder)
            .env("AV_LOG_FORCE_NOCOLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
            .spawn()
            .with_context(|| format!("{} can't be started", self.program.name))
    }
}

async fn next_line<R: AsyncRead + Unpin>(
    lines: &mut Lines<BufReader<R>>,
    stall: Option<Duration>,
    tool: &'static str,
) -> Result<Option<String>> {
    let Some(stall) = stall else {
        return Ok(lines.next_line().await?);
    };
    match timeout(stall, lines.next_line()).await {
        Ok(line) => Ok(line?),
        Err(_) => Err(TimedOut {
            tool,
            seconds: stall.as_secs(),
            missing: "progress",
        }
        .into()),
    }
}

/// The last bytes of a stream, read to its end so that the writer never blocks.
async fn tail(mut stream: impl AsyncRead + Unpin, most: usize) -> String {
    let mut kept: Vec<u8> = Vec::new();
    let mut chunk = [0; 1024];
    while let Ok(count @ 1..) = stream.read(&mut chunk).await {
        kept.extend_from_slice(&chunk[..count]);
        let surplus = kept.len().saturating_sub(most);
        kept.drain(..surplus);
    }
    String::from_utf8_lossy(&kept).trim().to_owned()
}

fn failed(tool: &'static str, status: ExitStatus, tail: String) -> ToolFailed {
    ToolFailed {
        tool,
        how: status.to_string(),
        tail,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::tools::Tools;

    /// A shell in place of ffmpeg.
    fn shell() -> Program {
        Program {
            name: "sh",
            path: PathBuf::from("/bin/sh"),
            guard: Vec::new(),
            limiter: Tools::limiter(),
            nice: Tools::nice(),
        }
    }

    async fn run(invocation: Invocation<'_>, script: &str) -> Result<(Vec<u8>, String)> {
        let invocation = invocation.args(["-c", script]);
        invocation.output(&CancellationToken::new()).await
    }

    #[tokio::test]
    async fn a_program_is_stopped_when_it_prints_or_takes_too_much() {
        let (shell, folder) = (shell(), std::env::temp_dir());
        let flood = Limits {
            output: 1000,
            ..Limits::QUICK
        };
        let error = run(
            Invocation::new(&shell, &folder, flood),
            "while :; do echo more; done",
        )
        .await;
        assert!(error.unwrap_err().is::<Flooded>());
        let short = Limits {
            total: Duration::from_millis(100),
            ..Limits::QUICK
        };
        let error = run(
            Invocation::new(&shell, &folder, short),
            "while :; do :; done",
        )
        .await;
        assert!(error.unwrap_err().is::<TimedOut>());
    }

    #[tokio::test]
    async fn an_encoder_gives_way_to_what_somebody_waits_for() {
        let (shell, folder) = (shell(), std::env::temp_dir());
        let own = run(Invocation::new(&shell, &folder, Limits::QUICK), "nice").await;
        let encoder = run(Invocation::new(&shell, &folder, Limits::ENCODER), "nice").await;
        let niceness = |ran: Result<(Vec<u8>, String)>| -> i32 {
            let (printed, _) = ran.unwrap();
            String::from_utf8_lossy(&printed).trim().parse().unwrap()
        };
        let (own, encoder) = (niceness(own), niceness(encoder));
        assert_eq!(encoder, (own + 10).min(19));
    }

    #[tokio::test]
    async fn a_program_has_the_memory_the_time_and_the_files_that_it_was_given() {
        let shell = shell();
        let folder = tempfile::tempdir().unwrap();
        if shell.limiter.is_none() {
            return;
        }
        let invocation = || Invocation::new(&shell, folder.path(), Limits::QUICK);
        let (printed, _) = run(invocation(), "ulimit -v; ulimit -c; ulimit -t")
            .await
            .unwrap();
        let cpu_s = 60 * processors();
        assert_eq!(
            String::from_utf8_lossy(&printed),
            format!("4194304\n0\n{cpu_s}\n")
        );
        run(invocation(), "echo kept > file").await.unwrap();
        let refused = run(invocation().only_reads(), "echo more >> file").await;
        assert!(refused.unwrap_err().is::<ToolFailed>());
        assert_eq!(
            std::fs::read(folder.path().join("file")).unwrap(),
            b"kept\n"
        );
    }
}
