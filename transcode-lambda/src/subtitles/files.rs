//! Subtitle files: SubRip and WebVTT as they come. What has one meaning is repaired, and the repair is told; what could
//! mean several things is refused with its line.

use std::fmt;

use shared::webvtt::{self, Cue, Document};

use super::{times, words};

/// What makes a file unusable, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Counted from 1.
    line: usize,
    problem: String,
}

impl Fault {
    fn new(line: usize, problem: &str) -> Self {
        Self {
            line,
            problem: problem.to_owned(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

/// A document and what was repaired in it, by line.
pub(super) type Repaired = (Document, Vec<String>);

const NO_TIME: &str = "times are written 00:00:00,000 --> 00:00:00,000";

/// Reads a file of either format.
pub(super) fn read(text: &str) -> Result<Repaired, Fault> {
    let text = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .replace("\r\n", "\n")
        .replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    let (document, repairs) = if text.trim_start().starts_with("WEBVTT") {
        web_vtt(&lines)?
    } else {
        sub_rip(&lines)?
    };
    if document.cues.is_empty() {
        return Err(Fault::new(1, "there is no cue in the file"));
    }
    Ok((in_order(document), repairs))
}

/// Times are rewritten in WebVTT's form; its own parser does the rest.
fn web_vtt(lines: &[&str]) -> Result<Repaired, Fault> {
    let mut repairs = Vec::new();
    let first = lines
        .iter()
        .position(|line| !line.trim().is_empty())
        .unwrap_or(0);
    let mut normal = String::new();
    for (at, line) in lines.iter().enumerate().skip(first) {
        if line.contains("-->") {
            let timing = times::read(line).ok_or_else(|| Fault::new(at + 1, NO_TIME))?;
            if timing.is_repaired || line.contains(',') {
                repairs.push(format!("line {}: the times were rewritten", at + 1));
            }
            normal += &webvtt::timing_line(timing.start_ms, timing.end_ms, &timing.rest);
        } else {
            normal += line.trim_end();
        }
        normal.push('\n');
    }
    let document = webvtt::parse(&normal)
        .map_err(|fault| Fault::new(fault.line + first, &fault.problem.to_string()))?;
    Ok((document, repairs))
}

/// A SubRip cue as its lines stand.
struct Block<'a> {
    line: usize,
    timing: times::Timing,
    text: Vec<&'a str>,
}

fn sub_rip(lines: &[&str]) -> Result<Repaired, Fault> {
    let mut repairs = Vec::new();
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let number = at + 1;
        if line.contains("-->") {
            let timing = times::read(line).ok_or_else(|| Fault::new(number, NO_TIME))?;
            if timing.is_repaired {
                repairs.push(format!("line {number}: the times were rewritten"));
            }
            if let Some(last) = blocks.last_mut() {
                end_block(last, number, &mut repairs);
            }
            blocks.push(Block {
                line: number,
                timing,
                text: Vec::new(),
            });
        } else if let Some(block) = blocks.last_mut() {
            block.text.push(line.trim_end());
        } else if !line.trim().is_empty() && !is_index(line) {
            return Err(Fault::new(number, "text stands before the first times"));
        }
    }
    let mut cues = Vec::new();
    for mut block in blocks {
        let (start_ms, end_ms) = (block.timing.start_ms, block.timing.end_ms);
        if end_ms < start_ms {
            return Err(Fault::new(block.line, "a cue ends before it begins"));
        }
        if close_gaps(&mut block.text) {
            repairs.push(format!(
                "line {}: a blank line within the cue was removed",
                block.line
            ));
        }
        if end_ms == start_ms || block.text.is_empty() {
            repairs.push(format!(
                "line {}: a cue that shows nothing was removed",
                block.line
            ));
            continue;
        }
        cues.push(Cue::new(start_ms, end_ms, block.text.join("\n")));
    }
    let document = Document {
        blocks: Vec::new(),
        cues,
    };
    Ok((document, repairs))
}

/// The next cue begins at `next`: its number, and the blank line before, belong to it.
fn end_block(block: &mut Block<'_>, next: usize, repairs: &mut Vec<String>) {
    let had_index = block.text.last().is_some_and(|line| is_index(line));
    if had_index {
        block.text.pop();
    }
    if block
        .text
        .last()
        .is_some_and(|line| !line.trim().is_empty())
    {
        repairs.push(format!(
            "line {next}: the blank line between two cues was missing"
        ));
    }
}

fn is_index(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit())
}

/// Removes blank lines; true when one stood between words.
fn close_gaps(text: &mut Vec<&str>) -> bool {
    while text.last().is_some_and(|line| line.trim().is_empty()) {
        text.pop();
    }
    let before = text.len();
    let leading = text
        .iter()
        .take_while(|line| line.trim().is_empty())
        .count();
    text.retain(|line| !line.trim().is_empty());
    text.len() + leading < before
}

/// Cleans every cue and puts them in the order of their times, as WebVTT asks.
pub(super) fn in_order(mut document: Document) -> Document {
    for cue in &mut document.cues {
        let (text, settings) = words::clean(&cue.text);
        cue.text = text;
        if let Some(settings) = settings.filter(|_| cue.settings.is_empty()) {
            cue.settings = settings;
        }
    }
    document.cues.retain(|cue| !cue.text.trim().is_empty());
    document.cues.sort_by_key(|cue| (cue.start_ms, cue.end_ms));
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cues(text: &str) -> Vec<(u64, u64, String)> {
        let (document, _) = read(text).unwrap();
        document
            .cues
            .into_iter()
            .map(|cue| (cue.start_ms, cue.end_ms, cue.text))
            .collect()
    }

    #[test]
    fn a_clean_file_needs_no_repair() {
        let text = "1\n00:00:01,000 --> 00:00:02,500\n<i>Where</i>\nis it?\n\n2\n00:00:03,000 --> 00:00:04,000\n42\n";
        let (document, repairs) = read(text).unwrap();
        assert!(repairs.is_empty(), "{repairs:?}");
        assert_eq!(document.cues.len(), 2);
        assert_eq!(document.cues[0].text, "<i>Where</i>\nis it?");
        assert_eq!(
            document.cues[1].text, "42",
            "a number that is said is no index"
        );
    }

    #[test]
    fn what_has_one_meaning_is_repaired_and_told_with_its_line() {
        let check = |text: &str, expect: &[(u64, u64, &str)], repairs: &[&str]| {
            let found = cues(text);
            let found: Vec<_> = found.iter().map(|(s, e, t)| (*s, *e, t.as_str())).collect();
            assert_eq!(found, expect, "{text}");
            assert_eq!(read(text).unwrap().1, repairs, "{text}");
        };
        check(
            "\u{feff}1\r\n0:0:1,5 --> 0:0:2,5\r\na\r\n",
            &[(1500, 2500, "a")],
            &["line 2: the times were rewritten"],
        );
        check(
            "1\n00:00:01,000 --> 00:00:02,000\na\n2\n00:00:03,000 --> 00:00:04,000\nb",
            &[(1000, 2000, "a"), (3000, 4000, "b")],
            &["line 5: the blank line between two cues was missing"],
        );
        check(
            "1\n00:00:01,000 --> 00:00:02,000\na\n\nb\n\n2\n00:00:01,000 --> 00:00:01,000\nc\n",
            &[(1000, 2000, "a\nb")],
            &[
                "line 2: a blank line within the cue was removed",
                "line 8: a cue that shows nothing was removed",
            ],
        );
        check(
            "2\n00:00:03,000 --> 00:00:04,000\nb\n\n1\n00:00:01,000 --> 00:00:02,000\na\n",
            &[(1000, 2000, "a"), (3000, 4000, "b")],
            &[],
        );
        check(
            "\nWEBVTT\n\n00:00:01,000 --> 00:00:02,000 line:0\na\n",
            &[(1000, 2000, "a")],
            &["line 4: the times were rewritten"],
        );
    }

    #[test]
    fn what_could_mean_anything_is_refused_with_its_line() {
        for (text, expect) in [
            ("", "line 1: there is no cue in the file"),
            (
                "Once upon a time",
                "line 1: text stands before the first times",
            ),
            (
                "1\n00:00:01,000 --> later\na",
                &format!("line 2: {NO_TIME}"),
            ),
            (
                "1\n00:00:02,000 --> 00:00:01,000\na",
                "line 2: a cue ends before it begins",
            ),
            (
                "WEBVTT\n\n00:01.000 --> 00:0x.000\na",
                &format!("line 3: {NO_TIME}"),
            ),
            (
                "\n\nWEBVTT\n\nstray\n",
                "line 5: a cue needs a line with its times",
            ),
            (
                "WEBVTT\n\n00:02.000 --> 00:01.000\na",
                "line 3: a cue ends after it begins",
            ),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), expect, "{text}");
        }
    }
}
