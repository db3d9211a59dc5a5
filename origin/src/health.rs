//! Probes: is the process alive, and should it get traffic?

use std::time::Duration;

use axum::{Json, extract::State, http::StatusCode};
use object_store::{ObjectStoreExt, path::Path};
use serde::Serialize;
use tokio::time::timeout;

use crate::{MIGRATOR, app::App};

const PATIENCE: Duration = Duration::from_secs(2);

/// What `/readyz` says of each part.
#[derive(Serialize)]
pub struct Readiness {
    ready: bool,
    database: &'static str,
    migrations: &'static str,
    objects: &'static str,
    /// `degraded` doesn't take traffic away: everything goes on without Valkey.
    valkey: &'static str,
}

/// `GET /healthz`: the process answers.
pub async fn alive() -> &'static str {
    "ok"
}

/// `GET /readyz`: 200 when PostgreSQL, its schema and the object store are there.
pub async fn ready(State(app): State<App>) -> (StatusCode, Json<Readiness>) {
    let (probe, ping) = (Path::from("readyz"), redis::cmd("PING"));
    let (applied, objects, valkey) = tokio::join!(
        timeout(PATIENCE, last_migration(&app)),
        timeout(PATIENCE, app.objects.head(&probe)),
        timeout(PATIENCE, app.valkey.query::<()>(&ping)),
    );
    let applied = applied.ok().and_then(Result::ok);
    let wanted = MIGRATOR.iter().map(|migration| migration.version).max();
    let migrated = applied.is_some_and(|applied| applied >= wanted);
    // That the probe's object doesn't exist is a fine answer.
    let stored = matches!(
        objects,
        Ok(Ok(_) | Err(object_store::Error::NotFound { .. }))
    );
    let ready = app.is_serving() && migrated && stored;
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let word = |good: bool, bad: &'static str| if good { "ok" } else { bad };
    (
        status,
        Json(Readiness {
            ready,
            database: word(applied.is_some(), "down"),
            migrations: word(migrated, "behind"),
            objects: word(stored, "down"),
            valkey: word(matches!(valkey, Ok(Ok(()))), "degraded"),
        }),
    )
}

async fn last_migration(app: &App) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
        .fetch_one(&app.db)
        .await
}
