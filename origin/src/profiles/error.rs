//! What can go wrong with a profile, as clients hear it.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use shared::problem::Detail;

use crate::problem::{internal, invalid, problem, retry_after};

/// What can go wrong with a profile.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error("The request has fields that can't be used.")]
    Invalid(Vec<Detail>),
    #[error("There is no such profile.")]
    NotFound,
    #[error("An account has at most six profiles.")]
    LimitReached,
    #[error("This profile needs its PIN.")]
    PinRequired,
    #[error("That isn't this profile's PIN.")]
    PinInvalid,
    #[error("Too many attempts. Try again in {0} seconds.")]
    RateLimited(u64),
    #[error("database")]
    Database(sqlx::Error),
}

impl From<sqlx::Error> for ProfileError {
    fn from(error: sqlx::Error) -> Self {
        let constraint = error.as_database_error().and_then(|e| e.constraint());
        if constraint == Some("profiles_at_most_six") {
            Self::LimitReached
        } else {
            Self::Database(error)
        }
    }
}

impl IntoResponse for ProfileError {
    fn into_response(self) -> Response {
        let (status, code) = match &self {
            Self::Invalid(details) => return invalid(details.clone()),
            Self::NotFound => (StatusCode::NOT_FOUND, "profile_not_found"),
            Self::LimitReached => (StatusCode::CONFLICT, "profile_limit"),
            Self::PinRequired => (StatusCode::FORBIDDEN, "pin_required"),
            Self::PinInvalid => (StatusCode::FORBIDDEN, "pin_invalid"),
            Self::RateLimited(seconds) => {
                let response = problem(StatusCode::TOO_MANY_REQUESTS, "rate_limited", &self);
                return retry_after(*seconds, response);
            }
            Self::Database(source) => return internal(source),
        };
        problem(status, code, self)
    }
}
