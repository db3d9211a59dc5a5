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
use serde::Serialize;
use shared::{
    ids::{AccountId, SessionId},
    token::Role,
};
pub(crate) use sql::is_session_alive;
pub(crate) use tokens::{Issued, issue};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::App;

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

/// Tells the edge to stop a session within two seconds. PostgreSQL already knows; without Valkey the session token
/// lives on until it expires, at most 15 minutes.
async fn stop_at_edge(app: &App, account: AccountId, session: SessionId) {
    let key = shared::valkey::revoked_session(account, session);
    let mut set = redis::cmd("SET");
    set.arg(key)
        .arg(app.clock.now_ms())
        .arg("EX")
        .arg(shared::valkey::REVOKED_TTL_S);
    if let Err(error) = app.valkey.query::<()>(&set).await {
        tracing::error!(%error, session.id = %session, "revocation didn't reach the edge: Valkey is down");
    }
}
