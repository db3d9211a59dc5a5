//! What can go wrong with an account, as clients hear it.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use shared::problem::Detail;

use crate::problem::{internal, invalid, problem, retry_after};

/// What can go wrong with an account.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("The request has fields that can't be used.")]
    Invalid(Vec<Detail>),
    #[error("The user name or the password is wrong.")]
    InvalidCredentials,
    #[error("Too many attempts. Try again in {0} seconds.")]
    RateLimited(u64),
    #[error("Sign in again.")]
    RefreshInvalid,
    #[error("This sign-in was used from two places and has been ended. Sign in again.")]
    RefreshReused,
    #[error("database")]
    Database(#[from] sqlx::Error),
}

impl IntoResponse for AccountError {
    fn into_response(self) -> Response {
        let (status, code) = match &self {
            Self::Invalid(details) => return invalid(details.clone()),
            Self::InvalidCredentials => (StatusCode::UNAUTHORIZED, "invalid_credentials"),
            Self::RateLimited(seconds) => {
                let response = problem(StatusCode::TOO_MANY_REQUESTS, "rate_limited", &self);
                return retry_after(*seconds, response);
            }
            Self::RefreshInvalid => (StatusCode::UNAUTHORIZED, "refresh_invalid"),
            Self::RefreshReused => (StatusCode::UNAUTHORIZED, "refresh_reused"),
            Self::Database(source) => return internal(source),
        };
        problem(status, code, self)
    }
}
