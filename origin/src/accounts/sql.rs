//! SQL of accounts, login sessions and refresh tokens.

use chrono::{DateTime, TimeDelta, Utc};
use shared::{
    ids::{AccountId, ProfileId, SessionId},
    token::Role,
};
use sqlx::PgConnection;

use super::{
    User,
    refresh_token::LIFETIME_S,
    tokens::{Issued, SelectedProfile},
};
use crate::app::App;

/// An account with what checks its password.
pub(crate) struct Account {
    pub id: AccountId,
    pub username: String,
    pub display_name: String,
    pub role: Role,
    pub password_hash: String,
}

impl From<Account> for User {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            username: account.username,
            display_name: account.display_name,
            role: account.role,
        }
    }
}

pub(crate) async fn find_by_username(
    db: &mut PgConnection,
    username: &str,
) -> sqlx::Result<Option<Account>> {
    sqlx::query_as!(
        Account,
        r#"SELECT account_id AS "id: AccountId", username, display_name, role AS "role: Role", password_hash
           FROM accounts WHERE username = lower($1)"#,
        username
    )
    .fetch_optional(db)
    .await
}

pub(crate) async fn find_user(
    db: &mut PgConnection,
    account: AccountId,
) -> sqlx::Result<Option<User>> {
    sqlx::query_as!(
        User,
        r#"SELECT account_id AS "id: AccountId", username, display_name, role AS "role: Role"
           FROM accounts WHERE account_id = $1"#,
        account as AccountId
    )
    .fetch_optional(db)
    .await
}

/// Whether a login session still counts.
pub(crate) async fn is_session_alive(app: &App, session: SessionId) -> sqlx::Result<bool> {
    let mut tx = app.begin().await?;
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM sessions WHERE session_id = $1 AND revoked_at IS NULL) AS "alive!""#,
        session as SessionId
    )
    .fetch_one(&mut *tx)
    .await
}

pub(super) async fn insert_session(
    db: &mut PgConnection,
    session: SessionId,
    account: AccountId,
    device_label: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO sessions (session_id, account_id, device_label, created_at, last_seen_at) VALUES ($1, $2, $3, $4, $4)",
        session as SessionId,
        account as AccountId,
        device_label,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn insert_refresh_token(
    db: &mut PgConnection,
    hash: &[u8],
    session: SessionId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let expires_at = now + TimeDelta::seconds(LIFETIME_S.cast_signed());
    sqlx::query!(
        "INSERT INTO refresh_tokens (token_hash, session_id, issued_at, expires_at) VALUES ($1, $2, $3, $4)",
        hash,
        session as SessionId,
        now,
        expires_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A refresh token as it was presented, locked until the transaction ends: of two uses one comes first.
pub(super) struct Presented {
    pub session: SessionId,
    pub account: AccountId,
    pub expires_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

pub(super) async fn lock_refresh_token(
    db: &mut PgConnection,
    hash: &[u8],
) -> sqlx::Result<Option<Presented>> {
    sqlx::query_as!(
        Presented,
        r#"SELECT t.session_id AS "session: SessionId", s.account_id AS "account: AccountId", t.expires_at, t.used_at,
               s.revoked_at
           FROM refresh_tokens t JOIN sessions s USING (session_id)
           WHERE t.token_hash = $1 FOR UPDATE OF t, s"#,
        hash
    )
    .fetch_optional(db)
    .await
}

pub(super) async fn mark_refresh_token_used(
    db: &mut PgConnection,
    hash: &[u8],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "WITH used AS (
             UPDATE refresh_tokens SET used_at = COALESCE(used_at, $2) WHERE token_hash = $1 RETURNING session_id)
         UPDATE sessions SET last_seen_at = $2 FROM used WHERE sessions.session_id = used.session_id",
        hash,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends a session, once; whether it was this call that did.
pub(super) async fn revoke_session(
    db: &mut PgConnection,
    session: SessionId,
    why: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE sessions SET revoked_at = $2, revoked_why = $3 WHERE session_id = $1 AND revoked_at IS NULL",
        session as SessionId,
        now,
        why,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

pub(super) async fn set_password_hash(
    db: &mut PgConnection,
    username: &str,
    hash: &str,
) -> sqlx::Result<Option<AccountId>> {
    sqlx::query_scalar!(
        r#"UPDATE accounts SET password_hash = $2 WHERE username = lower($1) RETURNING account_id AS "id: AccountId""#,
        username,
        hash
    )
    .fetch_optional(db)
    .await
}

/// Ends every session of an account.
pub(super) async fn revoke_sessions(
    db: &mut PgConnection,
    account: AccountId,
    why: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE sessions SET revoked_at = $2, revoked_why = $3 WHERE account_id = $1 AND revoked_at IS NULL",
        account as AccountId,
        now,
        why,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What the session's next token says.
pub(super) async fn find_issued(
    db: &mut PgConnection,
    session: SessionId,
) -> sqlx::Result<Option<Issued>> {
    let row = sqlx::query!(
        r#"SELECT s.account_id AS "account: AccountId", a.role AS "role: Role",
               p.profile_id AS "profile?: ProfileId", p.maturity_limit AS "maturity_limit?", p.is_kids AS "is_kids?"
           FROM sessions s JOIN accounts a USING (account_id) LEFT JOIN profiles p USING (profile_id)
           WHERE s.session_id = $1"#,
        session as SessionId
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Issued {
        account: row.account,
        session,
        role: row.role,
        profile: row.profile.map(|id| SelectedProfile {
            id,
            maturity_limit: u8::try_from(row.maturity_limit.unwrap_or(0)).unwrap_or(0),
            is_kids: row.is_kids.unwrap_or(true),
        }),
    }))
}
