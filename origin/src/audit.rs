//! Who did what, kept after the fact and never changed.

use shared::ids::AccountId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    app::{App, Clock},
    request,
};

/// Writes one line, in the transaction of the deed.
pub async fn record(
    db: &mut PgConnection,
    app: &App,
    account: AccountId,
    action: &str,
    subject: Uuid,
) -> sqlx::Result<()> {
    insert(db, &app.clock, Some(account), action, subject).await
}

/// The same for an operator at the command line, who has no account.
pub async fn record_by_hand(
    db: &mut PgConnection,
    clock: &Clock,
    action: &str,
    subject: Uuid,
) -> sqlx::Result<()> {
    insert(db, clock, None, action, subject).await
}

async fn insert(
    db: &mut PgConnection,
    clock: &Clock,
    account: Option<AccountId>,
    action: &str,
    subject: Uuid,
) -> sqlx::Result<()> {
    let request = request::current_id().map(|id| id.as_uuid());
    sqlx::query!(
        "INSERT INTO audit_log (audit_id, at, account_id, action, subject, request_id) VALUES ($1, $2, $3, $4, $5, $6)",
        clock.new_id(),
        clock.now(),
        account.map(|account| account.as_uuid()),
        action,
        subject,
        request,
    )
    .execute(db)
    .await?;
    Ok(())
}
