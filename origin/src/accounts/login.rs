//! Signing in.

use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use shared::{ids::SessionId, token::session};
use utoipa::ToSchema;

use super::{
    AccountError, Issued, User, cookies, device, issue, refresh_token,
    sql::{self, Account},
};
use crate::{
    app::App,
    audit, openapi,
    problem::field,
    profiles::{self, Profile},
    rate_limit::Counter,
    request::{Json, client_address},
};

/// How the client wants its tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// In cookies that scripts can't read: browsers.
    #[default]
    Cookie,
    /// In the body: native clients.
    Bearer,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LoginRequest {
    username: String,
    #[schema(value_type = String, format = Password)]
    password: SecretString,
    #[serde(default)]
    delivery: Delivery,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LoginResponse {
    user: User,
    profiles: Vec<Profile>,
    /// Only with `delivery: "bearer"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    /// Only with `delivery: "bearer"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// Seconds.
    expires_in: u64,
}

/// Signs in with user name and password.
#[utoipa::path(post, path = "/api/auth/login", tag = "accounts", request_body = LoginRequest, responses(
    (status = 200, description = "Signed in; cookies are set unless tokens were asked for in the body", body = LoginResponse),
    (status = 401, description = "invalid_credentials", body = openapi::Problem),
    (status = 429, description = "rate_limited, with Retry-After", body = openapi::Problem),
))]
pub async fn login(
    State(app): State<App>,
    headers: HeaderMap,
    Json(request): Json<LoginRequest>,
) -> Result<Response, AccountError> {
    let account = check_password(&app, &headers, &request).await?;
    let session = SessionId::from_uuid(app.new_id());
    let refresh = refresh_token::generate();
    let now = app.clock.now();
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok());

    let mut tx = app.begin().await?;
    sql::insert_session(&mut tx, session, account.id, &device::label(agent), now).await?;
    sql::insert_refresh_token(&mut tx, &refresh_token::hash(&refresh), session, now).await?;
    audit::record(&mut tx, &app, account.id, "login", session.as_uuid()).await?;
    let profiles = profiles::list(&mut tx, account.id).await?;
    tx.commit().await?;

    let access = issue(
        &app,
        &Issued {
            account: account.id,
            session,
            role: account.role,
            profile: None,
        },
    );
    Ok(respond(
        &app,
        request.delivery,
        account.into(),
        profiles,
        access,
        &refresh,
    ))
}

async fn check_password(
    app: &App,
    headers: &HeaderMap,
    request: &LoginRequest,
) -> Result<Account, AccountError> {
    let username = request.username.trim().to_lowercase();
    let password = &request.password;
    if username.is_empty() || username.len() > 100 || password.expose_secret().len() > 1024 {
        // Also keeps megabytes away from the hash function.
        return Err(AccountError::Invalid(vec![field(
            "username",
            "is empty or too long, or the password is",
            "Send a user name of at most 100 and a password of at most 1024 characters.",
        )]));
    }
    let limits = &app.config.limits;
    let attempts = Counter::new(
        "login",
        &[&username, &client_address(headers)],
        limits.login_attempts,
        limits.attempt_window,
    );
    if let Err(seconds) = attempts.attempt(&app.valkey).await {
        app.metrics.login("rate_limited");
        return Err(AccountError::RateLimited(seconds));
    }
    let mut tx = app.begin().await?;
    let account = sql::find_by_username(&mut tx, &username).await?;
    // Hashing takes a while: the connection goes back first.
    tx.commit().await?;
    let hash = account
        .as_ref()
        .map(|account| account.password_hash.clone());
    let fits = app.passwords.verify(password.clone(), hash).await;
    match account {
        Some(account) if fits => {
            attempts.forget(&app.valkey).await;
            app.metrics.login("ok");
            Ok(account)
        }
        Some(_) | None => {
            app.metrics.login("refused");
            Err(AccountError::InvalidCredentials)
        }
    }
}

fn respond(
    app: &App,
    delivery: Delivery,
    user: User,
    profiles: Vec<Profile>,
    access: String,
    refresh: &SecretString,
) -> Response {
    let mut headers = HeaderMap::new();
    let (access_token, refresh_token) = match delivery {
        Delivery::Cookie => {
            cookies::set_session(&mut headers, &app.config, &access);
            cookies::set_refresh(&mut headers, &app.config, refresh.expose_secret());
            (None, None)
        }
        Delivery::Bearer => {
            cookies::forbid_storing(&mut headers);
            (Some(access), Some(refresh.expose_secret().to_owned()))
        }
    };
    let body = LoginResponse {
        user,
        profiles,
        access_token,
        refresh_token,
        expires_in: session::LIFETIME_S,
    };
    (headers, Json(body)).into_response()
}
