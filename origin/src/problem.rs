//! Errors as clients hear them: one JSON shape, a code for programs, a sentence for people, never an internal message.

use std::{error::Error, fmt::Display};

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use shared::problem::{Detail, Problem};

use crate::request;

/// A refusal without details.
pub fn problem(status: StatusCode, code: &'static str, sentence: impl Display) -> Response {
    problem_with(status, code, sentence, Vec::new())
}

/// A refusal that says what was wrong where.
pub fn problem_with(
    status: StatusCode,
    code: &'static str,
    sentence: impl Display,
    details: Vec<Detail>,
) -> Response {
    let request_id = request::current_id().map_or_else(String::new, |id| id.to_string());
    let body = Problem::new(code, sentence.to_string(), request_id).with_details(details);
    let mut response = (status, Json(body)).into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(Code(code));
    response
}

/// Our own failure: the source is logged here, once, and the client learns only that it happened. A database that
/// can't be reached is 503: coming back later helps.
pub fn internal(source: &(dyn Error + 'static)) -> Response {
    tracing::error!(error = chain(source), "request failed");
    if is_unavailable(source) {
        return retry_after(
            5,
            problem(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "The service is unavailable for the moment. Try again in a few seconds.",
            ),
        );
    }
    problem(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "Something went wrong on our side.",
    )
}

/// The same response with `Retry-After`.
pub fn retry_after(seconds: u64, mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, seconds.into());
    response
}

/// A request that doesn't say what it must.
pub fn invalid(details: Vec<Detail>) -> Response {
    problem_with(
        StatusCode::BAD_REQUEST,
        "invalid_request",
        "The request has fields that can't be used.",
        details,
    )
}

/// One field that can't be used.
pub fn field(field: &str, problem: &str, remedy: &str) -> Detail {
    Detail {
        field: field.to_owned(),
        problem: problem.to_owned(),
        remedy: remedy.to_owned(),
    }
}

/// The code of a refusal, for the access log.
#[derive(Clone, Copy)]
pub(crate) struct Code(pub(crate) &'static str);

fn is_unavailable(source: &(dyn Error + 'static)) -> bool {
    let mut next = Some(source);
    while let Some(error) = next {
        match error.downcast_ref::<sqlx::Error>() {
            Some(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed) => {
                return true;
            }
            // 57P: shutting down, crash recovery, cannot connect now.
            Some(sqlx::Error::Database(database)) => {
                return database.code().is_some_and(|code| code.starts_with("57P"));
            }
            _ => next = error.source(),
        }
    }
    false
}

/// An error with all its sources on one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
