//! `Idempotency-Key`: a mutation that is sent twice happens once. The first answer is kept for 24 hours.
//!
//! Signing in and choosing a profile are left out: their answers carry tokens, which are never stored.

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Duration, Utc};
use sha2::{Digest, Sha256};
use shared::ids::AccountId;
use sqlx::FromRow;

use crate::{
    app::App,
    problem::{field, internal, invalid, problem, retry_after},
    request::Viewer,
};

const KEY_MOST: usize = 200;
/// An answer larger than this is not kept: none of our mutations has one.
const ANSWER_BYTES: usize = 65_536;
pub(crate) const KEPT: Duration = Duration::hours(24);
/// A first request that has no answer after this died with its process.
const ABANDONED: Duration = Duration::seconds(60);

/// Replays the first answer to a repeated mutation.
pub async fn replay(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(key) = key_of(&request) else {
        return next.run(request).await;
    };
    // Who isn't signed in is refused by the handler; nothing happens twice.
    let Ok(viewer) = Viewer::claimed(request.headers(), &app) else {
        return next.run(request).await;
    };
    if key.is_empty() || key.len() > KEY_MOST {
        return invalid(vec![field(
            "Idempotency-Key",
            "is empty or too long",
            "Send 1 to 200 characters, a UUID for example.",
        )]);
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, app.config.limits.body_bytes).await else {
        return problem(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "The request's body is too large.",
        );
    };
    let entry = Entry {
        account: viewer.account(),
        route: format!("{} {}", parts.method, parts.uri.path()),
        key,
        request_hash: Sha256::digest(&body).to_vec(),
    };
    match entry.claim(&app).await {
        Ok(Claim::First) => {
            let answer = next.run(Request::from_parts(parts, Body::from(body))).await;
            entry.keep(&app, answer).await
        }
        Ok(Claim::Answered(kept)) => kept.into_response(),
        Ok(Claim::InProgress) => retry_after(
            1,
            problem(
                StatusCode::CONFLICT,
                "idempotency_in_progress",
                "The first request with this Idempotency-Key is still being answered. Try again in a second.",
            ),
        ),
        Ok(Claim::Mismatch) => problem(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_mismatch",
            "This Idempotency-Key was sent with another body. Choose a new key for a new request.",
        ),
        Err(error) => internal(&error),
    }
}

/// The key, where the mutation is one that is remembered.
fn key_of(request: &Request) -> Option<String> {
    let path = request.uri().path();
    let remembered = request.method() == Method::POST
        && path.starts_with("/api/")
        && !path.starts_with("/api/auth/")
        && !path.starts_with("/api/admin/uploads")
        && !path.ends_with("/select");
    let value = request
        .headers()
        .get("idempotency-key")
        .filter(|_| remembered)?;
    Some(value.to_str().unwrap_or_default().trim().to_owned())
}

struct Entry {
    account: AccountId,
    route: String,
    key: String,
    request_hash: Vec<u8>,
}

enum Claim {
    First,
    Answered(Kept),
    InProgress,
    Mismatch,
}

#[derive(FromRow)]
struct Kept {
    request_hash: Vec<u8>,
    created_at: DateTime<Utc>,
    status: Option<i16>,
    headers: Option<serde_json::Value>,
    body: Option<Vec<u8>>,
}

impl Entry {
    /// Takes the key, or says what became of its first request.
    async fn claim(&self, app: &App) -> sqlx::Result<Claim> {
        let now = app.clock.now();
        let mut tx = app.begin().await?;
        sqlx::query("DELETE FROM idempotency_keys WHERE account_id = $1 AND route = $2 AND key = $3 AND (created_at < $4 OR status IS NULL AND created_at < $5)")
            .bind(self.account)
            .bind(&self.route)
            .bind(&self.key)
            .bind(now - KEPT)
            .bind(now - ABANDONED)
            .execute(&mut *tx)
            .await?;
        let inserted = sqlx::query("INSERT INTO idempotency_keys (account_id, route, key, request_hash, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING")
            .bind(self.account)
            .bind(&self.route)
            .bind(&self.key)
            .bind(&self.request_hash)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        let kept: Option<Kept> = sqlx::query_as("SELECT request_hash, created_at, status, headers, body FROM idempotency_keys WHERE account_id = $1 AND route = $2 AND key = $3")
            .bind(self.account)
            .bind(&self.route)
            .bind(&self.key)
            .fetch_optional(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(match kept {
            _ if inserted.rows_affected() == 1 => Claim::First,
            Some(kept) if kept.request_hash != self.request_hash => Claim::Mismatch,
            Some(kept) if kept.status.is_some() => Claim::Answered(kept),
            _ => Claim::InProgress,
        })
    }

    /// Keeps the answer. An answer that isn't final, or can't be kept, frees the key for another try.
    async fn keep(&self, app: &App, answer: Response) -> Response {
        let (parts, body) = answer.into_parts();
        let Ok(body) = to_bytes(body, usize::MAX).await else {
            return problem(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "Something went wrong on our side.",
            );
        };
        let stored = if !is_final(parts.status) || body.len() > ANSWER_BYTES {
            self.forget(app).await
        } else {
            self.store(app, parts.status, &parts.headers, &body).await
        };
        if let Err(error) = stored {
            // The deed is done and its answer is known: only a repetition would notice.
            tracing::warn!(%error, "the answer to an idempotent request was not kept");
        }
        Response::from_parts(parts, Body::from(body))
    }

    async fn store(
        &self,
        app: &App,
        status: StatusCode,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> sqlx::Result<()> {
        let kept: serde_json::Map<String, serde_json::Value> =
            [header::CONTENT_TYPE, header::LOCATION]
                .into_iter()
                .filter_map(|name| {
                    Some((name.to_string(), headers.get(&name)?.to_str().ok()?.into()))
                })
                .collect();
        sqlx::query("UPDATE idempotency_keys SET status = $4, headers = $5, body = $6 WHERE account_id = $1 AND route = $2 AND key = $3")
            .bind(self.account)
            .bind(&self.route)
            .bind(&self.key)
            .bind(i16::try_from(status.as_u16()).unwrap_or(500))
            .bind(serde_json::Value::Object(kept))
            .bind(body.as_ref())
            .execute(&app.db)
            .await?;
        Ok(())
    }

    async fn forget(&self, app: &App) -> sqlx::Result<()> {
        sqlx::query(
            "DELETE FROM idempotency_keys WHERE account_id = $1 AND route = $2 AND key = $3",
        )
        .bind(self.account)
        .bind(&self.route)
        .bind(&self.key)
        .execute(&app.db)
        .await?;
        Ok(())
    }
}

/// Whether asking again would be answered alike: not when we failed, and not when the caller was only told to come back
/// later or with a better token.
fn is_final(status: StatusCode) -> bool {
    !status.is_server_error()
        && !matches!(
            status,
            StatusCode::UNAUTHORIZED | StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
        )
}

impl IntoResponse for Kept {
    fn into_response(self) -> Response {
        let status = self
            .status
            .and_then(|status| StatusCode::from_u16(status.unsigned_abs()).ok())
            .unwrap_or(StatusCode::OK);
        let mut answer = Response::builder()
            .status(status)
            .header("idempotency-replayed", "true");
        for (name, value) in self
            .headers
            .as_ref()
            .and_then(|headers| headers.as_object())
            .into_iter()
            .flatten()
        {
            if let Some(value) = value.as_str() {
                answer = answer.header(name, value);
            }
        }
        tracing::debug!(first.at = %self.created_at, "replayed the first answer");
        answer
            .body(Body::from(self.body.unwrap_or_default()))
            .expect("status and headers were those of an answer of ours")
    }
}
