//! Who asks: a session token, verified here again although the edge has done so, and its login session still alive.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::Response,
};
use shared::{
    entitlement,
    ids::{AccountId, ProfileId, SessionId},
    token::{Role, TokenError, session, session::SessionClaims},
};

use crate::{
    accounts,
    app::App,
    problem::{internal, problem},
};

/// How the session token came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    Cookie,
    Bearer,
}

/// A signed-in account, perhaps with a profile.
#[derive(Debug, Clone)]
pub struct Viewer {
    pub claims: SessionClaims,
    pub credential: Credential,
}

impl Viewer {
    pub fn account(&self) -> AccountId {
        self.claims.sub
    }

    pub fn session(&self) -> SessionId {
        self.claims.sid
    }

    pub fn profile(&self) -> Option<ProfileId> {
        self.claims.pid
    }

    /// The age up to which this viewer sees titles. Without a profile: what is for everybody.
    pub fn maturity_limit(&self) -> u8 {
        match self.claims.pid {
            Some(_) => entitlement::maturity_limit(self.claims.maturity, self.claims.kids),
            None => 0,
        }
    }

    /// The viewer that a request's headers name, if its token is good. Doesn't ask whether the session was revoked.
    pub(crate) fn claimed(headers: &HeaderMap, app: &App) -> Result<Self, TokenError> {
        let bearer = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let (token, credential) = match bearer {
            Some(token) => (token, Credential::Bearer),
            None => (
                cookie(headers, accounts::SESSION_COOKIE).ok_or(TokenError::Missing)?,
                Credential::Cookie,
            ),
        };
        let claims = session::verify(token, app.keys.public(), app.clock.now_s())?;
        Ok(Self { claims, credential })
    }
}

impl FromRequestParts<App> for Viewer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let viewer = Self::claimed(&parts.headers, app).map_err(refuse)?;
        match accounts::is_session_alive(app, viewer.session()).await {
            Ok(true) => Ok(viewer),
            Ok(false) => Err(problem(
                StatusCode::UNAUTHORIZED,
                "session_revoked",
                "This session has ended. Sign in again.",
            )),
            Err(error) => Err(internal(&error)),
        }
    }
}

/// A viewer who may edit, ingest and publish.
#[derive(Debug, Clone)]
pub struct Admin(pub Viewer);

impl FromRequestParts<App> for Admin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let viewer = Viewer::from_request_parts(parts, app).await?;
        match viewer.claims.role {
            Role::Admin => Ok(Self(viewer)),
            Role::Viewer => Err(problem(
                StatusCode::FORBIDDEN,
                "admin_required",
                "Only an administrator may do this.",
            )),
        }
    }
}

/// The value of a request's cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

fn refuse(error: TokenError) -> Response {
    problem(
        StatusCode::from_u16(error.status()).expect("the token error has a valid status"),
        error.code(),
        match error {
            TokenError::Missing => "Sign in first.",
            TokenError::Expired => "The session token has expired. Refresh it.",
            TokenError::Malformed
            | TokenError::Algorithm
            | TokenError::KeyUnknown
            | TokenError::Signature
            | TokenError::NotYetValid
            | TokenError::Audience
            | TokenError::WrongContent
            | TokenError::WrongVersion
            | TokenError::WrongProfile => "The session token can't be used. Sign in again.",
        },
    )
}
