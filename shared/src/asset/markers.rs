//! Places in a programme that have a name: chapters, the intro, the credits.

use serde::{Deserialize, Serialize};

/// The file of an asset's chapters, as `EXT-X-SESSION-DATA` names it (rule 36).
pub const CHAPTERS_FILE: &str = "chapters.json";

/// A chapter. It ends where the next begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chapter {
    /// Its first moment.
    pub start_ms: u64,
    /// What the master calls it; `Chapter 3` when it doesn't.
    pub title: String,
}

/// What a marker marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MarkerKind {
    /// What "skip intro" skips.
    Intro,
    /// From the first title of the credits to the end.
    Credits,
}

impl MarkerKind {
    /// `intro`, `credits`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intro => "intro",
            Self::Credits => "credits",
        }
    }
}

/// Who said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MarkerSource {
    /// A chapter's name in the master.
    Chapters,
    /// Black and silence: a suggestion, which viewers don't see before an operator has accepted it.
    Detected,
    /// An operator.
    Operator,
}

impl MarkerSource {
    /// `chapters`, `detected`, `operator`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chapters => "chapters",
            Self::Detected => "detected",
            Self::Operator => "operator",
        }
    }
}

/// An intro or the credits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Marker {
    /// What it marks.
    pub kind: MarkerKind,
    /// Its first moment.
    pub start_ms: u64,
    /// The first moment after it.
    pub end_ms: u64,
    /// Who said so.
    pub source: MarkerSource,
    /// How sure that is, 0 to 1.
    pub confidence: f64,
}
