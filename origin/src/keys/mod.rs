//! The keys that session tokens are signed with, and the public set that everybody else verifies with.

use axum::{extract::State, response::IntoResponse};
use ed25519_dalek::SigningKey;
use http::header;
use shared::token::{JwkSet, session, session::SessionClaims};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{app::App, config::Config};

/// Signs with one key; publishes it.
pub struct SessionKeys {
    kid: String,
    signing: SigningKey,
    public: JwkSet,
}

impl SessionKeys {
    pub fn new(config: &Config) -> Self {
        let signing = config.session_key.clone();
        Self {
            public: JwkSet::default().with(&config.session_kid, signing.verifying_key()),
            kid: config.session_kid.clone(),
            signing,
        }
    }

    pub fn sign(&self, claims: &SessionClaims) -> String {
        session::sign(claims, &self.kid, &self.signing)
    }

    pub fn public(&self) -> &JwkSet {
        &self.public
    }
}

/// Public: no token is needed to learn a public key.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(jwks))
}

/// The public keys of session tokens (RFC 8037).
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "operations",
    responses((status = 200, description = "JSON Web Key Set", body = serde_json::Value)))]
async fn jwks(State(app): State<App>) -> impl IntoResponse {
    (
        [(header::CACHE_CONTROL, "public, max-age=300")],
        axum::Json(app.keys.public().clone()),
    )
}
