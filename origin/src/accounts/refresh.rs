//! Staying signed in: a refresh token is used once and gives the next.

use axum::{
    body::Bytes,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use shared::{token::session, valkey::revoked_session};
use utoipa::ToSchema;

use super::{
    AccountError, Issued, REFRESH_COOKIE, cookies, issue,
    refresh_token::{self, GRACE_S},
    sql, stop_at_edge,
};
use crate::{
    app::App,
    audit, openapi,
    request::{Json, cookie},
};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefreshRequest {
    #[schema(value_type = String)]
    refresh_token: SecretString,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefreshResponse {
    /// Seconds.
    expires_in: u64,
    /// Only when the refresh token came in the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    /// Only when the refresh token came in the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

/// Exchanges a refresh token, from the body or from its cookie, for a new session token and the next refresh token.
#[utoipa::path(post, path = "/api/auth/refresh", tag = "accounts", request_body = Option<RefreshRequest>, responses(
    (status = 200, description = "New tokens, delivered the way the old one came", body = RefreshResponse),
    (status = 401, description = "refresh_invalid; refresh_reused: the whole family is revoked", body = openapi::Problem),
))]
pub async fn refresh(
    State(app): State<App>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, AccountError> {
    let in_body = serde_json::from_slice::<RefreshRequest>(&body).ok();
    let by_bearer = in_body.is_some();
    let presented = in_body
        .map(|request| request.refresh_token)
        .or_else(|| cookie(&headers, REFRESH_COOKIE).map(SecretString::from))
        .ok_or(AccountError::RefreshInvalid)?;
    let (issued, next) = rotate(&app, &presented).await?;
    let access = issue(&app, &issued);

    let mut headers = HeaderMap::new();
    let mut response = RefreshResponse {
        expires_in: session::LIFETIME_S,
        access_token: None,
        refresh_token: None,
    };
    if by_bearer {
        cookies::forbid_storing(&mut headers);
        response.access_token = Some(access);
        response.refresh_token = Some(next.expose_secret().to_owned());
    } else {
        cookies::set_session(&mut headers, &app.config, &access);
        cookies::set_refresh(&mut headers, &app.config, next.expose_secret());
    }
    Ok((headers, Json(response)).into_response())
}

async fn rotate(
    app: &App,
    presented: &SecretString,
) -> Result<(Issued, SecretString), AccountError> {
    let now = app.clock.now();
    let hash = refresh_token::hash(presented);
    let mut tx = app.begin().await?;
    let token = sql::lock_refresh_token(&mut tx, &hash)
        .await?
        .ok_or(AccountError::RefreshInvalid)?;
    if token.revoked_at.is_some() || token.expires_at <= now {
        return Err(AccountError::RefreshInvalid);
    }
    let reused = token
        .used_at
        .is_some_and(|used_at| now - used_at > TimeDelta::seconds(GRACE_S));
    if reused {
        sql::revoke_session(&mut tx, token.session, "refresh_reused", now).await?;
        audit::record(
            &mut tx,
            app,
            token.account,
            "refresh_reused",
            token.session.as_uuid(),
        )
        .await?;
        tx.commit().await?;
        stop_at_edge(app, revoked_session(token.account, token.session)).await;
        tracing::warn!(session.id = %token.session, "refresh token used twice: family revoked");
        return Err(AccountError::RefreshReused);
    }
    let next = refresh_token::generate();
    sql::mark_refresh_token_used(&mut tx, &hash, now).await?;
    sql::insert_refresh_token(&mut tx, &refresh_token::hash(&next), token.session, now).await?;
    let issued = sql::find_issued(&mut tx, token.session)
        .await?
        .ok_or(AccountError::RefreshInvalid)?;
    tx.commit().await?;
    Ok((issued, next))
}
