//! From now on, this profile watches.

use axum::{
    body::Bytes,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use shared::ids::ProfileId;
use utoipa::ToSchema;

use super::{Profile, ProfileError, sql};
use crate::{
    accounts::{Issued, cookies, issue, tokens::SelectedProfile},
    app::App,
    openapi,
    problem::field,
    rate_limit::Counter,
    request::{Credential, Json, Path, Viewer},
};

#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct SelectProfile {
    /// For a profile that has one.
    #[schema(value_type = Option<String>, format = Password)]
    pin: Option<SecretString>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Selected {
    success: bool,
    profile: Profile,
    /// The new session token, for callers that sent a bearer token; the others get it as a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// Selects a profile for this session, which gets a new token.
#[utoipa::path(post, path = "/api/profiles/{id}/select", tag = "profiles",
    params(("id" = Uuid, Path)), request_body = Option<SelectProfile>, responses(
    (status = 200, description = "Selected", body = Selected),
    (status = 403, description = "pin_required, pin_invalid", body = openapi::Problem),
    (status = 404, description = "profile_not_found", body = openapi::Problem),
    (status = 429, description = "rate_limited: too many wrong PINs", body = openapi::Problem),
), security(("session_cookie" = []), ("session_bearer" = [])))]
pub async fn select(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<ProfileId>,
    body: Bytes,
) -> Result<Response, ProfileError> {
    let pin = parse(&body)?.pin;
    let mut tx = app.begin().await?;
    let profile = sql::find(&mut tx, viewer.account(), id)
        .await?
        .ok_or(ProfileError::NotFound)?;
    let pin_hash = sql::find_pin_hash(&mut tx, id).await?;
    tx.commit().await?;
    if let Some(hash) = pin_hash {
        check_pin(&app, id, pin, hash).await?;
    }
    let mut tx = app.begin().await?;
    sql::select_in_session(&mut tx, viewer.session(), id, app.clock.now()).await?;
    tx.commit().await?;
    let token = issue(
        &app,
        &Issued {
            account: viewer.account(),
            session: viewer.session(),
            role: viewer.claims.role,
            profile: Some(SelectedProfile {
                id,
                maturity_limit: u8::try_from(profile.maturity_limit).unwrap_or(0),
                is_kids: profile.is_kids,
            }),
        },
    );
    let mut headers = HeaderMap::new();
    let token = match viewer.credential {
        Credential::Cookie => {
            cookies::set_session(&mut headers, &app.config, &token);
            None
        }
        Credential::Bearer => {
            cookies::forbid_storing(&mut headers);
            Some(token)
        }
    };
    Ok((
        headers,
        Json(Selected {
            success: true,
            profile,
            token,
        }),
    )
        .into_response())
}

/// The body may be left out.
fn parse(body: &Bytes) -> Result<SelectProfile, ProfileError> {
    if body.is_empty() {
        return Ok(SelectProfile::default());
    }
    serde_json::from_slice(body).map_err(|_| {
        ProfileError::Invalid(vec![field(
            "pin",
            "can't be read",
            "Send {\"pin\": \"1234\"}, or no body.",
        )])
    })
}

async fn check_pin(
    app: &App,
    id: ProfileId,
    pin: Option<SecretString>,
    hash: String,
) -> Result<(), ProfileError> {
    let pin = pin.ok_or(ProfileError::PinRequired)?;
    let limits = &app.config.limits;
    let attempts = Counter::new(
        "pin",
        &[&id.to_string()],
        limits.pin_attempts,
        limits.attempt_window,
    );
    attempts
        .attempt(&app.valkey)
        .await
        .map_err(ProfileError::RateLimited)?;
    if !app.passwords.verify(pin, Some(hash)).await {
        return Err(ProfileError::PinInvalid);
    }
    attempts.forget(&app.valkey).await;
    Ok(())
}
