//! The tus routes: `OPTIONS` and `POST /api/admin/uploads`, `HEAD`, `PATCH` and `DELETE /api/admin/uploads/{id}`.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use shared::ids::{ContentId, JobId, UploadId};
use uuid::Uuid;

use super::{
    checksum::{self, Checksum},
    complete,
    error::UploadError,
    lock::Lock,
    metadata::{self, Target},
    receive::{Received, Writer},
    sql::{self, NewUpload, Upload, UploadState},
    tus,
};
use crate::{
    app::App,
    problem::field,
    request::{Admin, Path, Viewer},
};

/// Space that uploads leave free on a disk that others use too.
const RESERVE_BYTES: u64 = 1 << 30;

/// Says what this tus server can do.
#[utoipa::path(options, path = "/api/admin/uploads", tag = "uploads", responses((status = 204)))]
pub(super) async fn options(State(app): State<App>, _: Admin) -> Response {
    let headers = [
        (tus::VERSION, tus::ONLY_VERSION),
        (tus::EXTENSION, HeaderValue::from_static(tus::EXTENSIONS)),
        (
            tus::CHECKSUM_ALGORITHM,
            HeaderValue::from_static(checksum::ALGORITHMS),
        ),
        (
            tus::MAX_SIZE,
            HeaderValue::from(app.config.limits.upload_bytes),
        ),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Creates an upload; the request may carry its first bytes.
#[utoipa::path(post, path = "/api/admin/uploads", tag = "uploads",
    responses((status = 201), (status = 400, body = crate::openapi::Problem), (status = 413, body = crate::openapi::Problem), (status = 507, body = crate::openapi::Problem)))]
pub(super) async fn create(
    State(app): State<App>,
    Admin(admin): Admin,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, UploadError> {
    let upload = insert(&app, &admin, &headers).await?;
    let location = format!("/api/admin/uploads/{}", upload.id);
    let created = [
        (
            header::LOCATION,
            HeaderValue::try_from(location).expect("a UUID is ASCII"),
        ),
        (tus::CONTENT_ID, id_value(upload.content_id.as_uuid())),
        (tus::EXPIRES, tus::date(upload.expires_at)),
    ];
    let mut response = (StatusCode::CREATED, created).into_response();
    if tus::carries_bytes(&headers) {
        let outcome = write(&app, upload.id, 0, &headers, body).await?;
        response.headers_mut().extend(progress_headers(&outcome));
    }
    Ok(response)
}

async fn insert(app: &App, admin: &Viewer, headers: &HeaderMap) -> Result<Upload, UploadError> {
    let limits = &app.config.limits;
    let length = tus::bytes(headers, &tus::LENGTH)?
        .filter(|length| *length > 0)
        .ok_or(UploadError::Header {
            name: "Upload-Length",
            problem: "is missing or 0",
            remedy: "Send the size of the file in bytes; an empty file is no master.",
        })?;
    if length > limits.upload_bytes {
        return Err(UploadError::TooLarge {
            max: limits.upload_bytes,
        });
    }
    let header = headers
        .get(tus::METADATA)
        .map_or(Ok(""), |value| value.to_str())
        .unwrap_or_default();
    let metadata = metadata::parse(header).map_err(UploadError::Metadata)?;
    let mut db = app.db.acquire().await?;
    let content_id = match &metadata.target {
        Target::New { .. } => ContentId::from_uuid(app.new_id()),
        Target::Existing(id) => match sql::find_content_type(&mut db, *id).await?.as_deref() {
            Some("movie" | "episode") => *id,
            Some(_) => {
                return Err(unusable_title(
                    "is a series, which has no media of its own",
                    "Upload to one of its episodes.",
                ));
            }
            None => {
                return Err(unusable_title(
                    "names no title",
                    "Send the id that the catalogue shows.",
                ));
            }
        },
    };
    check_space(app, &sql::list_receiving(&mut db).await?, length).await?;
    let upload_id = UploadId::from_uuid(app.new_id());
    let multipart_id = app.staging.begin(content_id, upload_id).await?;
    let now = app.clock.now();
    let new = NewUpload {
        upload_id,
        account: admin.account(),
        content_id,
        length: i64::try_from(length).map_err(|_| UploadError::TooLarge {
            max: limits.upload_bytes,
        })?,
        header,
        metadata: &metadata,
        multipart_id: multipart_id.as_deref(),
        now,
        expires_at: now + limits.upload_lifetime,
    };
    sql::insert(&mut db, &new).await?;
    sql::find(&mut db, upload_id)
        .await?
        .ok_or(UploadError::NotFound)
}

fn unusable_title(problem: &str, remedy: &str) -> UploadError {
    UploadError::Metadata(vec![field("contentId", problem, remedy)])
}

/// What is under way must still fit when this one comes.
async fn check_space(app: &App, under_way: &[Upload], length: u64) -> Result<(), UploadError> {
    let Some(free) = app.staging.free_bytes()? else {
        return Ok(());
    };
    let mut promised = RESERVE_BYTES;
    for upload in under_way {
        let received = app.staging.received(app, upload).await?;
        promised = promised.saturating_add(upload.length().saturating_sub(received));
    }
    if promised.saturating_add(length) > free {
        Err(UploadError::DiskFull)
    } else {
        Ok(())
    }
}

/// Tells how far an upload is.
#[utoipa::path(head, path = "/api/admin/uploads/{id}", tag = "uploads", params(("id" = uuid::Uuid, Path)),
    responses((status = 200), (status = 404), (status = 410)))]
pub(super) async fn head(
    State(app): State<App>,
    _: Admin,
    Path(id): Path<UploadId>,
) -> Result<Response, UploadError> {
    let upload = find(&app, id).await?;
    let received = match upload.state {
        UploadState::Completed => upload.length(),
        UploadState::Receiving => app.staging.received(&app, &upload).await?,
        UploadState::Refused | UploadState::Terminated | UploadState::Expired => {
            return Err(UploadError::Gone);
        }
    };
    if upload.state == UploadState::Receiving && received == upload.length() {
        // The process was killed between the last byte and the job.
        resume_completion(&app, id).await?;
    }
    let outcome = Outcome {
        received,
        expires_at: (received < upload.length()).then_some(upload.expires_at),
        job: sql::find_job(&mut *app.db.acquire().await?, id).await?,
    };
    let mut response = (StatusCode::OK, progress_headers(&outcome)).into_response();
    let headers = response.headers_mut();
    headers.insert(tus::LENGTH, HeaderValue::from(upload.length()));
    headers.insert(tus::CONTENT_ID, id_value(upload.content_id.as_uuid()));
    if let Ok(metadata) = HeaderValue::try_from(&upload.metadata) {
        headers.insert(tus::METADATA, metadata);
    }
    Ok(response)
}

/// Completes an upload whose bytes are all there, unless somebody else is at it.
pub(super) async fn resume_completion(app: &App, id: UploadId) -> Result<(), UploadError> {
    let lock = match Lock::acquire(app, id).await {
        Ok(lock) => lock,
        Err(UploadError::Locked) => return Ok(()),
        Err(error) => return Err(error),
    };
    let completed = async {
        // Not `find`: what is whole doesn't expire.
        let upload = sql::find(&mut *app.db.acquire().await?, id)
            .await?
            .ok_or(UploadError::NotFound)?;
        if upload.state == UploadState::Receiving {
            let sink = app.staging.append_to(app, &upload).await?;
            complete::complete(app, upload, sink).await?;
        }
        Ok(())
    };
    let outcome = completed.await;
    lock.release().await;
    outcome
}

/// Appends bytes.
#[utoipa::path(patch, path = "/api/admin/uploads/{id}", tag = "uploads", params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 409, body = crate::openapi::Problem), (status = 423, body = crate::openapi::Problem), (status = 460, body = crate::openapi::Problem)))]
pub(super) async fn patch(
    State(app): State<App>,
    _: Admin,
    Path(id): Path<UploadId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, UploadError> {
    if !tus::carries_bytes(&headers) {
        return Err(UploadError::ContentType);
    }
    let offset = tus::bytes(&headers, &tus::OFFSET)?.ok_or(UploadError::Header {
        name: "Upload-Offset",
        problem: "is missing",
        remedy: "Send the offset that HEAD answered.",
    })?;
    let outcome = write(&app, id, offset, &headers, body).await?;
    Ok((StatusCode::NO_CONTENT, progress_headers(&outcome)).into_response())
}

/// Where an upload stands after a request.
struct Outcome {
    received: u64,
    /// While bytes are missing.
    expires_at: Option<DateTime<Utc>>,
    /// Once none is.
    job: Option<JobId>,
}

async fn write(
    app: &App,
    id: UploadId,
    offset: u64,
    headers: &HeaderMap,
    body: Body,
) -> Result<Outcome, UploadError> {
    let checksum = match headers.get(tus::CHECKSUM) {
        None => None,
        Some(value) => Some(
            value
                .to_str()
                .ok()
                .and_then(|text| Checksum::parse(text).ok())
                .ok_or(UploadError::Header {
                    name: "Upload-Checksum",
                    problem: "isn't `sha1` or `sha256` with a base64 digest",
                    remedy: "Send one of the algorithms that OPTIONS names.",
                })?,
        ),
    };
    let permit = app.staging.permit().ok_or(UploadError::Busy)?;
    let lock = Lock::acquire(app, id).await?;
    // Read under the lock: the last writer may just have finished.
    let upload = match check(app, id, offset, headers).await {
        Ok(upload) => upload,
        Err(error) => {
            lock.release().await;
            return Err(error);
        }
    };
    let length = upload.length();
    let writer = Writer {
        app: app.clone(),
        upload,
        lock,
        permit,
        offset,
    };
    Ok(match writer.receive(body, checksum).await? {
        Received::Partly { offset, expires_at } => Outcome {
            received: offset,
            expires_at: Some(expires_at),
            job: None,
        },
        Received::Whole(job) => Outcome {
            received: length,
            expires_at: None,
            job: Some(job),
        },
    })
}

async fn check(
    app: &App,
    id: UploadId,
    offset: u64,
    headers: &HeaderMap,
) -> Result<Upload, UploadError> {
    let upload = find(app, id).await?;
    match upload.state {
        UploadState::Receiving => {}
        // Its last bytes again: the answer to the first was lost on its way.
        UploadState::Completed => {
            return Err(UploadError::Offset {
                received: upload.length(),
            });
        }
        UploadState::Refused | UploadState::Terminated | UploadState::Expired => {
            return Err(UploadError::Gone);
        }
    }
    let received = app.staging.received(app, &upload).await?;
    if received != offset {
        return Err(UploadError::Offset { received });
    }
    let announced = tus::bytes(headers, &header::CONTENT_LENGTH)?.unwrap_or(0);
    if announced > upload.length() - received {
        return Err(UploadError::TooLong);
    }
    Ok(upload)
}

/// Ends an upload and forgets its bytes.
#[utoipa::path(delete, path = "/api/admin/uploads/{id}", tag = "uploads", params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 404), (status = 410), (status = 423)))]
pub(super) async fn terminate(
    State(app): State<App>,
    _: Admin,
    Path(id): Path<UploadId>,
) -> Result<StatusCode, UploadError> {
    let lock = Lock::acquire(&app, id).await?;
    let outcome = discard(&app, id, UploadState::Terminated).await;
    lock.release().await;
    outcome.map(|()| StatusCode::NO_CONTENT)
}

/// Under the upload's lock.
pub(super) async fn discard(
    app: &App,
    id: UploadId,
    state: UploadState,
) -> Result<(), UploadError> {
    let upload = find(app, id).await?;
    if upload.state != UploadState::Receiving {
        // A completed upload is a master: jobs lean on it.
        return Err(UploadError::Gone);
    }
    app.staging.discard(&upload).await?;
    sql::mark_ended(&mut *app.db.acquire().await?, id, state, app.clock.now()).await?;
    Ok(())
}

/// For clients whose environment knows neither `PATCH` nor `DELETE`: `POST` with `X-HTTP-Method-Override`.
#[utoipa::path(post, path = "/api/admin/uploads/{id}", tag = "uploads", params(("id" = uuid::Uuid, Path)), responses((status = 204)))]
pub(super) async fn overridden(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<UploadId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, UploadError> {
    match headers.get(tus::METHOD_OVERRIDE).map(HeaderValue::as_bytes) {
        Some(b"PATCH") => patch(State(app), admin, Path(id), headers, body).await,
        Some(b"DELETE") => terminate(State(app), admin, Path(id))
            .await
            .map(IntoResponse::into_response),
        Some(_) | None => Err(UploadError::Header {
            name: "X-HTTP-Method-Override",
            problem: "is neither PATCH nor DELETE",
            remedy: "Send PATCH to append bytes, or name the method here.",
        }),
    }
}

async fn find(app: &App, id: UploadId) -> Result<Upload, UploadError> {
    let upload = sql::find(&mut *app.db.acquire().await?, id)
        .await?
        .ok_or(UploadError::NotFound)?;
    if upload.state == UploadState::Receiving && upload.expires_at <= app.clock.now() {
        return Err(UploadError::Gone);
    }
    Ok(upload)
}

fn progress_headers(outcome: &Outcome) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(tus::OFFSET, HeaderValue::from(outcome.received));
    if let Some(at) = outcome.expires_at {
        headers.insert(tus::EXPIRES, tus::date(at));
    }
    if let Some(job) = outcome.job {
        headers.insert(tus::JOB_ID, id_value(job.as_uuid()));
    }
    headers
}

fn id_value(id: Uuid) -> HeaderValue {
    HeaderValue::try_from(id.to_string()).expect("a UUID is ASCII")
}
