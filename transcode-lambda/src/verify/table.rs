//! A report for people: a table, broken rules with what was found and where.

use std::fmt::Write as _;

use shared::hls::validate::{RULES, Severity};

use super::Summary;

/// The report as lines of text.
pub fn table(summary: &Summary) -> String {
    let mut text = String::from("rule  weight  result  what\n");
    for check in &summary.checks {
        let (weight, failed) = match check.severity {
            Severity::Must => ("must", "BROKEN"),
            Severity::Should => ("should", "broken"),
        };
        let result = if check.passed { "ok" } else { failed };
        let rule = &check.rule;
        push(
            &mut text,
            format_args!("{rule:>4}  {weight:<6}  {result:<6}  {}", check.name),
        );
        for finding in &check.findings {
            push(&mut text, format_args!("{:24}{finding}", ""));
        }
    }
    let held = summary.checks.iter().filter(|check| check.passed).count();
    let elsewhere: Vec<&str> = RULES
        .iter()
        .filter(|rule| !rule.is_checked())
        .map(|rule| rule.number)
        .collect();
    push(
        &mut text,
        format_args!(
            "\n{held} of {} rules hold; {} must be fixed, {} should be.",
            summary.checks.len(),
            summary.failed_must,
            summary.failed_should
        ),
    );
    push(
        &mut text,
        format_args!(
            "Not checked here: {} (`transcode rules` says where, and why).",
            elsewhere.join(", ")
        ),
    );
    let verdict = if summary.passed {
        "publishable"
    } else {
        "not publishable"
    };
    push(&mut text, format_args!("The asset is {verdict}."));
    text
}

fn push(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a String takes everything");
}
