//! Text into documents, strictly.

use std::fmt;

use super::{Cue, Document, timestamp};

/// A file that is not WebVTT, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct InvalidWebVtt {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The first line is not `WEBVTT`.
    Signature,
    /// A cue has no timing line.
    NoTiming,
    /// A timing line has no two timestamps.
    Timing,
    /// A cue ends before it begins.
    Backwards,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Signature => "a WebVTT file begins with WEBVTT",
            Self::NoTiming => "a cue needs a line with its times",
            Self::Timing => "times are written 00:00:00.000 --> 00:00:00.000",
            Self::Backwards => "a cue ends after it begins",
        })
    }
}

/// Parses a WebVTT file. `X-TIMESTAMP-MAP` and comments are dropped: our own header is written again.
pub fn parse(text: &str) -> Result<Document, InvalidWebVtt> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let normal = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut blocks = blocks(&normal).into_iter();
    match blocks.next() {
        Some((1, lines)) if is_signature(lines[0]) => {}
        _ => {
            return Err(InvalidWebVtt {
                line: 1,
                problem: Problem::Signature,
            });
        }
    }
    let mut document = Document::default();
    for (at, lines) in blocks {
        match lines[0].split_ascii_whitespace().next() {
            Some("NOTE") => {}
            Some("STYLE" | "REGION") if lines.iter().all(|line| !line.contains("-->")) => {
                document.blocks.push(lines.join("\n"));
            }
            _ => document.cues.push(cue(at, &lines)?),
        }
    }
    Ok(document)
}

/// Runs of lines between blank ones, with the number of their first line.
fn blocks(text: &str) -> Vec<(usize, Vec<&str>)> {
    let mut blocks: Vec<(usize, Vec<&str>)> = Vec::new();
    let mut open = false;
    for (at, line) in text.split('\n').enumerate() {
        match (line.is_empty(), open) {
            (true, _) => open = false,
            (false, true) => {
                if let Some((_, lines)) = blocks.last_mut() {
                    lines.push(line);
                }
            }
            (false, false) => {
                blocks.push((at + 1, vec![line]));
                open = true;
            }
        }
    }
    blocks
}

fn is_signature(line: &str) -> bool {
    line.strip_prefix("WEBVTT")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

fn cue(at: usize, lines: &[&str]) -> Result<Cue, InvalidWebVtt> {
    let fault = |line, problem| InvalidWebVtt { line, problem };
    let timing = usize::from(!lines[0].contains("-->"));
    let Some(line) = lines.get(timing).filter(|line| line.contains("-->")) else {
        return Err(fault(at, Problem::NoTiming));
    };
    let (start_ms, end_ms, settings) = times(line).ok_or(fault(at + timing, Problem::Timing))?;
    if end_ms <= start_ms {
        return Err(fault(at + timing, Problem::Backwards));
    }
    Ok(Cue {
        id: (timing == 1).then(|| lines[0].to_owned()),
        start_ms,
        end_ms,
        settings,
        text: lines[timing + 1..].join("\n"),
    })
}

fn times(line: &str) -> Option<(u64, u64, String)> {
    let (start, rest) = line.split_once("-->")?;
    let (end, settings) = rest
        .trim()
        .split_once([' ', '\t'])
        .unwrap_or((rest.trim(), ""));
    Some((
        timestamp::parse(start.trim())?,
        timestamp::parse(end)?,
        settings.trim().to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "WEBVTT - a film\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000\n\nNOTE\nnot shown\n\n\
        STYLE\n::cue { color: yellow }\n\n1\n00:01.000 --> 00:02.500 line:80% align:start\n<i>Where</i>\nis it?\n\n\
        01:00:00.000 --> 01:00:01.000\n- Here.\n";

    #[test]
    fn a_file_is_read_and_printed_in_our_form() {
        let document = parse(TEXT).unwrap();
        assert_eq!(document.blocks, ["STYLE\n::cue { color: yellow }"]);
        assert_eq!(document.cues[0].id.as_deref(), Some("1"));
        assert_eq!(document.cues[0].settings, "line:80% align:start");
        assert_eq!(
            document.to_hls_text(),
            "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\nSTYLE\n::cue { color: yellow }\n\n1\n\
             00:00:01.000 --> 00:00:02.500 line:80% align:start\n<i>Where</i>\nis it?\n\n\
             01:00:00.000 --> 01:00:01.000\n- Here.\n"
        );
        assert_eq!(parse(&document.to_hls_text()), Ok(document));
    }

    #[test]
    fn line_ends_and_a_byte_order_mark_do_not_matter() {
        let plain = parse("WEBVTT\n\n00:01.000 --> 00:02.000\na\nb").unwrap();
        assert_eq!(
            parse("\u{feff}WEBVTT\r\n\r\n00:01.000 --> 00:02.000\r\na\r\nb\r\n"),
            Ok(plain.clone())
        );
        assert_eq!(parse("WEBVTT\r\r00:01.000 --> 00:02.000\ra\rb"), Ok(plain));
        assert_eq!(parse("WEBVTT"), Ok(Document::default()));
    }

    #[test]
    fn a_fault_is_named_with_its_line() {
        let check = |text: &str, line, problem| {
            assert_eq!(parse(text), Err(InvalidWebVtt { line, problem }), "{text}");
        };
        check("", 1, Problem::Signature);
        check("WEBVTTX\n", 1, Problem::Signature);
        check("\nWEBVTT\n", 1, Problem::Signature);
        check(
            "1\n00:00:01,000 --> 00:00:02,000\na\n",
            1,
            Problem::Signature,
        );
        check("WEBVTT\n\nonly text\n", 3, Problem::NoTiming);
        check(
            "WEBVTT\n\n1\n2\n00:01.000 --> 00:02.000\n",
            3,
            Problem::NoTiming,
        );
        check("WEBVTT\n\n1\n00:01.000 --> later\n", 4, Problem::Timing);
        check("WEBVTT\n\n00:02.000 --> 00:02.000\n", 3, Problem::Backwards);
    }

    #[test]
    fn a_printed_cue_cannot_end_early_or_begin_another() {
        let cue = Cue::new(0, 1, "a\n\nb --> c");
        let text = Document {
            cues: vec![cue],
            ..Document::default()
        }
        .to_text();
        assert_eq!(
            text,
            "WEBVTT\n\n00:00:00.000 --> 00:00:00.001\na\nb --&gt; c\n"
        );
    }
}
