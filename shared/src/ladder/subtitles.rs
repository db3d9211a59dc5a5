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
        let (tag, name) = language(stream.language.as_deref());
        if stream.is_text {
            let role = role(stream);
            add(&mut plans, stream, (tag, name), role);
        } else {
            notes.push(format!(
                "The {name} subtitles{} are pictures, not text, and were left out.",
                place(stream)
            ));
        }
    }
    let lonely: Vec<&SourceSubtitles> = streams
        .iter()
        .filter(|stream| stream.is_text && stream.is_forced)
        .collect();
    for stream in lonely {
        let (tag, name) = language(stream.language.as_deref());
        if !plans
            .iter()
            .any(|plan| plan.language == tag && !plan.forced)
        {
            notes.push(format!(
                "Of {name} there are forced subtitles alone: they are listed as ordinary ones too, as players ask for both."
            ));
            add(&mut plans, stream, (tag, name), Role::default());
        }
    }
    plans
}

/// What a rendition's id and name say beside the language.
#[derive(Clone, Copy, Default)]
struct Role {
    forced: bool,
    sdh: bool,
    captions: bool,
}

fn role(stream: &SourceSubtitles) -> Role {
    Role {
        forced: stream.is_forced,
        sdh: stream.is_sdh || stream.is_captions,
        captions: stream.is_captions,
    }
}

fn add(
    plans: &mut Vec<SubtitlePlan>,
    stream: &SourceSubtitles,
    (tag, mut name): (String, String),
    role: Role,
) {
    // Ids are file names, which are lower case.
    let mut id = format!("s-{}", tag.to_ascii_lowercase());
    if role.forced {
        id.push_str("-forced");
        name.push_str(" (forced)");
    }
    if role.sdh {
        id.push_str("-sdh");
        name.push_str(if role.captions { " (CC)" } else { " (SDH)" });
    }
    let id = distinct(&id, |id| plans.iter().any(|plan| plan.id == id));
    let name = distinct(&name, |name| plans.iter().any(|plan| plan.name == name));
    plans.push(SubtitlePlan {
        id,
        name,
        stream: stream.stream,
        key: stream.key.clone(),
        language: tag,
        forced: role.forced,
        sdh: role.sdh,
    });
}

/// Which of several of one language is meant.
fn place(stream: &SourceSubtitles) -> String {
    stream
        .stream
        .map_or_else(String::new, |number| format!(" (stream {number})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(language: &str) -> SourceSubtitles {
        SourceSubtitles {
            stream: Some(3),
            is_text: true,
            language: Some(language.to_owned()),
            ..SourceSubtitles::default()
        }
    }

    fn summary(streams: &[SourceSubtitles]) -> Vec<(String, String)> {
        let plans = plans(streams, &mut Vec::new());
        plans.into_iter().map(|plan| (plan.id, plan.name)).collect()
    }

    fn expected(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(id, name): &(&str, &str)| ((*id).to_owned(), (*name).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn ids_are_lower_case_and_names_say_what_a_track_is_for() {
        let sdh = SourceSubtitles {
            is_sdh: true,
            ..text("eng")
        };
        let captions = SourceSubtitles {
            is_captions: true,
            ..text("eng")
        };
        assert_eq!(
            summary(&[text("pt-BR"), text("eng"), sdh, captions]),
            expected(&[
                ("s-pt-br", "Portuguese (BR)"),
                ("s-en", "English"),
                ("s-en-sdh", "English (SDH)"),
                ("s-en-sdh-2", "English (CC)"),
            ])
        );
    }

    #[test]
    fn forced_subtitles_never_stand_without_ordinary_ones() {
        let forced = SourceSubtitles {
            is_forced: true,
            ..text("eng")
        };
        assert_eq!(
            summary(&[forced.clone(), text("eng")]),
            expected(&[("s-en-forced", "English (forced)"), ("s-en", "English")])
        );
        let pictures = SourceSubtitles {
            is_text: false,
            ..text("eng")
        };
        assert_eq!(
            summary(&[forced, pictures]),
            expected(&[("s-en-forced", "English (forced)"), ("s-en", "English")]),
            "pictures are left out, so the forced text stands in"
        );
    }
}
