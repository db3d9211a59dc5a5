//! axum's extractors with refusals in our one error shape.

use axum::{
    extract::{
        FromRequest, FromRequestParts,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::problem::{field, invalid, problem};

/// A JSON body.
#[derive(Debug, FromRequest)]
#[from_request(via(axum::Json), rejection(Refused))]
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// The parameters within a path.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Refused))]
pub struct Path<T>(pub T);

/// The parameters behind a path.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Refused))]
pub struct Query<T>(pub T);

/// A request whose outer form is already wrong.
#[derive(Debug)]
pub struct Refused(Response);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        self.0
    }
}

impl From<JsonRejection> for Refused {
    fn from(rejection: JsonRejection) -> Self {
        // The text of serde_json names fields and types of our API, nothing internal.
        Self(match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => problem(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                "The request's body is too large.",
            ),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => problem(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "json_required",
                "Send the body as application/json.",
            ),
            _ => invalid(vec![field(
                "body",
                &rejection.body_text(),
                "Send the JSON object that the API describes.",
            )]),
        })
    }
}

impl From<PathRejection> for Refused {
    fn from(_: PathRejection) -> Self {
        // An id that can't be one names nothing.
        Self(problem(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is nothing at this address.",
        ))
    }
}

impl From<QueryRejection> for Refused {
    fn from(rejection: QueryRejection) -> Self {
        Self(invalid(vec![field(
            "query",
            &rejection.body_text(),
            "Send the parameters that the API describes.",
        )]))
    }
}
