//! Sound in the plan: which renditions each audio stream becomes.

use serde::{Deserialize, Serialize};

use super::{SourceAudio, distinct, language};

/// An audio rendition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AudioPlan {
    /// The rendition's id: `a-en-aac2`.
    pub id: String,
    /// The group it belongs to.
    pub group: String,
    /// The stream's index in the container.
    pub stream: u32,
    /// BCP 47.
    pub language: String,
    /// What the menu shows.
    pub name: String,
    /// Channels of the rendition.
    pub channels: u32,
    /// Bit rate.
    pub kbps: u32,
    /// Chosen when the viewer expressed no preference.
    pub default: bool,
    /// Describes the picture.
    pub describes_video: bool,
}

pub(super) fn plans(streams: &[SourceAudio], notes: &mut Vec<String>) -> Vec<AudioPlan> {
    let default = streams
        .iter()
        .position(|stream| stream.is_default && !stream.describes_video);
    let mut plans: Vec<AudioPlan> = Vec::new();
    for (place, stream) in streams.iter().enumerate() {
        if stream.channels == 0 {
            notes.push(format!(
                "Audio stream {} has no channels and was left out.",
                stream.stream
            ));
            continue;
        }
        let (tag, language_name) = language(stream.language.as_deref());
        let name = match (&stream.title, stream.describes_video) {
            (Some(title), _) if !title.trim().is_empty() => title.trim().to_owned(),
            (_, true) => format!("{language_name} (audio description)"),
            (_, false) => language_name,
        };
        let kind = if stream.describes_video { "-ad" } else { "" };
        let taken = |id: &str| plans.iter().any(|plan| plan.id == id);
        let id = distinct(&format!("a-{tag}{kind}-aac2"), taken);
        let named = |name: &str| plans.iter().any(|plan| plan.name == name);
        plans.push(AudioPlan {
            name: distinct(&name, named),
            id,
            group: "aac2".to_owned(),
            stream: stream.stream,
            language: tag,
            channels: 2,
            kbps: 128,
            default: place == default.unwrap_or(0),
            describes_video: stream.describes_video,
        });
    }
    plans
}
