//! An expected failure: what the client is told, and nothing that only we should know.

use std::borrow::Cow;

use http::StatusCode;
use shared::{entitlement::Refusal, problem::Detail, token::TokenError};

use crate::log;

/// A refusal or a fault, on its way to becoming a problem reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The status.
    pub status: StatusCode,
    /// What a program switches on.
    pub code: &'static str,
    /// One sentence for people.
    pub sentence: Cow<'static, str>,
    /// What was wrong where.
    pub details: Vec<Detail>,
    /// When trying again makes sense.
    pub retry_after_s: Option<u32>,
    /// `Allow`, of a 405.
    pub allow: Option<&'static str>,
}

impl Failure {
    /// A failure with its status, code and sentence.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        sentence: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            sentence: sentence.into(),
            details: Vec::new(),
            retry_after_s: None,
            allow: None,
        }
    }

    /// Our fault. The message goes to the log and nowhere else.
    pub fn internal(message: &str) -> Self {
        log::error(message);
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong on our side.",
        )
    }

    /// No such route or thing.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is nothing at this address.",
        )
    }

    /// The route exists, not for this method.
    pub fn method(allow: &'static str) -> Self {
        let sentence = "This address doesn't answer that method.";
        Self {
            allow: Some(allow),
            ..Self::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                sentence,
            )
        }
    }

    /// The request's body or parameters can't be used.
    pub fn invalid(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", sentence)
    }

    /// Something we depend on is away; trying again soon makes sense.
    pub fn unavailable(code: &'static str, sentence: &'static str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, sentence).retry_after(2)
    }

    /// Origin doesn't answer.
    pub fn origin_unavailable() -> Self {
        Self::unavailable(
            "origin_unavailable",
            "This part of the service is briefly unavailable. Try again in a moment.",
        )
    }

    /// The same failure with what was wrong in one field.
    #[must_use]
    pub fn field(
        mut self,
        field: &str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        self.details.push(Detail {
            field: field.to_owned(),
            problem: problem.into(),
            remedy: remedy.into(),
        });
        self
    }

    /// The same failure with a time after which to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        let status =
            StatusCode::from_u16(error.status()).expect("the statuses of TokenError are valid");
        Self::new(status, error.code(), sentence(error))
    }
}

/// The token errors as people should read them.
fn sentence(error: TokenError) -> &'static str {
    match error {
        TokenError::Missing => "Sign in, or start playback, first.",
        TokenError::Expired => "The permission has expired. Renew it.",
        TokenError::WrongContent | TokenError::WrongVersion => {
            "This permission is for another title."
        }
        TokenError::WrongProfile => "This permission belongs to another profile.",
        TokenError::Malformed
        | TokenError::Algorithm
        | TokenError::KeyUnknown
        | TokenError::Signature
        | TokenError::NotYetValid
        | TokenError::Audience => "This permission isn't valid.",
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let status =
            StatusCode::from_u16(refusal.status()).expect("the statuses of Refusal are valid");
        Self::new(status, refusal.code(), refusal.sentence())
    }
}
