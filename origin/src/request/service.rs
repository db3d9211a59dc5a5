//! The caller proves which of our programs it is. Its network address proves nothing.

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, StatusCode, request::Parts},
    middleware::Next,
    response::Response,
};
use shared::token::{
    TokenError,
    service::{self, Issuer, ServiceClaims},
};

use crate::{app::App, problem::problem};

const X_SERVICE_AUTHORIZATION: &str = "x-service-authorization";

/// Lets only our own programs through.
pub async fn require_service(State(app): State<App>, request: Request, next: Next) -> Response {
    match verify(request.headers(), &app) {
        Ok(_) => next.run(request).await,
        Err(error) => refuse(error),
    }
}

/// Which of our programs calls, for the routes that serve only some.
#[derive(Debug, Clone, Copy)]
pub struct Service(pub Issuer);

impl FromRequestParts<App> for Service {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        verify(&parts.headers, app)
            .map(|claims| Self(claims.iss))
            .map_err(refuse)
    }
}

fn verify(headers: &HeaderMap, app: &App) -> Result<ServiceClaims, TokenError> {
    let token = headers
        .get(X_SERVICE_AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
        .ok_or(TokenError::Missing)?;
    service::verify(token, &app.config.service_keys, app.clock.now_s())
}

fn refuse(error: TokenError) -> Response {
    tracing::warn!(
        reason = error.code(),
        "caller without a valid service token"
    );
    problem(
        StatusCode::UNAUTHORIZED,
        "service_token_required",
        "Only Marquee's own services may call this address.",
    )
}
