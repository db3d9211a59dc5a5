//! What the edge must know of a title to start it: small, cacheable, without media details.

use serde::{Deserialize, Serialize};

use crate::{
    asset::Intro,
    entitlement::TitleGate,
    ids::{AssetVersion, ContentId},
};

/// What kind of title it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContentType {
    /// A film.
    Movie,
    /// A series: holds episodes, has no media of its own.
    Series,
    /// One episode of a series.
    Episode,
}

/// Whether a title can be watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TitleStatus {
    /// Nothing is published yet.
    Processing,
    /// A version is published.
    Ready,
    /// The master was refused or the job failed, and nothing is published.
    Error,
}

/// `GET /internal/titles/{contentId}`, and the edge's cached copy of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TitleDescriptor {
    /// The title.
    pub content_id: ContentId,
    /// Its name, for the list of devices that hold a stream.
    pub title: String,
    /// Film, series or episode.
    pub content_type: ContentType,
    /// Whether it can be watched.
    pub status: TitleStatus,
    /// The youngest age it is meant for, 0 to 18.
    pub maturity: u8,
    /// Duration of the published asset, 0 when there is none.
    pub duration_ms: u64,
    /// The published version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<AssetVersion>,
    /// The content key seed that the published version is encrypted with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_seed: Option<u32>,
    /// Where the credits begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credits_start_ms: Option<u64>,
    /// The part that "skip intro" skips.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intro: Option<Intro>,
    /// The episode that follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_episode_id: Option<ContentId>,
}

impl TitleDescriptor {
    /// What [`crate::entitlement::decide`] asks of a title.
    pub fn gate(&self) -> TitleGate {
        TitleGate {
            status: self.status,
            maturity: self.maturity,
            version: self.version,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_descriptor_is_camel_case_without_empty_members() {
        let text = r#"{"contentId":"0190a2b4-0000-7000-8000-000000000001","title":"Sintel","contentType":"movie","status":"ready","maturity":12,"durationMs":888000,"version":1,"keySeed":2}"#;
        let descriptor: TitleDescriptor = serde_json::from_str(text).unwrap();
        assert_eq!(descriptor.version, Some(AssetVersion(1)));
        assert_eq!(serde_json::to_string(&descriptor).unwrap(), text);
    }
}
