//! SQL of profiles.

use chrono::{DateTime, Utc};
use shared::ids::{AccountId, ProfileId, SessionId};
use sqlx::PgConnection;

use super::Profile;

pub(crate) async fn list(db: &mut PgConnection, account: AccountId) -> sqlx::Result<Vec<Profile>> {
    sqlx::query_as!(
        Profile,
        r#"SELECT profile_id AS "id: ProfileId", name, avatar_url, is_kids, maturity_limit,
               pin_hash IS NOT NULL AS "has_pin!", created_at
           FROM profiles WHERE account_id = $1 ORDER BY created_at, profile_id"#,
        account as AccountId
    )
    .fetch_all(db)
    .await
}

pub(crate) async fn find(
    db: &mut PgConnection,
    account: AccountId,
    profile: ProfileId,
) -> sqlx::Result<Option<Profile>> {
    sqlx::query_as!(
        Profile,
        r#"SELECT profile_id AS "id: ProfileId", name, avatar_url, is_kids, maturity_limit,
               pin_hash IS NOT NULL AS "has_pin!", created_at
           FROM profiles WHERE account_id = $1 AND profile_id = $2"#,
        account as AccountId,
        profile as ProfileId
    )
    .fetch_optional(db)
    .await
}

pub(super) async fn find_pin_hash(
    db: &mut PgConnection,
    profile: ProfileId,
) -> sqlx::Result<Option<String>> {
    let hash = sqlx::query_scalar!(
        "SELECT pin_hash FROM profiles WHERE profile_id = $1",
        profile as ProfileId
    )
    .fetch_optional(db)
    .await?;
    Ok(hash.flatten())
}

/// A profile as it is stored.
pub(crate) struct NewProfile {
    pub id: ProfileId,
    pub account: AccountId,
    pub name: String,
    pub avatar_url: String,
    pub is_kids: bool,
    pub maturity_limit: u8,
    pub pin_hash: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// Stores a profile. A trigger counts: the seventh is refused, however many are made at once.
pub(crate) async fn insert(db: &mut PgConnection, profile: &NewProfile) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO profiles (profile_id, account_id, name, avatar_url, is_kids, maturity_limit, pin_hash, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        profile.id as ProfileId,
        profile.account as AccountId,
        profile.name,
        profile.avatar_url,
        profile.is_kids,
        i16::from(profile.maturity_limit),
        profile.pin_hash,
        profile.created_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn select_in_session(
    db: &mut PgConnection,
    session: SessionId,
    profile: ProfileId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE sessions SET profile_id = $2, last_seen_at = $3 WHERE session_id = $1",
        session as SessionId,
        profile as ProfileId,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}
