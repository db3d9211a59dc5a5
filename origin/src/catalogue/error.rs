//! What can go wrong in the catalogue, as clients hear it.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use shared::problem::Detail;

use crate::problem::{internal, invalid, problem};

/// What can go wrong in the catalogue.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error("There is no such title.")]
    TitleNotFound,
    #[error("There is no such profile.")]
    ProfileNotFound,
    #[error("The request has fields that can't be used.")]
    Invalid(Vec<Detail>),
    #[error("That series has this episode already.")]
    EpisodeExists,
    #[error("database")]
    Database(sqlx::Error),
}

impl From<sqlx::Error> for CatalogueError {
    fn from(error: sqlx::Error) -> Self {
        match error
            .as_database_error()
            .and_then(|database| database.constraint())
        {
            Some("content_episode") => Self::EpisodeExists,
            _ => Self::Database(error),
        }
    }
}

impl IntoResponse for CatalogueError {
    fn into_response(self) -> Response {
        let (status, code) = match &self {
            Self::TitleNotFound => (StatusCode::NOT_FOUND, "title_not_found"),
            Self::ProfileNotFound => (StatusCode::NOT_FOUND, "profile_not_found"),
            Self::Invalid(details) => return invalid(details.clone()),
            Self::EpisodeExists => (StatusCode::CONFLICT, "episode_exists"),
            Self::Database(source) => return internal(source),
        };
        problem(status, code, self)
    }
}
