//! Signing out.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use secrecy::SecretString;
use shared::{
    ids::{AccountId, SessionId},
    valkey::revoked_session,
};

use super::{AccountError, REFRESH_COOKIE, cookies, refresh_token, sql, stop_at_edge};
use crate::{
    app::App,
    audit,
    request::{Viewer, cookie},
};

/// Ends the session everywhere. Works with an expired session token, as long as the refresh cookie is there, and takes
/// the cookies away in any case.
#[utoipa::path(post, path = "/api/auth/logout", tag = "accounts", responses((status = 204, description = "Signed out")))]
pub async fn logout(State(app): State<App>, headers: HeaderMap) -> Result<Response, AccountError> {
    if let Some((account, session)) = whose(&app, &headers).await? {
        let mut tx = app.begin().await?;
        if sql::revoke_session(&mut tx, session, "logout", app.clock.now()).await? {
            audit::record(&mut tx, &app, account, "logout", session.as_uuid()).await?;
        }
        tx.commit().await?;
        stop_at_edge(&app, revoked_session(account, session)).await;
    }
    let mut headers = HeaderMap::new();
    cookies::clear(&mut headers, &app.config);
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}

async fn whose(
    app: &App,
    headers: &HeaderMap,
) -> Result<Option<(AccountId, SessionId)>, AccountError> {
    if let Ok(viewer) = Viewer::claimed(headers, app) {
        return Ok(Some((viewer.account(), viewer.session())));
    }
    let Some(token) = cookie(headers, REFRESH_COOKIE) else {
        return Ok(None);
    };
    let mut tx = app.begin().await?;
    let hash = refresh_token::hash(&SecretString::from(token));
    let found = sql::lock_refresh_token(&mut tx, &hash).await?;
    Ok(found.map(|token| (token.account, token.session)))
}
