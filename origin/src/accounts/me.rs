//! Who am I?

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{AccountError, User, sql};
use crate::{
    app::App,
    openapi,
    profiles::{self, Profile},
    request::{Json, Viewer},
};

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    user: User,
    /// The selected profile.
    profile: Option<Profile>,
    /// When the session token does.
    expires_at: DateTime<Utc>,
}

/// The account, the selected profile, and how long the session token lasts.
#[utoipa::path(get, path = "/api/auth/me", tag = "accounts", responses(
    (status = 200, description = "Signed in", body = Me),
    (status = 401, description = "token_missing, token_expired, session_revoked …", body = openapi::Problem),
), security(("session_cookie" = []), ("session_bearer" = [])))]
pub async fn me(State(app): State<App>, viewer: Viewer) -> Result<Json<Me>, AccountError> {
    let mut tx = app.begin().await?;
    let user = sql::find_user(&mut tx, viewer.account())
        .await?
        .ok_or(AccountError::RefreshInvalid)?;
    let profile = match viewer.profile() {
        Some(id) => profiles::find(&mut tx, viewer.account(), id).await?,
        None => None,
    };
    let exp = i64::try_from(viewer.claims.exp).unwrap_or(i64::MAX);
    let expires_at = DateTime::from_timestamp(exp, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
    Ok(Json(Me {
        user,
        profile,
        expires_at,
    }))
}
