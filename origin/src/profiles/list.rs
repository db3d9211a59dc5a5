//! Who's watching?

use axum::extract::State;

use super::{Profile, ProfileError, sql};
use crate::{
    app::App,
    openapi,
    request::{Json, Viewer},
};

/// The account's profiles, oldest first.
#[utoipa::path(get, path = "/api/profiles", tag = "profiles", responses(
    (status = 200, description = "At most six", body = [Profile]),
    (status = 401, description = "Not signed in", body = openapi::Problem),
), security(("session_cookie" = []), ("session_bearer" = [])))]
pub async fn profiles(
    State(app): State<App>,
    viewer: Viewer,
) -> Result<Json<Vec<Profile>>, ProfileError> {
    let mut tx = app.begin().await?;
    Ok(Json(sql::list(&mut tx, viewer.account()).await?))
}
