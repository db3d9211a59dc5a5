//! Accounts: signing in, staying signed in, signing out.

pub(crate) mod cookies;
mod device;
mod error;
mod login;
mod logout;
mod me;
mod password;
mod refresh;
mod refresh_token;
pub(crate) mod sql;
pub(crate) mod tokens;

pub use cookies::{REFRESH_COOKIE, SESSION_COOKIE};
pub use error::AccountError;
pub use password::Passwords;
use secrecy::SecretString;
use serde::Serialize;
use shared::{
    ids::AccountId,
    token::Role,
    valkey::{REVOKED_TTL_S, revoked_account},
};
pub(crate) use sql::is_session_alive;
pub(crate) use tokens::{Issued, issue};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{app::App, audit};

/// The account as its owner sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    #[schema(value_type = Uuid)]
    pub id: AccountId,
    pub username: String,
    pub display_name: String,
    /// `viewer` or `admin`.
    #[schema(value_type = String)]
    pub role: Role,
}

/// The routes of this capability.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(login::login))
        .routes(routes!(refresh::refresh))
        .routes(routes!(logout::logout))
        .routes(routes!(me::me))
}

/// Gives an account another password and ends its sessions, at the edge within two seconds. Whether there is such an account.
pub async fn change_password(
    app: &App,
    username: &str,
    password: SecretString,
) -> sqlx::Result<bool> {
    let hash = app.passwords.hash(password).await;
    let now = app.clock.now();
    let mut tx = app.begin().await?;
    let Some(account) = sql::set_password_hash(&mut tx, username, &hash).await? else {
        return Ok(false);
    };
    sql::revoke_sessions(&mut tx, account, "password_changed", now).await?;
    audit::record(&mut tx, app, account, "password_changed", account.as_uuid()).await?;
    tx.commit().await?;
    stop_at_edge(app, revoked_account(account)).await;
    Ok(true)
}

/// Tells the edge to stop within two seconds what this key names. PostgreSQL already knows; without Valkey the session
/// token lives on until it expires, at most 15 minutes.
async fn stop_at_edge(app: &App, key: String) {
    let mut set = redis::cmd("SET");
    set.arg(key)
        .arg(app.clock.now_ms())
        .arg("EX")
        .arg(REVOKED_TTL_S);
    if let Err(error) = app.valkey.query::<()>(&set).await {
        tracing::error!(%error, "revocation didn't reach the edge: Valkey is down");
    }
}
