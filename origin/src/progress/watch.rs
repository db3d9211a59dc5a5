//! `/internal/watch/{profileId}`: what the edge reads and, while Valkey is down, writes.

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use shared::{
    entitlement,
    ids::{ContentId, ProfileId, SessionId},
    progress::{self, MAX_BATCH, MAX_CONTINUE, Position, clamp},
};

use super::{
    error::ProgressError,
    sql::{self, Row, Summary, Write},
};
use crate::{
    app::App,
    catalogue::Artwork,
    problem::field,
    request::{Json, Path, Service},
};

/// How many positions the edge lays Valkey's over.
const NEWEST: i64 = 50;

/// A position with what its title looks like.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stored {
    #[schema(value_type = uuid::Uuid)]
    content_id: ContentId,
    /// Seconds.
    position: f64,
    /// Seconds.
    duration: f64,
    completed: bool,
    client_timestamp: i64,
    #[schema(value_type = uuid::Uuid)]
    device: SessionId,
    updated_at: DateTime<Utc>,
    #[serde(flatten)]
    title: Summary,
    /// Of a watched episode.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_episode: Option<Next>,
    #[schema(value_type = Option<uuid::Uuid>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    next_episode_id: Option<ContentId>,
}

/// The episode after a watched one.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Next {
    #[schema(value_type = uuid::Uuid)]
    content_id: ContentId,
    /// Seconds.
    duration: f64,
    #[serde(flatten)]
    title: Summary,
}

/// The newest positions of a profile.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Positions {
    positions: Vec<Stored>,
}

/// Reads the newest positions of a profile.
#[utoipa::path(get, path = "/internal/watch/{profile}", tag = "internal", params(("profile" = uuid::Uuid, Path)),
    responses((status = 200, body = Positions), (status = 404, body = crate::openapi::Problem)))]
pub(super) async fn positions(
    State(app): State<App>,
    _: Service,
    Path(profile): Path<ProfileId>,
) -> Result<Json<Positions>, ProgressError> {
    let rows = read(&app, profile, None, NEWEST).await?;
    Ok(Json(Positions {
        positions: rows.into_iter().map(Stored::from).collect(),
    }))
}

/// Reads a profile's position in one title.
#[utoipa::path(get, path = "/internal/watch/{profile}/{content}", tag = "internal",
    params(("profile" = uuid::Uuid, Path), ("content" = uuid::Uuid, Path)),
    responses((status = 200, body = Stored), (status = 404, body = crate::openapi::Problem)))]
pub(super) async fn position(
    State(app): State<App>,
    _: Service,
    Path((profile, content)): Path<(ProfileId, ContentId)>,
) -> Result<Json<Stored>, ProgressError> {
    let row = read(&app, profile, Some(content), 1)
        .await?
        .pop()
        .ok_or(ProgressError::NoPosition)?;
    Ok(Json(row.into()))
}

/// What a profile may continue with, by PostgreSQL alone.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Continue {
    items: Vec<Card>,
}

/// One card of "continue watching".
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Card {
    #[schema(value_type = uuid::Uuid)]
    id: ContentId,
    #[serde(flatten)]
    title: Summary,
    duration: f64,
    position: f64,
    progress_pct: u8,
    remaining_minutes: u64,
    updated_at: DateTime<Utc>,
}

/// Lists what a profile may continue with: titles begun but not finished, and the next episode of each that is.
#[utoipa::path(get, path = "/internal/watch/{profile}/continue", tag = "internal", params(("profile" = uuid::Uuid, Path)),
    responses((status = 200, body = Continue), (status = 404, body = crate::openapi::Problem)))]
pub(super) async fn continuing(
    State(app): State<App>,
    _: Service,
    Path(profile): Path<ProfileId>,
) -> Result<Json<Continue>, ProgressError> {
    // Far more than are shown: the newest may all be finished films.
    let rows = read(&app, profile, None, 500).await?;
    let known: Vec<ContentId> = rows.iter().map(|row| row.content_id).collect();
    let mut items: Vec<Card> = Vec::new();
    for card in rows.into_iter().filter_map(|row| card(row, &known)) {
        if items.len() < MAX_CONTINUE && !items.iter().any(|item| item.id == card.id) {
            items.push(card);
        }
    }
    Ok(Json(Continue { items }))
}

fn card(row: Row, known: &[ContentId]) -> Option<Card> {
    let updated_at = row.updated_at;
    if row.completed {
        let next = Stored::from(row).next_episode?;
        // The viewer has been there already: its own position decides.
        let fresh = !known.contains(&next.content_id);
        return fresh
            .then(|| new_card(next.content_id, next.title, 0.0, next.duration, updated_at));
    }
    progress::is_begun(row.position_s, row.duration_s).then(|| {
        let stored = Stored::from(row);
        new_card(
            stored.content_id,
            stored.title,
            stored.position,
            stored.duration,
            updated_at,
        )
    })
}

fn new_card(
    id: ContentId,
    title: Summary,
    position: f64,
    duration: f64,
    updated_at: DateTime<Utc>,
) -> Card {
    let share = if duration > 0.0 {
        position / duration
    } else {
        0.0
    };
    Card {
        id,
        title,
        duration,
        position,
        progress_pct: (share * 100.0).round().clamp(0.0, 100.0) as u8,
        remaining_minutes: ((duration - position) / 60.0).round().max(0.0) as u64,
        updated_at,
    }
}

async fn read(
    app: &App,
    profile: ProfileId,
    content: Option<ContentId>,
    limit: i64,
) -> Result<Vec<Row>, ProgressError> {
    let audience = sql::find_audience(&mut *app.db.acquire().await?, profile)
        .await?
        .ok_or(ProgressError::NoProfile)?;
    // Administrators aren't bound: see shared::entitlement.
    let maturity = if audience.is_admin {
        18
    } else {
        entitlement::maturity_limit(audience.maturity_limit.clamp(0, 18) as u8, audience.is_kids)
    };
    let mut tx = app.begin_at_maturity(maturity).await?;
    Ok(sql::list(&mut tx, profile, content, limit).await?)
}

impl From<Row> for Stored {
    fn from(row: Row) -> Self {
        let artwork = Artwork::new(
            row.artwork_content_id,
            row.artwork_version,
            row.artwork_choice,
        );
        let series_id = row.series_id;
        let next_episode = row.next_id.map(|content_id| Next {
            content_id,
            duration: row.next_duration_ms.unwrap_or(0) as f64 / 1000.0,
            title: Summary::new(
                row.next_title.unwrap_or_default(),
                "episode".to_owned(),
                series_id,
                Artwork::new(
                    row.next_artwork_content_id,
                    row.next_artwork_version,
                    row.next_artwork_choice.unwrap_or(0),
                ),
            ),
        });
        Self {
            content_id: row.content_id,
            position: row.position_s,
            duration: row.duration_s,
            completed: row.completed,
            client_timestamp: row.client_timestamp_ms,
            device: row.device_id,
            updated_at: row.updated_at,
            title: Summary::new(row.title, row.content_type, series_id, artwork),
            next_episode,
            next_episode_id: row.next_id,
        }
    }
}

/// Positions that the edge has validated.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(super) struct Updates {
    updates: Vec<Update>,
}

/// One of them.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct Update {
    #[schema(value_type = uuid::Uuid)]
    content_id: ContentId,
    position: f64,
    duration: f64,
    client_timestamp: i64,
    #[schema(value_type = uuid::Uuid)]
    device: SessionId,
    completed: bool,
}

/// What became of each, in the request's order.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Results {
    results: Vec<Outcome>,
}

/// What became of one.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    #[schema(value_type = uuid::Uuid)]
    content_id: ContentId,
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    was_updated: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
}

/// Writes positions while Valkey is down.
#[utoipa::path(post, path = "/internal/watch/{profile}", tag = "internal", params(("profile" = uuid::Uuid, Path)),
    request_body = Updates, responses((status = 200, body = Results), (status = 404, body = crate::openapi::Problem)))]
pub(super) async fn write(
    State(app): State<App>,
    _: Service,
    Path(profile): Path<ProfileId>,
    Json(Updates { updates }): Json<Updates>,
) -> Result<Json<Results>, ProgressError> {
    if updates.is_empty() || updates.len() > MAX_BATCH {
        let fault = field(
            "updates",
            "holds no position or more than 50",
            "Send 1 to 50.",
        );
        return Err(ProgressError::Invalid(vec![fault]));
    }
    let now_ms = app.clock.now_ms();
    let writes: Vec<Option<Write>> = updates
        .iter()
        .map(|update| update.check(profile, now_ms))
        .collect();
    let sound: Vec<Write> = writes.iter().flatten().copied().collect();
    let mut tx = app.begin().await?;
    if sql::find_audience(&mut tx, profile).await?.is_none() {
        return Err(ProgressError::NoProfile);
    }
    let merged = sql::merge(&mut tx, &sound, app.clock.now()).await?;
    tx.commit().await?;
    let results = updates.iter().zip(&writes).map(|(update, write)| {
        let Some(write) = write else {
            return refused(
                update.content_id,
                "invalid_position",
                "The position can't be used.",
            );
        };
        let Some(register) = merged
            .iter()
            .find(|register| register.content == update.content_id)
        else {
            return refused(
                update.content_id,
                "title_not_found",
                "There is no such title.",
            );
        };
        // Of several writes to one title, only the best can have won.
        let best = sound
            .iter()
            .filter(|other| other.content == write.content)
            .all(|other| !other.position.beats(&write.position));
        Outcome {
            content_id: update.content_id,
            success: true,
            was_updated: Some(register.won && best),
            error: None,
            code: None,
        }
    });
    Ok(Json(Results {
        results: results.collect(),
    }))
}

impl Update {
    fn check(&self, profile: ProfileId, now_ms: i64) -> Option<Write> {
        let sound = self.position.is_finite()
            && self.position >= 0.0
            && self.duration.is_finite()
            && self.duration > 0.0;
        let position = Position {
            position: self.position,
            duration: self.duration,
            client_timestamp: clamp(self.client_timestamp, now_ms),
            device: self.device,
            completed: self.completed,
        };
        (sound && self.client_timestamp >= 0).then_some(Write {
            profile,
            content: self.content_id,
            position,
        })
    }
}

fn refused(content_id: ContentId, code: &'static str, error: &'static str) -> Outcome {
    Outcome {
        content_id,
        success: false,
        was_updated: None,
        error: Some(error),
        code: Some(code),
    }
}
