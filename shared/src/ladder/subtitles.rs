//! Text in the plan: which renditions each subtitle stream or sidecar becomes.

use serde::{Deserialize, Serialize};

use super::{SourceSubtitles, distinct, language};

/// A subtitle rendition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubtitlePlan {
    /// The rendition's id: `s-en`.
    pub id: String,
    /// The stream's index in the container; `None` for a sidecar.
    pub stream: Option<u32>,
    /// The sidecar's object key.
    pub key: Option<String>,
    /// BCP 47.
    pub language: String,
    /// What the menu shows.
    pub name: String,
    /// Only what must always be shown.
    pub forced: bool,
    /// Also describes sound.
    pub sdh: bool,
}

pub(super) fn plans(streams: &[SourceSubtitles], notes: &mut Vec<String>) -> Vec<SubtitlePlan> {
    let mut plans: Vec<SubtitlePlan> = Vec::new();
    for stream in streams {
        let (tag, mut name) = language(stream.language.as_deref());
        if !stream.is_text {
            notes.push(format!(
                "The {name} subtitles are pictures, not text, and were left out."
            ));
            continue;
        }
        let mut id = format!("s-{tag}");
        if stream.is_forced {
            id.push_str("-forced");
            name.push_str(" (forced)");
        }
        if stream.is_sdh {
            id.push_str("-sdh");
            name.push_str(" (SDH)");
        }
        plans.push(SubtitlePlan {
            id: distinct(&id, |id| plans.iter().any(|plan| plan.id == id)),
            name: distinct(&name, |name| plans.iter().any(|plan| plan.name == name)),
            stream: stream.stream,
            key: stream.key.clone(),
            language: tag,
            forced: stream.is_forced,
            sdh: stream.is_sdh,
        });
    }
    plans
}
