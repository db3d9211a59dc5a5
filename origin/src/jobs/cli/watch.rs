//! `origin jobs watch ID`: a bar for the job and one for each running task, on standard error; without a terminal, or with `--json`, a
//! line whenever something changed, on standard output.

use std::{
    collections::HashMap,
    io::{IsTerminal, Write},
    process::ExitCode,
    time::Duration,
};

use anyhow::Context;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use shared::ids::{JobId, TaskId};

use super::{Desk, line, print, table};
use crate::jobs::{
    detail::{self, JobDetail, TaskView},
    state::{JobState, TaskState},
    view::JobView,
};

const POLL: Duration = Duration::from_millis(500);
const FAILED: u8 = 3;
const CANCELLED: u8 = 4;

pub(super) async fn watch(desk: &mut Desk, job: JobId, json: bool) -> anyhow::Result<ExitCode> {
    let mut bars = (!json && std::io::stderr().is_terminal())
        .then(Bars::new)
        .transpose()?;
    let mut said = String::new();
    loop {
        let now = desk.clock.now();
        let found = detail::find(&mut desk.db, job, now, &desk.prices, 0)
            .await?
            .context("there is no such job; `origin jobs` lists them")?;
        if let Some(bars) = &mut bars {
            bars.show(&found);
        } else {
            let text = if json {
                line(&found.job)?
            } else {
                summary(&found.job) + "\n"
            };
            if text != said {
                print(&text)?;
                said = text;
            }
        }
        if found.job.state.is_final() {
            if let Some(bars) = bars {
                bars.clear();
            }
            return end(&found.job, json);
        }
        tokio::time::sleep(POLL).await;
    }
}

fn end(job: &JobView, json: bool) -> anyhow::Result<ExitCode> {
    let (text, code) = match job.state {
        JobState::Failed => ("failed", ExitCode::from(FAILED)),
        JobState::Cancelled => ("was cancelled", ExitCode::from(CANCELLED)),
        JobState::Ready
        | JobState::Queued
        | JobState::Probing
        | JobState::Encoding
        | JobState::Packaging
        | JobState::Verifying => ("is ready", ExitCode::SUCCESS),
    };
    if !json {
        let mut err = std::io::stderr().lock();
        writeln!(err, "{}, version {}, {text}", job.title, job.version)?;
        for reason in &job.reasons {
            writeln!(
                err,
                "{}: {}\n    {}",
                reason.code, reason.problem, reason.remedy
            )?;
        }
    }
    Ok(code)
}

/// A job in one line.
fn summary(job: &JobView) -> String {
    let mut words = vec![
        format!("{} {:.0} %", job.state.as_str(), job.percent),
        format!("{}/{} tasks", job.tasks.done, job.tasks.total),
    ];
    words.extend(job.fps.map(|fps| format!("{fps:.0} fps")));
    words.extend(
        job.eta_s
            .map(|left| format!("{} left", table::duration(left))),
    );
    words.push(table::cost(&job.cost));
    words.join(", ")
}

/// The bars on the terminal.
struct Bars {
    screen: MultiProgress,
    whole: ProgressBar,
    running: HashMap<TaskId, ProgressBar>,
    style: ProgressStyle,
}

impl Bars {
    fn new() -> anyhow::Result<Self> {
        let style = ProgressStyle::with_template("  {prefix:34} {bar:30} {pos:>3} %  {msg}")?
            .progress_chars("━━─");
        let screen = MultiProgress::new();
        let whole = screen.add(ProgressBar::new(100));
        whole.set_style(
            ProgressStyle::with_template("{prefix:.bold:36} {bar:30} {pos:>3} %  {msg}")?
                .progress_chars("━━─"),
        );
        Ok(Self {
            screen,
            whole,
            running: HashMap::new(),
            style,
        })
    }

    fn show(&mut self, found: &JobDetail) {
        self.whole.set_prefix(found.job.title.clone());
        self.whole.set_position(found.job.percent as u64);
        self.whole.set_message(summary(&found.job));
        let is_running = |task: &&TaskView| task.state == TaskState::Leased;
        let running: Vec<&TaskView> = found.tasks.iter().filter(is_running).collect();
        self.running.retain(|id, bar| {
            let stays = running.iter().any(|task| task.id == *id);
            if !stays {
                bar.finish_and_clear();
            }
            stays
        });
        for task in running {
            let bar = self.running.entry(task.id).or_insert_with(|| {
                let bar = self.screen.add(ProgressBar::new(100));
                bar.set_style(self.style.clone());
                bar
            });
            bar.set_prefix(format!("{} {}", task.kind.as_str(), table::name(task)));
            bar.set_position(task.percent as u64);
            bar.set_message(match (task.fps, &task.worker) {
                (Some(fps), Some(worker)) => format!("{fps:.0} fps  {worker}"),
                (None, Some(worker)) => worker.clone(),
                (_, None) => String::new(),
            });
        }
    }

    fn clear(self) {
        self.whole.finish_and_clear();
        for bar in self.running.into_values() {
            bar.finish_and_clear();
        }
    }
}
