//! One more profile.

use axum::{extract::State, http::StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use shared::{entitlement::KIDS_MATURITY_LIMIT, ids::ProfileId, problem::Detail};
use utoipa::ToSchema;

use super::{
    AVATARS, DEFAULT_LIMIT, KIDS_DEFAULT_LIMIT, Profile, ProfileError, default_avatar,
    sql::{self, NewProfile},
};
use crate::{
    app::App,
    audit, openapi,
    problem::field,
    request::{Json, Viewer},
};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateProfile {
    /// 1 to 50 characters.
    name: String,
    /// One of the pictures of the web app, `/avatars/1.svg` to `/avatars/8.svg`.
    avatar_url: Option<String>,
    #[serde(default)]
    is_kids: bool,
    /// 0 to 18; 7 for kids, who never get past 12, and 18 for everybody else when absent.
    maturity_limit: Option<u8>,
    /// 4 to 8 digits.
    #[schema(value_type = Option<String>, format = Password)]
    pin: Option<SecretString>,
}

/// Makes a profile.
#[utoipa::path(post, path = "/api/profiles", tag = "profiles", request_body = CreateProfile, responses(
    (status = 201, description = "Made", body = Profile),
    (status = 400, description = "invalid_request", body = openapi::Problem),
    (status = 409, description = "profile_limit: there are six already", body = openapi::Problem),
), security(("session_cookie" = []), ("session_bearer" = [])))]
pub async fn create(
    State(app): State<App>,
    viewer: Viewer,
    Json(request): Json<CreateProfile>,
) -> Result<(StatusCode, Json<Profile>), ProfileError> {
    let refusals = request.refusals();
    if !refusals.is_empty() {
        return Err(ProfileError::Invalid(refusals));
    }
    let pin_hash = match request.pin {
        Some(pin) => Some(app.passwords.hash(pin).await),
        None => None,
    };
    let default_limit = if request.is_kids {
        KIDS_DEFAULT_LIMIT
    } else {
        DEFAULT_LIMIT
    };
    let id = ProfileId::from_uuid(app.new_id());
    let mut tx = app.begin().await?;
    let earlier = sql::list(&mut tx, viewer.account()).await?.len();
    let profile = NewProfile {
        id,
        account: viewer.account(),
        name: request.name.trim().to_owned(),
        avatar_url: request
            .avatar_url
            .unwrap_or_else(|| default_avatar(earlier)),
        is_kids: request.is_kids,
        maturity_limit: request.maturity_limit.unwrap_or(default_limit),
        pin_hash,
        created_at: app.clock.now(),
    };
    sql::insert(&mut tx, &profile).await?;
    audit::record(
        &mut tx,
        &app,
        viewer.account(),
        "profile_created",
        id.as_uuid(),
    )
    .await?;
    let made = sql::find(&mut tx, viewer.account(), id)
        .await?
        .ok_or(ProfileError::NotFound)?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(made)))
}

impl CreateProfile {
    fn refusals(&self) -> Vec<Detail> {
        let mut refusals = Vec::new();
        if !(1..=50).contains(&self.name.trim().chars().count()) {
            refusals.push(field(
                "name",
                "is empty or too long",
                "Choose 1 to 50 characters.",
            ));
        }
        if self
            .avatar_url
            .as_deref()
            .is_some_and(|url| !is_avatar(url))
        {
            refusals.push(field(
                "avatarUrl",
                "isn't one of the pictures",
                "Choose /avatars/1.svg to /avatars/8.svg.",
            ));
        }
        let highest = if self.is_kids {
            KIDS_MATURITY_LIMIT
        } else {
            DEFAULT_LIMIT
        };
        if self.maturity_limit.is_some_and(|limit| limit > highest) {
            refusals.push(field(
                "maturityLimit",
                "is too high for this kind of profile",
                "Choose at most 12 for kids, at most 18 otherwise.",
            ));
        }
        if self
            .pin
            .as_ref()
            .is_some_and(|pin| !is_pin(pin.expose_secret()))
        {
            refusals.push(field("pin", "isn't a PIN", "Choose 4 to 8 digits."));
        }
        refusals
    }
}

/// Only our own pictures: a foreign one would tell its host who is watching.
fn is_avatar(url: &str) -> bool {
    (1..=AVATARS).any(|number| url == format!("/avatars/{number}.svg"))
}

fn is_pin(text: &str) -> bool {
    (4..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}
