//! The catalogue: what there is to watch, for viewers (under row-level security), administrators and the edge.

mod artwork;
mod browse;
mod caching;
mod content;
mod descriptor;
mod edit;
mod error;
mod home;
mod markers;
mod publish;
mod remembered;
mod search;

use axum::routing::get;
pub(crate) use content::Artwork;
pub use error::CatalogueError;
pub use publish::{Published, announce, mark_published};
pub use remembered::Remembered;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::App;

/// The routes of this capability.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(browse::list))
        .routes(routes!(browse::detail))
        .routes(routes!(search::search))
        .routes(routes!(home::recommendations))
        .routes(routes!(edit::create, edit::list_all))
        .routes(routes!(edit::change, edit::show))
        .routes(routes!(markers::show, markers::replace))
        .routes(routes!(artwork::show, artwork::choose))
        .route("/internal/titles/{content_id}", get(descriptor::descriptor))
}
