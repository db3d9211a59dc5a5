//! Publishing a version: its description is read from the object store first, then one transaction makes it visible.
//! A first version, a new one and going back to an old one are the same path.

mod sql;

use std::sync::Arc;

use axum::{body::Bytes, extract::State, http::StatusCode, response::Response};
use object_store::{ObjectStore, ObjectStoreExt, path::Path as ObjectPath};
use serde::{Deserialize, Serialize};
use shared::{
    asset::{self, Asset, VideoRange},
    ids::{AssetVersion, ContentId, JobId},
};
use sqlx::PgConnection;

use super::error::JobsError;
use crate::{
    app::App,
    audit,
    catalogue::{self, Published},
    problem::{internal, problem},
    request::{Admin, Json, Path},
};

/// `asset.json` of a film is a few megabytes; whatever is larger isn't one.
const DESCRIPTION_MAX_BYTES: u64 = 256 << 20;

#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error("There is no version of this title that passed verification.")]
    NothingVerified,
    #[error("This version has no asset description.")]
    Missing,
    #[error("This version's asset description can't be used: {0}")]
    Invalid(&'static str),
    #[error("object store")]
    Store(#[source] object_store::Error),
}

impl PublishError {
    pub(super) fn response(&self) -> Response {
        match self {
            Self::NothingVerified => problem(StatusCode::CONFLICT, "not_verified", self),
            Self::Missing => problem(StatusCode::CONFLICT, "asset_missing", self),
            Self::Invalid(_) => problem(StatusCode::CONFLICT, "asset_invalid", self),
            Self::Store(source) => internal(source),
        }
    }
}

/// A version that is ready to be published: read, checked, not yet visible.
pub(crate) struct Candidate {
    asset: Asset,
    has_artwork: bool,
}

/// Reads and checks a version's description. Not within a transaction.
pub(crate) async fn read_candidate(
    objects: &Arc<dyn ObjectStore>,
    content_id: ContentId,
    version: AssetVersion,
) -> Result<Candidate, PublishError> {
    let key = ObjectPath::from(asset::object_key(content_id, version, "asset.json"));
    let description = objects.get(&key).await.map_err(absent_or_down)?;
    if description.meta.size > DESCRIPTION_MAX_BYTES {
        return Err(PublishError::Invalid("it is too large"));
    }
    let bytes = description.bytes().await.map_err(PublishError::Store)?;
    let asset: Asset = serde_json::from_slice(&bytes).map_err(|fault| {
        tracing::warn!(%fault, content.id = %content_id, asset.version = %version, "asset description unreadable");
        PublishError::Invalid("it isn't the JSON that was agreed on")
    })?;
    if (asset.content_id, asset.version) != (content_id, version) {
        return Err(PublishError::Invalid("it describes another version"));
    }
    if asset.schema != asset::SCHEMA
        || asset.video.is_empty()
        || asset.duration_ms == 0
        || asset.key_seed == 0
    {
        return Err(PublishError::Invalid(
            "it has another schema, no video, no duration or no key seed",
        ));
    }
    let poster = ObjectPath::from(format!("artwork/{content_id}/{version}/poster.jpg"));
    let has_artwork = match objects.head(&poster).await {
        Ok(_) => true,
        Err(object_store::Error::NotFound { .. }) => false,
        Err(error) => return Err(PublishError::Store(error)),
    };
    Ok(Candidate { asset, has_artwork })
}

fn absent_or_down(error: object_store::Error) -> PublishError {
    match error {
        object_store::Error::NotFound { .. } => PublishError::Missing,
        error => PublishError::Store(error),
    }
}

/// Makes a version the title's published one, within the caller's transaction. Announce it after the commit.
pub(crate) async fn publish(
    db: &mut PgConnection,
    app: &App,
    candidate: &Candidate,
    job: Option<JobId>,
) -> sqlx::Result<()> {
    let asset = &candidate.asset;
    // A version that was published before has its rows, and they never change.
    if sql::insert_asset(db, asset, job, app.clock.now()).await? {
        sql::insert_tracks(db, asset).await?;
        sql::insert_artwork(db, asset).await?;
        sql::insert_markers(db, asset).await?;
    }
    catalogue::mark_published(db, app, &facts(candidate)).await
}

fn facts(candidate: &Candidate) -> Published {
    let asset = &candidate.asset;
    // The ladder never goes above the master, so its top is what the master gave us.
    let top = asset.video.iter().max_by_key(|track| {
        (
            u64::from(track.width) * u64::from(track.height),
            track.range,
        )
    });
    let dolby_vision = asset
        .video
        .iter()
        .any(|track| track.supplemental_codec.is_some());
    let range = asset.video.iter().map(|track| track.range).max();
    let hdr_format = match range {
        _ if dolby_vision => Some("dolby_vision"),
        Some(VideoRange::Pq) => Some("hdr10"),
        Some(VideoRange::Hlg) => Some("hlg"),
        Some(VideoRange::Sdr) | None => None,
    };
    Published {
        content_id: asset.content_id,
        version: asset.version,
        duration_ms: asset.duration_ms,
        master_resolution: top
            .map(|track| format!("{}x{}", track.width, track.height))
            .unwrap_or_default(),
        hdr_format: hdr_format.map(str::to_owned),
        has_atmos: asset
            .audio
            .iter()
            .any(|track| track.channels.contains("JOC")),
        has_artwork: candidate.has_artwork,
    }
}

/// Which version to publish.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
pub(crate) struct PublishRequest {
    /// The newest verified one when absent.
    version: Option<u32>,
}

/// What is published now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PublishAnswer {
    #[schema(value_type = uuid::Uuid)]
    content_id: ContentId,
    version: u32,
}

/// Publishes a verified version of a title.
#[utoipa::path(post, path = "/api/admin/content/{id}/publish", tag = "admin", params(("id" = uuid::Uuid, Path)),
    request_body = Option<PublishRequest>,
    responses((status = 200, body = PublishAnswer), (status = 404, body = crate::openapi::Problem), (status = 409, body = crate::openapi::Problem)))]
pub(crate) async fn publish_version(
    State(app): State<App>,
    Admin(admin): Admin,
    Path(id): Path<ContentId>,
    body: Bytes,
) -> Result<Json<PublishAnswer>, JobsError> {
    // Publishing the newest version needs no body.
    let wanted = if body.is_empty() {
        None
    } else {
        serde_json::from_slice::<PublishRequest>(&body)
            .map_err(|_| JobsError::InvalidVersion)?
            .version
    };
    let mut db = app.db.acquire().await?;
    if !sql::title_exists(&mut db, id).await? {
        return Err(JobsError::TitleNotFound);
    }
    let wanted = wanted.map(|version| i32::try_from(version).unwrap_or(i32::MAX));
    let verified = sql::find_verified(&mut db, id, wanted)
        .await?
        .ok_or(PublishError::NothingVerified)?;
    drop(db);
    let version =
        AssetVersion::try_from(verified.version).map_err(|_| PublishError::NothingVerified)?;
    let candidate = read_candidate(&app.objects, id, version).await?;
    let mut tx = app.begin().await?;
    publish(&mut tx, &app, &candidate, Some(verified.job_id)).await?;
    audit::record(
        &mut tx,
        &app,
        admin.account(),
        "content.publish",
        id.as_uuid(),
    )
    .await?;
    tx.commit().await?;
    catalogue::announce(&app, id).await;
    Ok(Json(PublishAnswer {
        content_id: id,
        version: version.0,
    }))
}
