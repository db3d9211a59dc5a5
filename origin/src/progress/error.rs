//! What goes wrong with positions, as HTTP.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use shared::problem::Detail;

use crate::problem::{internal, invalid, problem};

#[derive(Debug, thiserror::Error)]
pub enum ProgressError {
    #[error("There is no such profile.")]
    NoProfile,
    #[error("The profile has no position in this title.")]
    NoPosition,
    #[error("The request has fields that can't be used.")]
    Invalid(Vec<Detail>),
    #[error("database")]
    Database(#[from] sqlx::Error),
}

impl IntoResponse for ProgressError {
    fn into_response(self) -> Response {
        match self {
            Self::NoProfile => problem(StatusCode::NOT_FOUND, "profile_not_found", self),
            Self::NoPosition => problem(StatusCode::NOT_FOUND, "position_not_found", self),
            Self::Invalid(details) => invalid(details),
            Self::Database(error) => internal(&error),
        }
    }
}
