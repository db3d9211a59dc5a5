//! What the validator answers: stored beside the asset as `verify.json` and shown to whoever publishes it.

use serde::{Deserialize, Serialize};

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
    /// How much it weighs.
    pub severity: Severity,
    /// Whether nothing breaks it.
    pub passed: bool,
    /// What breaks it, one sentence each.
    pub findings: Vec<String>,
}

impl Check {
    /// A check with these findings; it passed when there are none.
    pub fn new(rule: &str, severity: Severity, name: &str, mut findings: Vec<String>) -> Self {
        let passed = findings.is_empty();
        if findings.len() > MAX_FINDINGS {
            let more = findings.len() - MAX_FINDINGS;
            findings.truncate(MAX_FINDINGS);
            findings.push(format!("and {more} more"));
        }
        Self {
            rule: rule.to_owned(),
            name: name.to_owned(),
            severity,
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
    use super::*;

    #[test]
    fn only_a_broken_must_stops_publishing() {
        let check = |severity, findings: &[&str]| {
            Check::new(
                "1",
                severity,
                "a",
                findings.iter().map(ToString::to_string).collect(),
            )
        };
        let report = |checks| Report { checks };
        assert!(
            report(vec![
                check(Severity::Must, &[]),
                check(Severity::Should, &["x"])
            ])
            .is_publishable()
        );
        assert!(!report(vec![check(Severity::Must, &["x"])]).is_publishable());
    }

    #[test]
    fn findings_are_bounded_and_say_so() {
        let check = Check::new("1", Severity::Must, "a", vec!["x".to_owned(); 25]);
        assert_eq!(
            (check.findings.len(), check.findings[20].as_str()),
            (21, "and 5 more")
        );
    }
}
