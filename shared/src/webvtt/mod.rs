//! WebVTT: subtitles and the storyboard. Parsed strictly (what goes into an asset must be right), printed in one form.
//!
//! For HLS a file begins with `X-TIMESTAMP-MAP`: our media begins at 0, so local time 0 is MPEG time 0 (rule 94).

mod parse;
mod print;
mod timestamp;

pub use parse::{InvalidWebVtt, Problem, parse};
pub use print::timing_line;

/// A WebVTT file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// `STYLE` and `REGION` blocks as they stood, without the blank lines around them.
    pub blocks: Vec<String>,
    /// The cues, in the file's order.
    pub cues: Vec<Cue>,
}

/// One cue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cue {
    /// Its identifier.
    pub id: Option<String>,
    /// When it appears.
    pub start_ms: u64,
    /// When it goes; after `start_ms`.
    pub end_ms: u64,
    /// Cue settings (`line:80%`), as they stood.
    pub settings: String,
    /// The payload, lines separated by LF.
    pub text: String,
}

impl Cue {
    /// A cue without identifier and settings.
    pub fn new(start_ms: u64, end_ms: u64, text: impl Into<String>) -> Self {
        Self {
            id: None,
            start_ms,
            end_ms,
            settings: String::new(),
            text: text.into(),
        }
    }

    /// Whether it shows at any moment of `[start_ms, end_ms)`.
    pub const fn overlaps(&self, start_ms: u64, end_ms: u64) -> bool {
        self.start_ms < end_ms && self.end_ms > start_ms
    }
}

impl Document {
    /// The same document cut to a programme's duration: nothing may show after its end.
    #[must_use]
    pub fn clipped(mut self, duration_ms: u64) -> Self {
        self.cues.retain(|cue| cue.start_ms < duration_ms);
        for cue in &mut self.cues {
            cue.end_ms = cue.end_ms.min(duration_ms);
        }
        self
    }

    /// The same document later by that much, or earlier; what would end before 0 is gone.
    #[must_use]
    pub fn shifted(mut self, by_ms: i64) -> Self {
        for cue in &mut self.cues {
            cue.start_ms = cue.start_ms.saturating_add_signed(by_ms);
            cue.end_ms = cue.end_ms.saturating_add_signed(by_ms);
        }
        self.cues.retain(|cue| cue.end_ms > cue.start_ms);
        self
    }

    /// The same document with those cues of another that it shows nothing at the time of: regular subtitles contain the
    /// forced ones (rule 48).
    #[must_use]
    pub fn completed_by(mut self, other: &Self) -> Self {
        let missing = other.cues.iter().filter(|cue| {
            !self
                .cues
                .iter()
                .any(|known| known.overlaps(cue.start_ms, cue.end_ms))
        });
        let missing: Vec<Cue> = missing.cloned().collect();
        self.cues.extend(missing);
        self.cues.sort_by_key(|cue| (cue.start_ms, cue.end_ms));
        self
    }

    /// The document as one file per segment: a cue stands in each segment that it overlaps, with the same identifier and
    /// times, and the blocks stand in all (rule 95). `ends_ms` are the segments' ends, rising.
    pub fn segmented(&self, ends_ms: &[u64]) -> Vec<Self> {
        let mut start_ms = 0;
        let segment = |end_ms: &u64| {
            let cues = self
                .cues
                .iter()
                .filter(|cue| cue.overlaps(start_ms, *end_ms))
                .cloned()
                .collect();
            start_ms = *end_ms;
            Self {
                blocks: self.blocks.clone(),
                cues,
            }
        };
        ends_ms.iter().map(segment).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cue_across_a_boundary_stands_in_both_segments() {
        let document = Document {
            blocks: vec!["STYLE\n::cue { color: yellow }".to_owned()],
            cues: vec![
                Cue::new(0, 6_000, "a"),
                Cue::new(5_000, 7_000, "b"),
                Cue::new(18_000, 19_000, "c"),
            ],
        };
        let texts = |segment: &Document| {
            segment
                .cues
                .iter()
                .map(|cue| cue.text.clone())
                .collect::<String>()
        };
        let segments = document.segmented(&[6_000, 12_000, 18_000, 20_000]);
        assert_eq!(
            segments.iter().map(texts).collect::<Vec<_>>(),
            ["ab", "b", "", "c"]
        );
        assert_eq!(segments[1].cues[0], document.cues[1]);
        assert!(
            segments
                .iter()
                .all(|segment| segment.blocks == document.blocks)
        );
    }

    #[test]
    fn regular_subtitles_take_in_the_forced_ones_that_they_lack() {
        let document = |cues: Vec<Cue>| Document {
            blocks: Vec::new(),
            cues,
        };
        let regular = document(vec![Cue::new(0, 1000, "a"), Cue::new(5000, 6000, "b")]);
        let forced = document(vec![
            Cue::new(500, 900, "has it"),
            Cue::new(2000, 3000, "sign"),
        ]);
        let texts: Vec<_> = regular
            .completed_by(&forced)
            .cues
            .into_iter()
            .map(|cue| cue.text)
            .collect();
        assert_eq!(texts, ["a", "sign", "b"]);
    }

    #[test]
    fn a_moved_document_keeps_its_durations_and_loses_what_lies_before_0() {
        let document = Document {
            blocks: Vec::new(),
            cues: vec![Cue::new(0, 10, "a"), Cue::new(10, 1000, "b")],
        };
        assert_eq!(document.clone().shifted(-20).cues, [Cue::new(0, 980, "b")]);
        assert_eq!(document.shifted(5).cues[0], Cue::new(5, 15, "a"));
    }

    #[test]
    fn nothing_shows_after_the_end() {
        let document = Document {
            cues: vec![Cue::new(0, 9_000, "a"), Cue::new(8_000, 9_000, "b")],
            ..Document::default()
        };
        assert_eq!(document.clipped(8_000).cues, [Cue::new(0, 8_000, "a")]);
    }
}
