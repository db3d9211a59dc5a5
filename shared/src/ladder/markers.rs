//! Chapters and what their names mark; and what cuts to black suggest where no name says it.

use super::SourceChapter;
use crate::asset::{Chapter, Marker, MarkerKind, MarkerSource};

/// What masters call their title sequence.
const INTRO: [&str; 9] = [
    "intro",
    "introduction",
    "opening",
    "opening credits",
    "opening titles",
    "main title",
    "main titles",
    "title sequence",
    "titles",
];

/// What they call their end.
const CREDITS: [&str; 9] = [
    "credits",
    "end credits",
    "closing credits",
    "end titles",
    "closing titles",
    "closing",
    "ending",
    "outro",
    "credit roll",
];

/// More are an index, not chapters.
const MOST_CHAPTERS: usize = 1000;

/// A stretch of time, milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its first moment.
    pub start_ms: u64,
    /// The first moment after it.
    pub end_ms: u64,
}

impl Span {
    const fn touches(&self, other: &Self, slack_ms: u64) -> bool {
        self.start_ms <= other.end_ms + slack_ms && other.start_ms <= self.end_ms + slack_ms
    }
}

/// The master's chapters on the programme's timeline: in order, within it, each with a name.
pub(super) fn chapters(source: &[SourceChapter], duration_ms: u64) -> Vec<Chapter> {
    let mut chapters: Vec<Chapter> = source
        .iter()
        .take(MOST_CHAPTERS)
        .map(|chapter| Chapter {
            start_ms: u64::try_from(chapter.start_us / 1000).unwrap_or(0),
            title: chapter
                .title
                .as_deref()
                .unwrap_or_default()
                .trim()
                .to_owned(),
        })
        .filter(|chapter| chapter.start_ms < duration_ms)
        .collect();
    chapters.sort_by_key(|chapter| chapter.start_ms);
    chapters.dedup_by_key(|chapter| chapter.start_ms);
    for (place, chapter) in chapters.iter_mut().enumerate() {
        if chapter.title.is_empty() {
            chapter.title = format!("Chapter {}", place + 1);
        }
    }
    chapters
}

/// What chapters' names mark: an intro in the first half, credits in the second.
pub(super) fn of_chapters(chapters: &[Chapter], duration_ms: u64) -> Vec<Marker> {
    let end_of = |place: usize| {
        chapters
            .get(place + 1)
            .map_or(duration_ms, |next| next.start_ms)
    };
    let found = |kind, names: &[&str], fits: &dyn Fn(u64) -> bool| {
        let place = chapters.iter().position(|chapter| {
            names.contains(&chapter.title.to_lowercase().as_str()) && fits(chapter.start_ms)
        })?;
        Some(Marker {
            kind,
            start_ms: chapters[place].start_ms,
            end_ms: end_of(place),
            source: MarkerSource::Chapters,
            confidence: 1.0,
        })
    };
    let intro = found(MarkerKind::Intro, &INTRO, &|start| start < duration_ms / 2);
    let credits = found(MarkerKind::Credits, &CREDITS, &|start| {
        start >= duration_ms / 2
    });
    intro.into_iter().chain(credits).collect()
}

/// The parts of a programme in which intros and credits are looked for: its first two fifths and eleven minutes at most, its last
/// fifth and half an hour at most.
pub fn searched(duration_ms: u64) -> [Span; 2] {
    const MINUTE_MS: u64 = 60_000;
    let head = (duration_ms * 2 / 5).min(11 * MINUTE_MS);
    let tail = (duration_ms / 5).min(30 * MINUTE_MS);
    [
        Span {
            start_ms: 0,
            end_ms: head,
        },
        Span {
            start_ms: duration_ms - tail,
            end_ms: duration_ms,
        },
    ]
}

/// What cuts to black suggest. A cut in silence says more than one under music.
pub fn suggested(duration_ms: u64, black: &[Span], silence: &[Span]) -> Vec<Marker> {
    let is_silent = |cut: &Span| silence.iter().any(|quiet| quiet.touches(cut, 300));
    let intro = intro(duration_ms, black, is_silent);
    let credits = credits(duration_ms, black, is_silent);
    intro.into_iter().chain(credits).collect()
}

/// Ten seconds to two and a half minutes between two cuts, the first of which lies in the first fifth and eight minutes.
fn intro(duration_ms: u64, black: &[Span], is_silent: impl Fn(&Span) -> bool) -> Option<Marker> {
    let latest = (duration_ms / 5).min(480_000);
    let mut best: Option<Marker> = None;
    for (place, first) in black.iter().enumerate() {
        for second in &black[place + 1..] {
            let length = second.start_ms.saturating_sub(first.end_ms);
            if first.end_ms > latest || !(10_000..=150_000).contains(&length) {
                continue;
            }
            let confidence = match (is_silent(first), is_silent(second)) {
                (true, true) => 0.5,
                (false, false) => 0.2,
                _ => 0.3,
            };
            if best.is_none_or(|best| confidence > best.confidence) {
                best = Some(Marker {
                    kind: MarkerKind::Intro,
                    start_ms: first.end_ms,
                    end_ms: second.start_ms,
                    source: MarkerSource::Detected,
                    confidence,
                });
            }
        }
    }
    best
}

/// The first silent cut (else the first) in the last 15 % that leaves at least 1.5 % of the programme. Credits on black are
/// black themselves: then they begin with it.
fn credits(duration_ms: u64, black: &[Span], is_silent: impl Fn(&Span) -> bool) -> Option<Marker> {
    let (first, last) = (duration_ms * 85 / 100, duration_ms * 985 / 1000);
    let fits = |cut: &&Span| cut.start_ms >= first && cut.start_ms <= last;
    let silent = black.iter().filter(fits).find(|cut| is_silent(cut));
    let cut = silent.or_else(|| black.iter().find(fits))?;
    let after: u64 = black
        .iter()
        .filter(|other| other.start_ms >= cut.start_ms)
        .map(|other| other.end_ms - other.start_ms)
        .sum();
    let is_on_black = after * 10 >= (duration_ms - cut.start_ms) * 3;
    let start_ms = if is_on_black {
        cut.start_ms
    } else {
        cut.end_ms
    };
    let confidence =
        0.3 + if silent.is_some() { 0.2 } else { 0.0 } + if is_on_black { 0.2 } else { 0.0 };
    Some(Marker {
        kind: MarkerKind::Credits,
        start_ms,
        end_ms: duration_ms,
        source: MarkerSource::Detected,
        confidence,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;

    fn span(start_s: u64, end_s: u64) -> Span {
        Span {
            start_ms: start_s * 1000,
            end_ms: end_s * 1000,
        }
    }

    fn chapter(start_s: i64, title: &str) -> SourceChapter {
        SourceChapter {
            start_us: start_s * 1_000_000,
            title: Some(title.to_owned()),
            ..SourceChapter::default()
        }
    }

    fn summary(markers: &[Marker]) -> Vec<(MarkerKind, u64, u64)> {
        markers
            .iter()
            .map(|marker| (marker.kind, marker.start_ms / 1000, marker.end_ms / 1000))
            .collect()
    }

    #[test]
    fn chapters_are_in_order_named_and_within_the_programme() {
        let source = [
            chapter(600, "Two"),
            chapter(0, " "),
            chapter(4000, "Past the end"),
            chapter(600, "Two again"),
        ];
        let titles: Vec<_> = chapters(&source, HOUR)
            .into_iter()
            .map(|chapter| (chapter.start_ms, chapter.title))
            .collect();
        assert_eq!(
            titles,
            [(0, "Chapter 1".to_owned()), (600_000, "Two".to_owned())]
        );
    }

    #[test]
    fn names_mark_an_intro_and_credits_where_those_can_be() {
        let check = |source: &[SourceChapter], expect: &[(MarkerKind, u64, u64)]| {
            let chapters = chapters(source, HOUR);
            assert_eq!(summary(&of_chapters(&chapters, HOUR)), expect);
        };
        check(
            &[
                chapter(0, "Cold open"),
                chapter(120, "OPENING"),
                chapter(210, "Act One"),
                chapter(3400, "End Credits"),
                chapter(3550, "Stinger"),
            ],
            &[
                (MarkerKind::Intro, 120, 210),
                (MarkerKind::Credits, 3400, 3550),
            ],
        );
        check(&[chapter(0, "Credits"), chapter(3000, "Intro")], &[]);
        check(&[chapter(0, "Opening night")], &[]);
    }

    #[test]
    fn silent_cuts_suggest_and_music_suggests_less() {
        let black = [
            span(90, 91),
            span(150, 151),
            span(1000, 1001),
            span(3300, 3302),
        ];
        let silence = [span(89, 92), span(149, 152), span(3299, 3303)];
        let found = suggested(HOUR, &black, &silence);
        assert_eq!(
            summary(&found),
            [
                (MarkerKind::Intro, 91, 150),
                (MarkerKind::Credits, 3302, 3600)
            ]
        );
        let loud = suggested(HOUR, &black, &[]);
        assert_eq!(summary(&loud), summary(&found));
        for (silent, loud) in found.iter().zip(&loud) {
            assert!(silent.confidence > loud.confidence && silent.confidence < 1.0);
        }
    }

    #[test]
    fn credits_on_black_begin_with_it_and_a_film_without_cuts_has_no_suggestion() {
        let black = [span(3300, 3420), span(3425, 3590)];
        assert_eq!(
            summary(&suggested(HOUR, &black, &[])),
            [(MarkerKind::Credits, 3300, 3600)]
        );
        assert_eq!(suggested(HOUR, &[], &[]), []);
        let at_the_very_end = [span(3598, 3600)];
        assert_eq!(suggested(HOUR, &at_the_very_end, &[]), []);
    }

    #[test]
    fn what_is_searched_is_bounded() {
        let [head, tail] = searched(3 * HOUR);
        assert_eq!(
            (head.end_ms, tail.start_ms),
            (660_000, 3 * HOUR - 1_800_000)
        );
        let [head, tail] = searched(20_000);
        assert_eq!((head.end_ms, tail.start_ms), (8_000, 16_000));
    }
}
