//! What a job and its tasks can be, and the numbers that follow from it. Pure.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A task that failed this often is dead.
pub(crate) const ATTEMPTS: i32 = 3;
/// So is one whose attempts ended this often in silence: then it is the task that kills its workers. Machines vanish in waves, so
/// it takes more of these.
pub(crate) const LOSSES: i32 = 10;

/// Where a job stands. `Ready`, `Failed` and `Cancelled` are final, until someone retries.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum JobState {
    Queued,
    Probing,
    Encoding,
    Packaging,
    Verifying,
    Ready,
    Failed,
    Cancelled,
}

impl JobState {
    pub(crate) fn is_final(self) -> bool {
        match self {
            Self::Ready | Self::Failed | Self::Cancelled => true,
            Self::Queued | Self::Probing | Self::Encoding | Self::Packaging | Self::Verifying => {
                false
            }
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Probing => "probing",
            Self::Encoding => "encoding",
            Self::Packaging => "packaging",
            Self::Verifying => "verifying",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let all = [
            Self::Queued,
            Self::Probing,
            Self::Encoding,
            Self::Packaging,
            Self::Verifying,
            Self::Ready,
            Self::Failed,
            Self::Cancelled,
        ];
        all.into_iter().find(|state| state.as_str() == text)
    }

    /// The share of the whole job, in percent, that lies behind at the start and at the end of this stage. Encoding is
    /// nearly all of the work; the rest are fixed costs.
    fn share(self) -> (f64, f64) {
        match self {
            Self::Queued => (0.0, 0.0),
            Self::Probing => (0.0, 2.0),
            Self::Encoding => (2.0, 88.0),
            Self::Packaging => (88.0, 95.0),
            Self::Verifying => (95.0, 100.0),
            Self::Ready | Self::Failed | Self::Cancelled => (100.0, 100.0),
        }
    }
}

/// Where a task stands. `Failed` is the dead letter: its reasons say why, and a retry of the job opens it again.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum TaskState {
    Waiting,
    Leased,
    Done,
    Failed,
    Cancelled,
}

/// What a task does. The order of the variants is the order of the stages.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum TaskKind {
    Copy,
    Probe,
    Encode,
    Audio,
    Images,
    Subtitles,
    Package,
    Verify,
}

impl TaskKind {
    pub(crate) const ALL: [Self; 8] = [
        Self::Copy,
        Self::Probe,
        Self::Encode,
        Self::Audio,
        Self::Images,
        Self::Subtitles,
        Self::Package,
        Self::Verify,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Probe => "probe",
            Self::Encode => "encode",
            Self::Audio => "audio",
            Self::Images => "images",
            Self::Subtitles => "subtitles",
            Self::Package => "package",
            Self::Verify => "verify",
        }
    }

    /// The job's state while tasks of this kind are open.
    pub(crate) fn stage(self) -> JobState {
        match self {
            Self::Copy | Self::Probe => JobState::Probing,
            Self::Encode | Self::Audio | Self::Images | Self::Subtitles => JobState::Encoding,
            Self::Package => JobState::Packaging,
            Self::Verify => JobState::Verifying,
        }
    }

    /// Lower goes first. A copy takes seconds and makes a title playable. What finishes a title goes before what starts one; audio, which is never cut into chunks and so
    /// takes longest, goes before the chunks that it can run beside.
    pub(crate) fn priority(self) -> i32 {
        match self {
            Self::Copy | Self::Verify => 0,
            Self::Package => 1,
            Self::Probe => 2,
            Self::Images => 3,
            Self::Subtitles => 4,
            Self::Audio => 5,
            Self::Encode => 6,
        }
    }
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Figures {
    pub(crate) percent: f64,
    pub(crate) eta_s: Option<u64>,
}

impl Figures {
    /// Of a job that goes no further.
    pub(crate) fn stopped(self) -> Self {
        Self {
            eta_s: None,
            ..self
        }
    }
}

/// `stage_percent` is the mean over the tasks of the present stage, `elapsed` the time since the stage began.
pub(crate) fn figures(state: JobState, stage_percent: f64, elapsed: Duration) -> Figures {
    let (start, end) = state.share();
    let within = (end - start) * (stage_percent / 100.0).clamp(0.0, 1.0);
    let percent = start + within;
    // Below one percent of the stage, the extrapolation is noise.
    let eta_s = (!state.is_final() && within > 0.01 * (end - start) && end > start)
        .then(|| (elapsed.as_secs_f64() * (100.0 - percent) / within).ceil() as u64);
    Figures { percent, eta_s }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_encoded_after_a_minute_has_more_than_a_minute_to_go() {
        let figures = figures(JobState::Encoding, 50.0, Duration::from_secs(60));
        assert!((figures.percent - 45.0).abs() < 1e-9);
        assert_eq!(figures.eta_s, Some(77));
    }

    #[test]
    fn percent_never_falls_from_one_stage_to_the_next() {
        let stages = [
            JobState::Queued,
            JobState::Probing,
            JobState::Encoding,
            JobState::Packaging,
            JobState::Verifying,
        ];
        let ends: Vec<f64> = stages
            .iter()
            .map(|stage| figures(*stage, 100.0, Duration::ZERO).percent)
            .collect();
        let starts: Vec<f64> = stages
            .iter()
            .map(|stage| figures(*stage, 0.0, Duration::ZERO).percent)
            .collect();
        assert_eq!(&ends[..4], &starts[1..]);
        assert_eq!(
            figures(JobState::Ready, 0.0, Duration::ZERO),
            Figures {
                percent: 100.0,
                eta_s: None
            }
        );
    }

    #[test]
    fn no_eta_is_better_than_a_wild_one() {
        assert_eq!(
            figures(JobState::Encoding, 0.5, Duration::from_secs(600)).eta_s,
            None
        );
        assert_eq!(
            figures(JobState::Queued, 0.0, Duration::from_secs(600)).eta_s,
            None
        );
    }
}
