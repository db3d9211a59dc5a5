//! What goes wrong with jobs, as HTTP.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{publish::PublishError, state::JobState};
use crate::problem::{field, internal, problem, problem_with};

#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    #[error("There is no such job.")]
    JobNotFound,
    #[error("There is no such task.")]
    TaskNotFound,
    #[error("There is no such title.")]
    TitleNotFound,
    #[error(
        "The lease is lost: another attempt has the task, or the job has ended. Drop the work."
    )]
    LeaseLost,
    #[error(
        "The task can't be leased now: somebody has it, it has ended, or its time has not come."
    )]
    TaskNotWaiting,
    #[error("Only a failed or cancelled job can be tried again; this one is {}.", .0.as_str())]
    NotRetryable(JobState),
    #[error("The job has already ended: it is {}.", .0.as_str())]
    AlreadyEnded(JobState),
    #[error("The task's result can't be used.")]
    InvalidResult(String),
    #[error("The body isn't a JSON object with a version number.")]
    InvalidVersion,
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error("database")]
    Database(#[from] sqlx::Error),
}

impl IntoResponse for JobsError {
    fn into_response(self) -> Response {
        let (status, code) = match &self {
            Self::JobNotFound => (StatusCode::NOT_FOUND, "job_not_found"),
            Self::TaskNotFound => (StatusCode::NOT_FOUND, "task_not_found"),
            Self::TitleNotFound => (StatusCode::NOT_FOUND, "title_not_found"),
            Self::LeaseLost => (StatusCode::CONFLICT, "lease_lost"),
            Self::TaskNotWaiting => (StatusCode::CONFLICT, "task_not_waiting"),
            Self::NotRetryable(_) => (StatusCode::CONFLICT, "job_not_failed"),
            Self::AlreadyEnded(_) => (StatusCode::CONFLICT, "job_ended"),
            Self::InvalidResult(fault) => {
                let detail = field("result", fault, "Report the task as failed.");
                return problem_with(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "invalid_result",
                    &self,
                    vec![detail],
                );
            }
            Self::InvalidVersion => {
                let detail = field(
                    "version",
                    "isn't a number from 1",
                    "Send {\"version\": 2}, or nothing for the newest.",
                );
                return problem_with(
                    StatusCode::BAD_REQUEST,
                    "invalid_request",
                    &self,
                    vec![detail],
                );
            }
            Self::Publish(error) => return error.response(),
            Self::Database(error) => return internal(error),
        };
        problem(status, code, self)
    }
}
