//! What becomes of an error: refused for good, or tried again. Decided here and nowhere else.

use serde::Serialize;
use shared::{
    hls::validate::{Check, Severity},
    ladder::Refusal,
};

use crate::{probe::Report, verify::Summary};

/// The master, or what was made of it, can't be used. Trying again gives the same answer.
#[derive(Debug, thiserror::Error)]
#[error("refused: {}", codes(.reasons))]
pub struct Refused {
    /// Every reason.
    pub reasons: Vec<Refusal>,
    /// What was found nevertheless: an operator reads the reasons beside it.
    pub report: Option<Box<Report>>,
}

impl Refused {
    /// For these reasons.
    pub fn new(reasons: Vec<Refusal>) -> Self {
        Self {
            reasons,
            report: None,
        }
    }

    /// A single reason.
    pub fn because(code: &str, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(vec![Refusal::new(code, problem, remedy)])
    }

    /// With what was found.
    #[must_use]
    pub fn having_found(mut self, report: Report) -> Self {
        self.report = Some(Box::new(report));
        self
    }
}

fn codes(refusals: &[Refusal]) -> String {
    let codes: Vec<_> = refusals
        .iter()
        .map(|refusal| refusal.code.as_str())
        .collect();
    codes.join(", ")
}

/// The asset breaks a rule that nothing published may break. Trying again gives the same answer.
#[derive(Debug, thiserror::Error)]
#[error("not publishable: {} rules are broken", .0.failed_must)]
pub struct NotPublishable(pub Box<Summary>);

impl NotPublishable {
    /// One reason for each broken rule.
    pub fn reasons(&self) -> Vec<Refusal> {
        let reason = |check: &Check| {
            let first = check.findings.first().map_or("", String::as_str);
            Refusal::new(
                &format!("verify_{}", check.rule),
                format!(
                    "The asset breaks rule {} ({}): {first}.",
                    check.rule, check.name
                ),
                "Read the verification report; if the master is fine, this is a bug of the pipeline.",
            )
        };
        self.0.broken(Severity::Must).map(reason).collect()
    }
}

/// The task was called off: by the operator, by a lost lease, or because the worker stops.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the task was cancelled")]
pub struct Cancelled;

/// A program that we ran ended badly.
#[derive(Debug, thiserror::Error)]
#[error("{tool} {how}: {tail}")]
pub struct ToolFailed {
    /// Its name.
    pub tool: &'static str,
    /// How it ended.
    pub how: String,
    /// The end of what it said.
    pub tail: String,
}

/// A program made no progress, or took longer than it may.
#[derive(Debug, thiserror::Error)]
#[error("{tool} was stopped after {seconds} s without {missing}")]
pub struct TimedOut {
    /// Its name.
    pub tool: &'static str,
    /// How long we waited.
    pub seconds: u64,
    /// What it did not do.
    pub missing: &'static str,
}

/// A program printed more than anything real needs.
#[derive(Debug, thiserror::Error)]
#[error("{tool} was stopped after printing {limit} bytes")]
pub struct Flooded {
    /// Its name.
    pub tool: &'static str,
    /// What it may print.
    pub limit: usize,
}

/// What origin is told about a task that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Why.
    pub reasons: Vec<Refusal>,
    /// Another attempt may succeed.
    pub retryable: bool,
    /// What the probe or the verification found, for origin to keep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<serde_json::Value>,
}

impl Failure {
    /// Reads an error: what is known to be final is final, everything else is worth another attempt.
    pub fn from_error(error: &anyhow::Error) -> Self {
        if let Some(Refused { reasons, report }) = error.downcast_ref() {
            return Self {
                reasons: reasons.clone(),
                retryable: false,
                report: report
                    .as_ref()
                    .and_then(|report| serde_json::to_value(report).ok()),
            };
        }
        if let Some(broken) = error.downcast_ref::<NotPublishable>() {
            return Self {
                reasons: broken.reasons(),
                retryable: false,
                report: serde_json::to_value(&broken.0).ok(),
            };
        }
        let reason = if error.is::<Cancelled>() {
            Refusal::new(
                "worker_interrupted",
                "The worker was stopped before the task was done.",
                "Nothing: the task is given to another worker.",
            )
        } else if let Some(TimedOut { tool, .. }) = error.downcast_ref() {
            Refusal::new(
                "tool_stalled",
                format!("{tool} made no progress and was stopped."),
                "Nothing at first; if it happens again, export the master again and check that it plays.",
            )
        } else if let Some(ToolFailed { tool, tail, .. }) = error.downcast_ref() {
            let last = tail.lines().last().unwrap_or_default();
            Refusal::new(
                "tool_failed",
                format!("{tool} failed. Its last words: {last}"),
                "Nothing at first; if it happens again, export the master again and check that it plays.",
            )
        } else if error
            .chain()
            .any(<dyn std::error::Error>::is::<object_store::Error>)
        {
            Refusal::new(
                "storage_failed",
                "The object store could not be read or written.",
                "Check the object store and the worker's access to it.",
            )
        } else {
            Refusal::new(
                "internal",
                "The task failed for a reason that is ours.",
                "Read the worker's log; the request is safe to retry.",
            )
        };
        Self {
            reasons: vec![reason],
            retryable: true,
            report: None,
        }
    }

    /// The worker's own deadline came first.
    pub fn deadline() -> Self {
        Self {
            reasons: vec![Refusal::new(
                "deadline",
                "The time that this worker may run was nearly over.",
                "Nothing: the task is tried again. If it repeats, plan shorter chunks.",
            )],
            retryable: true,
            report: None,
        }
    }

    /// A panic was caught.
    pub fn panicked() -> Self {
        Self {
            reasons: vec![Refusal::new(
                "internal",
                "The worker met a bug of ours while doing the task.",
                "Read the worker's log and report it.",
            )],
            retryable: true,
            report: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn only_a_refusal_is_final_however_deep_it_lies() {
        let check = |error: anyhow::Error, code: &str, retryable: bool| {
            let failure = Failure::from_error(&error);
            assert_eq!(
                (failure.reasons[0].code.as_str(), failure.retryable),
                (code, retryable)
            );
        };
        let refused = Refused::because("no_video", "There is no video.", "Deliver one.");
        let refused = Err::<(), _>(refused).context("probe").context("task");
        check(refused.unwrap_err(), "no_video", false);
        check(Cancelled.into(), "worker_interrupted", true);
        check(anyhow::anyhow!("surprise"), "internal", true);
        let tool = ToolFailed {
            tool: "ffmpeg",
            how: "exited with 1".to_owned(),
            tail: "first\nConversion failed!".to_owned(),
        };
        check(tool.into(), "tool_failed", true);
    }
}
