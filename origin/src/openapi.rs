//! OpenAPI 3.1, written from the code: served at `/api/openapi.json`, printed by `origin openapi`, committed as
//! `origin/openapi.json`.

use axum::Json;
use serde::Serialize;
use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::{
        Components,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::router;

/// The document's head and what no single route owns.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Marquee",
        description = "What viewers and administrators ask of origin, through the edge."
    ),
    components(schemas(Problem, ProblemDetail)),
    modifiers(&Security),
)]
pub struct Document;

/// The body of every error response: `shared::problem::Problem`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// One sentence a person can act on.
    error: String,
    /// What a program switches on.
    code: String,
    /// To be quoted to support.
    request_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Vec<ProblemDetail>>,
}

/// One thing that was wrong, and what to do about it.
#[derive(Serialize, ToSchema)]
pub struct ProblemDetail {
    field: String,
    problem: String,
    remedy: String,
}

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_with(Components::new);
        components.add_security_scheme(
            "session_cookie",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("marquee_session"))),
        );
        components.add_security_scheme(
            "session_bearer",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .bearer_format("JWT")
                    .build(),
            ),
        );
    }
}

/// The document as text, as it is committed.
pub fn text() -> String {
    let mut text = router::document()
        .to_pretty_json()
        .expect("the document holds nothing that JSON can't");
    text.push('\n');
    text
}

/// `GET /api/openapi.json`
pub async fn serve() -> Json<utoipa::openapi::OpenApi> {
    Json(router::document())
}
