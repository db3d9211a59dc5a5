//! Sound in the plan: which renditions each audio stream becomes.
//!
//! A group is one codec and one channel layout (rule 42): stereo AAC always; E-AC-3 5.1, and AC-3 5.1 for players that know
//! no E-AC-3 (rule 44), as soon as one stream has 5.1 channels; E-AC-3 JOC as it was delivered. Every group has the same
//! members (rule 40), so a language without surround stands in the 5.1 groups with its stereo in the front channels.

use serde::{Deserialize, Serialize};

use super::{SourceAudio, distinct, language};

/// Fewer channels than 5.1 are not worth a surround rendition.
const SURROUND: u32 = 6;

/// Samples of an E-AC-3 frame at 48 kHz last this long: what is passed through can be cut no finer.
const FRAME_US: u64 = 32_000;

/// How an audio rendition is coded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AudioCodec {
    /// AAC-LC, normalised in loudness.
    #[default]
    Aac,
    /// AC-3; its `dialnorm` is the measured loudness.
    Ac3,
    /// E-AC-3; likewise.
    Eac3,
    /// The source's E-AC-3, frame by frame: joint object coding (Atmos) can't be made again.
    Eac3Copy,
}

/// An audio rendition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AudioPlan {
    /// The rendition's id: `a-en-aac2`.
    pub id: String,
    /// The group it belongs to.
    pub group: String,
    /// Groups that list it too, for want of a rendition of their own in this language.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_in: Vec<String>,
    /// The stream's index in the container.
    pub stream: u32,
    /// BCP 47.
    pub language: String,
    /// What the menu shows.
    pub name: String,
    /// How it is coded.
    #[serde(default)]
    pub codec: AudioCodec,
    /// Channels of the rendition.
    pub channels: u32,
    /// Bit rate.
    pub kbps: u32,
    /// Chosen when the viewer expressed no preference.
    pub default: bool,
    /// Describes the picture.
    pub describes_video: bool,
}

/// What a viewer chooses from a menu: one language, dubbing or commentary, in whatever layouts the master has it.
struct Member<'a> {
    tag: String,
    name: String,
    describes_video: bool,
    stereo: Option<&'a SourceAudio>,
    surround: Option<&'a SourceAudio>,
    objects: Option<&'a SourceAudio>,
}

pub(super) fn plans(
    streams: &[SourceAudio],
    programme_us: u64,
    notes: &mut Vec<String>,
) -> Vec<AudioPlan> {
    let members = members(streams, programme_us, notes);
    let default = members
        .iter()
        .position(|member| !member.describes_video && member.streams().any(|s| s.is_default))
        .or_else(|| members.iter().position(|member| !member.describes_video))
        .unwrap_or(0);
    let has_surround = members.iter().any(|member| member.wide().is_some());
    let has_objects = members.iter().any(|member| member.objects.is_some());
    let mut plans = Plans {
        default,
        has_objects,
        made: Vec::new(),
    };
    for (place, member) in members.iter().enumerate() {
        plans.add(&STEREO, place, member, member.narrow());
    }
    for kind in [&EAC3, &AC3] {
        for (place, member) in members.iter().enumerate().filter(|_| has_surround) {
            plans.add(
                kind,
                place,
                member,
                member.wide().unwrap_or_else(|| member.narrow()),
            );
        }
    }
    for (place, member) in members.iter().enumerate() {
        if let Some(stream) = member.objects {
            plans.add(&OBJECTS, place, member, stream);
        }
    }
    plans.made
}

/// A group's codec, layout and bit rate (rule 50; ffmpeg's E-AC-3 encoder needs more than Dolby's for the same quality).
struct Kind {
    group: &'static str,
    codec: AudioCodec,
    channels: u32,
    kbps: u32,
}

const STEREO: Kind = Kind {
    group: "aac2",
    codec: AudioCodec::Aac,
    channels: 2,
    kbps: 128,
};
const EAC3: Kind = Kind {
    group: "ec3",
    codec: AudioCodec::Eac3,
    channels: 6,
    kbps: 256,
};
const AC3: Kind = Kind {
    group: "ac3",
    codec: AudioCodec::Ac3,
    channels: 6,
    kbps: 384,
};
/// The bit rate is the source's.
const OBJECTS: Kind = Kind {
    group: "joc",
    codec: AudioCodec::Eac3Copy,
    channels: 6,
    kbps: 0,
};

struct Plans {
    default: usize,
    has_objects: bool,
    made: Vec<AudioPlan>,
}

impl Plans {
    fn add(&mut self, kind: &Kind, place: usize, member: &Member<'_>, stream: &SourceAudio) {
        let role = if member.describes_video { "-ad" } else { "" };
        let id = format!("a-{}{role}-{}", member.tag.to_ascii_lowercase(), kind.group);
        let id = distinct(&id, |id| self.made.iter().any(|plan| plan.id == id));
        let stands_for_objects =
            kind.group == EAC3.group && self.has_objects && member.objects.is_none();
        self.made.push(AudioPlan {
            id,
            group: kind.group.to_owned(),
            also_in: stands_for_objects
                .then(|| OBJECTS.group.to_owned())
                .into_iter()
                .collect(),
            stream: stream.stream,
            language: member.tag.clone(),
            name: member.name.clone(),
            codec: kind.codec,
            channels: kind.channels,
            kbps: kind.kbps,
            default: place == self.default,
            describes_video: member.describes_video,
        });
    }
}

impl<'a> Member<'a> {
    fn streams(&self) -> impl Iterator<Item = &'a SourceAudio> {
        [self.stereo, self.surround, self.objects]
            .into_iter()
            .flatten()
    }

    /// The stream with 5.1 channels or more, if there is one. A player without Atmos hears the bed of objects.
    fn wide(&self) -> Option<&'a SourceAudio> {
        self.surround.or(self.objects)
    }

    /// The stream that stereo is made of: the master's own mix rather than one of ours.
    fn narrow(&self) -> &'a SourceAudio {
        self.streams()
            .next()
            .expect("a member is made for a stream")
    }

    fn place(&mut self, stream: &SourceAudio) -> &mut Option<&'a SourceAudio> {
        if stream.is_joc {
            &mut self.objects
        } else if stream.channels >= SURROUND {
            &mut self.surround
        } else {
            &mut self.stereo
        }
    }
}

fn members<'a>(
    streams: &'a [SourceAudio],
    programme_us: u64,
    notes: &mut Vec<String>,
) -> Vec<Member<'a>> {
    let mut members: Vec<Member<'_>> = Vec::new();
    for stream in streams {
        let number = stream.stream;
        if stream.channels == 0 {
            notes.push(format!(
                "Audio stream {number} has no channels and was left out."
            ));
            continue;
        }
        let (tag, name) = label(stream);
        let is_same = |member: &&mut Member<'_>| {
            member.tag == tag
                && member.name == name
                && member.describes_video == stream.describes_video
        };
        let known = members.iter_mut().filter(is_same).find_map(|member| {
            let place = member.place(stream);
            place.is_none().then(|| *place = Some(stream))
        });
        if known.is_some() {
            notes.push(format!(
                "Audio stream {number} is taken for another layout of \"{name}\": give it a title of its own if it is not."
            ));
            continue;
        }
        let mut member = Member {
            tag,
            name,
            describes_video: stream.describes_video,
            stereo: None,
            surround: None,
            objects: None,
        };
        *member.place(stream) = Some(stream);
        members.push(member);
    }
    let mut names: Vec<String> = Vec::new();
    for member in &mut members {
        member.name = distinct(&member.name, |name| names.iter().any(|known| known == name));
        names.push(member.name.clone());
        if let Some(stream) = member.objects.filter(|stream| !fits(stream, programme_us)) {
            notes.push(format!(
                "Audio stream {} (Atmos) does not last as long as the picture, and passing it through can neither pad nor \
                 move it: it was encoded as 5.1.",
                stream.stream
            ));
            member.objects = None;
            member.surround.get_or_insert(stream);
        }
    }
    members
}

/// A stream that is passed through begins and ends with the picture, within a frame.
fn fits(stream: &SourceAudio, programme_us: u64) -> bool {
    let is_unknown = stream.duration_us == 0;
    let ends = is_unknown || stream.duration_us + FRAME_US >= programme_us;
    stream.start_us.unsigned_abs() <= FRAME_US / 2 && ends
}

/// The language's tag, and the menu's name: the container's title when it says more than the format.
fn label(stream: &SourceAudio) -> (String, String) {
    let (tag, language_name) = language(stream.language.as_deref());
    let title = stream.title.as_deref().map(str::trim);
    let title = title.filter(|title| !title.is_empty() && !is_technical(title));
    let name = match title {
        Some(title) => title.to_owned(),
        None if stream.describes_video => format!("{language_name} (audio description)"),
        None if stream.is_commentary => format!("{language_name} (commentary)"),
        None => language_name,
    };
    (tag, name)
}

/// `Surround 5.1`, `AC3 @ 640 kbps`: wrong in the menu of any other group.
fn is_technical(title: &str) -> bool {
    const WORDS: [&str; 17] = [
        "2.0", "5.1", "7.1", "stereo", "surround", "mono", "atmos", "dolby", "dts", "ac3", "ac-3",
        "aac", "truehd", "pcm", "flac", "kbps", "khz",
    ];
    let title = title.to_ascii_lowercase();
    WORDS.iter().any(|word| title.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(number: u32, channels: u32, language: &str) -> SourceAudio {
        SourceAudio {
            stream: number,
            channels,
            language: Some(language.to_owned()),
            ..SourceAudio::default()
        }
    }

    fn summary(plans: &[AudioPlan]) -> Vec<(&str, u32, &str)> {
        plans
            .iter()
            .map(|plan| (plan.id.as_str(), plan.stream, plan.name.as_str()))
            .collect()
    }

    #[test]
    fn a_stereo_master_gets_stereo_alone() {
        let streams = [stream(1, 2, "eng"), stream(2, 1, "fra")];
        let plans = plans(&streams, 0, &mut Vec::new());
        assert_eq!(
            summary(&plans),
            [("a-en-aac2", 1, "English"), ("a-fr-aac2", 2, "French")]
        );
        assert!(plans.iter().all(|plan| plan.channels == 2));
    }

    #[test]
    fn every_group_has_every_member_and_a_language_in_two_layouts_is_one_member() {
        let described = SourceAudio {
            describes_video: true,
            ..stream(4, 2, "eng")
        };
        let streams = [
            stream(1, 6, "eng"),
            stream(2, 2, "eng"),
            stream(3, 2, "fra"),
            described,
        ];
        let mut notes = Vec::new();
        let plans = plans(&streams, 0, &mut notes);
        assert_eq!(
            summary(&plans),
            [
                ("a-en-aac2", 2, "English"),
                ("a-fr-aac2", 3, "French"),
                ("a-en-ad-aac2", 4, "English (audio description)"),
                ("a-en-ec3", 1, "English"),
                ("a-fr-ec3", 3, "French"),
                ("a-en-ad-ec3", 4, "English (audio description)"),
                ("a-en-ac3", 1, "English"),
                ("a-fr-ac3", 3, "French"),
                ("a-en-ad-ac3", 4, "English (audio description)"),
            ]
        );
        assert_eq!(notes.len(), 1, "{notes:?}");
        let defaults = plans.iter().filter(|plan| plan.default);
        assert!(defaults.clone().all(|plan| plan.name == "English"));
        assert_eq!(defaults.count(), 3, "one in each group");
    }

    #[test]
    fn objects_are_passed_through_and_other_languages_stand_beside_them() {
        let objects = SourceAudio {
            is_joc: true,
            duration_us: 10_000_000,
            ..stream(1, 6, "eng")
        };
        let streams = [objects, stream(2, 6, "fra")];
        let plans = plans(&streams, 10_010_000, &mut Vec::new());
        let ids: Vec<_> = plans.iter().map(|plan| plan.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "a-en-aac2",
                "a-fr-aac2",
                "a-en-ec3",
                "a-fr-ec3",
                "a-en-ac3",
                "a-fr-ac3",
                "a-en-joc"
            ]
        );
        let also: Vec<_> = plans
            .iter()
            .filter(|plan| !plan.also_in.is_empty())
            .collect();
        assert_eq!(also.len(), 1);
        assert_eq!(
            (also[0].id.as_str(), also[0].also_in.as_slice()),
            ("a-fr-ec3", &["joc".to_owned()][..])
        );
    }

    #[test]
    fn objects_that_cannot_be_passed_through_become_surround_and_the_plan_says_so() {
        for (start_us, duration_us) in [(100_000, 0), (0, 9_000_000)] {
            let objects = SourceAudio {
                is_joc: true,
                start_us,
                duration_us,
                ..stream(1, 6, "eng")
            };
            let mut notes = Vec::new();
            let plans = plans(&[objects], 10_000_000, &mut notes);
            let ids: Vec<_> = plans.iter().map(|plan| plan.id.as_str()).collect();
            assert_eq!(ids, ["a-en-aac2", "a-en-ec3", "a-en-ac3"]);
            assert!(notes[0].contains("Atmos"), "{notes:?}");
        }
    }

    #[test]
    fn a_title_names_a_rendition_unless_it_names_a_format() {
        for (title, commentary, expect) in [
            ("Director's commentary", false, "Director's commentary"),
            ("Surround 5.1", false, "English"),
            (" ", false, "English"),
            ("Dolby Digital", true, "English (commentary)"),
        ] {
            let titled = SourceAudio {
                title: Some(title.to_owned()),
                is_commentary: commentary,
                ..stream(1, 2, "eng")
            };
            assert_eq!(label(&titled).1, expect, "{title}");
        }
    }
}
