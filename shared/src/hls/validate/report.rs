//! What the validator answers: stored beside the asset as `verify.json` and shown to whoever publishes it.

use serde::{Deserialize, Serialize};

use super::Rule;

/// How many findings one check lists; a broken playlist breaks a rule on every line.
const MAX_FINDINGS: usize = 20;

/// How much a rule weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// An asset that breaks it is not publishable.
    Must,
    /// Worse, but playable.
    Should,
}

/// One rule and what breaks it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The rule's number in our list. A rule with two parts of different weight has two checks.
    pub rule: String,
    /// The rule in a few words.
    pub name: String,
    /// The clause that asks for it; empty where the rule is ours.
    #[serde(default)]
    pub source: String,
    /// How much it weighs.
    pub severity: Severity,
    /// Whether nothing breaks it.
    pub passed: bool,
    /// What breaks it, one sentence each.
    pub findings: Vec<String>,
}

impl Check {
    /// A check of that rule with these findings; it passed when there are none.
    pub fn new(rule: &Rule, mut findings: Vec<String>) -> Self {
        let passed = findings.is_empty();
        if findings.len() > MAX_FINDINGS {
            let more = findings.len() - MAX_FINDINGS;
            findings.truncate(MAX_FINDINGS);
            findings.push(format!("and {more} more"));
        }
        Self {
            rule: rule.number.to_owned(),
            name: rule.name.to_owned(),
            source: rule.source.to_owned(),
            severity: rule.severity,
            passed,
            findings,
        }
    }
}

/// Every check that was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// In the order of the rule list.
    pub checks: Vec<Check>,
}

impl Report {
    /// Whether the asset may be published: no "must" is broken.
    pub fn is_publishable(&self) -> bool {
        self.failures(Severity::Must).next().is_none()
    }

    /// The broken rules of that weight.
    pub fn failures(&self, severity: Severity) -> impl Iterator<Item = &Check> {
        self.checks
            .iter()
            .filter(move |check| !check.passed && check.severity == severity)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Place, *};

    fn check(severity: Severity, findings: &[&str]) -> Check {
        let rule = Rule {
            number: "1",
            severity,
            name: "a",
            source: "",
            place: Place::Playlists,
        };
        Check::new(&rule, findings.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn only_a_broken_must_stops_publishing() {
        let report = |checks| Report { checks };
        let fine = report(vec![
            check(Severity::Must, &[]),
            check(Severity::Should, &["x"]),
        ]);
        assert!(fine.is_publishable());
        assert!(!report(vec![check(Severity::Must, &["x"])]).is_publishable());
    }

    #[test]
    fn findings_are_bounded_and_say_so() {
        let check = check(Severity::Must, &["x"; 25]);
        assert_eq!(
            (check.findings.len(), check.findings[20].as_str()),
            (21, "and 5 more")
        );
    }
}
