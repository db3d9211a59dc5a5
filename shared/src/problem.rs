//! The one shape in which a client hears that something failed.
//!
//! The sentence is for people, the code is for programs, and neither ever holds an internal message.

use serde::{Deserialize, Serialize};

/// The body of every error response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// One sentence a person can act on.
    pub error: String,
    /// What a program switches on, in `snake_case`.
    pub code: String,
    /// The request, to be quoted to support.
    pub request_id: String,
    /// What was wrong where, when more than one thing can be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Detail>,
}

/// One thing that was wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    /// Where: a field of the request, a stream of a master, a device.
    pub field: String,
    /// What is wrong there.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

impl Problem {
    /// A problem without details.
    pub fn new(
        code: impl Into<String>,
        error: impl Into<String>,
        request_id: impl Into<String>,
    ) -> Self {
        Self {
            error: error.into(),
            code: code.into(),
            request_id: request_id.into(),
            details: Vec::new(),
        }
    }

    /// The same problem with its details.
    #[must_use]
    pub fn with_details(mut self, details: Vec<Detail>) -> Self {
        self.details = details;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_camel_case_and_hides_empty_details() {
        let problem = Problem::new("title_not_found", "There is no such title.", "r1");
        assert_eq!(
            serde_json::to_value(&problem).unwrap(),
            serde_json::json!({"error": "There is no such title.", "code": "title_not_found", "requestId": "r1"})
        );
    }
}
