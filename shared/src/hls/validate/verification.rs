//! Gathers what was found, rule by rule, from wherever it is found.

use super::{
    Check, PLAYLIST_CHECKS, Presentation, RULES, Report, Severity,
    bitstream::{self, Keys, MediaFile, Published},
    presentation::Parsed,
    registry::find,
};
use crate::mp4::Mp4Error;

/// What was found so far, by row of [`RULES`]. A row that nobody looked at is in no report.
#[derive(Debug)]
pub struct Verification {
    rows: Vec<Option<Vec<String>>>,
}

impl Default for Verification {
    fn default() -> Self {
        Self::new()
    }
}

impl Verification {
    /// Nothing was checked yet.
    pub fn new() -> Self {
        Self {
            rows: RULES.iter().map(|_| None).collect(),
        }
    }

    /// Checks every rule that playlists decide. Several viewpoints of one asset may be checked; what they share is said once.
    pub fn playlists(&mut self, presentation: &Presentation<'_>) {
        let parsed = Parsed::new(presentation);
        for check in PLAYLIST_CHECKS.into_iter().flatten() {
            self.found(check.number, check.severity, (check.check)(&parsed));
        }
    }

    /// Checks every rule that a track's file decides.
    pub fn media(&mut self, track: Published<'_>, file: &MediaFile, keys: Keys<'_>) {
        bitstream::check(track, file, keys, |number, severity, findings| {
            self.found(number, severity, findings);
        });
    }

    /// A track's file is no media file at all.
    pub fn unreadable(&mut self, track: Published<'_>, error: &Mp4Error) {
        let finding = format!("{}: {error}", track.media().id);
        self.found("85", Severity::Must, vec![finding]);
    }

    /// A file that the asset names is not there.
    pub fn missing(&mut self, file: &str) {
        let finding = format!("{file} is not there");
        self.found("5", Severity::Must, vec![finding]);
    }

    /// Adds what breaks a rule; nothing, when it was looked for and not found. A rule that is not in the list is a bug.
    pub fn found(&mut self, number: &str, severity: Severity, findings: Vec<String>) {
        let row = find(number, severity).expect("every check has its row in the list");
        let known = self.rows[row].get_or_insert_default();
        for finding in findings {
            if !known.contains(&finding) {
                known.push(finding);
            }
        }
    }

    /// The checks that were made, in the order of the list.
    pub fn report(self) -> Report {
        let rows = RULES.iter().zip(self.rows);
        let checks = rows.filter_map(|(rule, findings)| Some(Check::new(rule, findings?)));
        Report {
            checks: checks.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::hls::validate::Place;

    type Row = (&'static str, Severity);

    fn listed(wanted: fn(Place) -> bool) -> BTreeSet<(&'static str, bool)> {
        let rows = RULES.iter().filter(|rule| wanted(rule.place));
        rows.map(|rule| by_weight((rule.number, rule.severity)))
            .collect()
    }

    fn by_weight((number, severity): Row) -> (&'static str, bool) {
        (number, severity == Severity::Must)
    }

    #[test]
    fn every_rule_has_its_check_and_every_check_its_rule() {
        let playlists = PLAYLIST_CHECKS.into_iter().flatten();
        let playlists: BTreeSet<_> = playlists
            .map(|check| by_weight((check.number, check.severity)))
            .collect();
        let said = listed(|place| matches!(place, Place::Playlists | Place::Everywhere));
        assert_eq!(playlists, said, "playlists");
        let media: BTreeSet<_> = bitstream::CHECKS
            .into_iter()
            .flatten()
            .map(|(number, severity, _)| by_weight((number, *severity)))
            .collect();
        let said = listed(|place| matches!(place, Place::Media | Place::Everywhere));
        assert_eq!(media, said, "media");
    }

    #[test]
    fn the_list_has_every_number_once_for_each_weight() {
        let rows: BTreeSet<_> = RULES
            .iter()
            .map(|rule| by_weight((rule.number, rule.severity)))
            .collect();
        assert_eq!(rows.len(), RULES.len());
        for number in 1..=120 {
            let number = number.to_string();
            assert!(RULES.iter().any(|rule| rule.number == number), "{number}");
        }
    }

    #[test]
    fn findings_from_several_places_are_one_check_and_said_once() {
        let mut verification = Verification::new();
        verification.found("61", Severity::Must, vec!["a".to_owned()]);
        verification.found("61", Severity::Must, vec!["a".to_owned(), "b".to_owned()]);
        verification.found("74", Severity::Must, Vec::new());
        let report = verification.report();
        assert_eq!(report.checks.len(), 2);
        assert_eq!(report.checks[0].findings, ["a", "b"]);
        assert!(report.checks[1].passed);
    }
}
