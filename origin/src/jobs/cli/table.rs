//! Jobs and tasks as text of fixed width.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use crate::jobs::{
    cost::Cost,
    detail::{JobDetail, TaskView},
    sql::Reason,
    state::TaskState,
    view::JobView,
};

const BAR_CELLS: usize = 20;

/// The newest jobs, one a line, with the reasons of those that failed.
pub(super) fn jobs(jobs: &[JobView], now: DateTime<Utc>) -> String {
    if jobs.is_empty() {
        return "No jobs yet: `origin ingest FILE --title …` makes one.\n".to_owned();
    }
    let mut text = format!(
        "{:<36}  {:<24}  {:>3}  {:<10}  {:<BAR_CELLS$} {:>6}  {:>9}  {:>5}  {:>7}  {:>7}  {:>6}  {:>14}\n",
        "JOB",
        "TITLE",
        "VER",
        "STATE",
        "PROGRESS",
        "%",
        "TASKS",
        "TRIES",
        "FPS",
        "LEFT",
        "AGE",
        "COST"
    );
    for job in jobs {
        // Writing to a String can't fail.
        let _ = writeln!(
            text,
            "{:<36}  {:<24}  {:>3}  {:<10}  {} {:>6.1}  {:>9}  {:>5}  {:>7}  {:>7}  {:>6}  {:>14}",
            job.id,
            shorten(&job.title, 24),
            job.version,
            job.state.as_str(),
            bar(job.percent),
            job.percent,
            format!("{}/{}", job.tasks.done, job.tasks.total),
            job.attempts,
            job.fps.map_or_else(nothing, |fps| format!("{fps:.0}")),
            job.eta_s.map_or_else(nothing, duration),
            duration((now - job.created_at).num_seconds().unsigned_abs()),
            cost(&job.cost),
        );
        reasons(&mut text, "    ", &job.reasons);
    }
    text
}

/// A job with its tasks and what they said.
pub(super) fn detail(detail: &JobDetail, now: DateTime<Utc>) -> String {
    let mut text = jobs(std::slice::from_ref(&detail.job), now);
    let _ = writeln!(
        text,
        "\n{:<9}  {:<24}  {:<9}  {:>6}  {:>5}  {:>7}  {:>8}  WORKER",
        "TASK", "WHAT", "STATE", "%", "TRIES", "FPS", "TIME"
    );
    for task in &detail.tasks {
        one_task(&mut text, task, now);
    }
    text
}

fn one_task(text: &mut String, task: &TaskView, now: DateTime<Utc>) {
    let time = match (task.duration_ms, task.started_at) {
        (Some(ms), _) => format!("{:.1}s", ms as f64 / 1000.0),
        (None, Some(began)) if task.state == TaskState::Leased => {
            duration((now - began).num_seconds().unsigned_abs())
        }
        _ => nothing(),
    };
    let _ = writeln!(
        text,
        "{:<9}  {:<24}  {:<9}  {:>6.1}  {:>5}  {:>7}  {:>8}  {}",
        task.kind.as_str(),
        shorten(&name(task), 24),
        state(task.state),
        task.percent,
        task.attempt,
        task.fps.map_or_else(nothing, |fps| format!("{fps:.0}")),
        time,
        task.worker.as_deref().unwrap_or("-"),
    );
    reasons(text, "           ", &task.reasons);
    for line in &task.log {
        let _ = writeln!(text, "           │ {}", line.line);
    }
}

/// What a task is about: its label, else what its worker does.
pub(super) fn name(task: &TaskView) -> String {
    let words = [task.label.as_deref(), task.stage.as_deref()];
    let words: Vec<&str> = words.into_iter().flatten().collect();
    words.join(", ")
}

fn reasons(text: &mut String, indent: &str, reasons: &[Reason]) {
    for reason in reasons {
        let _ = writeln!(text, "{indent}{}: {}", reason.code, reason.problem);
        let _ = writeln!(text, "{indent}  {}", reason.remedy);
    }
}

fn state(state: TaskState) -> &'static str {
    match state {
        TaskState::Waiting => "waiting",
        TaskState::Leased => "running",
        TaskState::Done => "done",
        TaskState::Failed => "failed",
        TaskState::Cancelled => "cancelled",
    }
}

fn nothing() -> String {
    "-".to_owned()
}

/// Spent, of what is expected.
pub(super) fn cost(cost: &Cost) -> String {
    let spent = amount(cost.spent);
    match cost.expected {
        Some(expected) if expected > cost.spent => {
            format!("{spent}/{} {}", amount(expected), cost.currency)
        }
        _ => format!("{spent} {}", cost.currency),
    }
}

/// A short film costs a fraction of a cent, a long one tens of euros.
fn amount(value: f64) -> String {
    let digits = match value {
        1.0.. => 2,
        0.01..1.0 => 3,
        _ => 5,
    };
    format!("{value:.digits$}")
}

fn bar(percent: f64) -> String {
    let full = ((percent / 100.0).clamp(0.0, 1.0) * BAR_CELLS as f64).round() as usize;
    "━".repeat(full) + &"─".repeat(BAR_CELLS - full)
}

fn shorten(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width - 1).chain(['…']).collect()
}

/// Seconds as people say them.
pub(super) fn duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_always_as_wide() {
        for percent in [-5.0, 0.0, 2.4, 50.0, 99.9, 100.0, 120.0] {
            assert_eq!(bar(percent).chars().count(), BAR_CELLS, "{percent}");
        }
        assert_eq!(bar(50.0), "━━━━━━━━━━──────────");
    }

    #[test]
    fn durations_are_read_at_a_glance() {
        for (seconds, expect) in [(5, "5s"), (65, "1m05s"), (3_700, "1h01m"), (200_000, "2d")] {
            assert_eq!(duration(seconds), expect);
        }
    }

    #[test]
    fn small_amounts_keep_digits_that_mean_something() {
        for (value, expect) in [
            (0.0, "0.00000"),
            (0.000_226, "0.00023"),
            (0.0351, "0.035"),
            (12.346, "12.35"),
        ] {
            assert_eq!(amount(value), expect);
        }
    }

    #[test]
    fn a_long_title_keeps_its_beginning() {
        assert_eq!(shorten("Sintel", 28), "Sintel");
        assert_eq!(shorten(&"é".repeat(40), 5), "éééé…");
    }
}
