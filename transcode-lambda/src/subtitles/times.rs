//! Timing lines as people and programs write them: commas or dots, one digit or two, coordinates behind.

/// What a timing line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Timing {
    pub(super) start_ms: u64,
    pub(super) end_ms: u64,
    /// What stands behind the times: WebVTT's cue settings.
    pub(super) rest: String,
    /// The times were not written as the formats want them.
    pub(super) is_repaired: bool,
}

/// Reads a line with an arrow; `None` when one of its times is none.
pub(super) fn read(line: &str) -> Option<Timing> {
    let (start, after) = line.split_once("-->")?;
    let after = after.trim();
    let (end, rest) = after.split_once([' ', '\t']).unwrap_or((after, ""));
    let (start_ms, first) = time(start.trim())?;
    let (end_ms, second) = time(end)?;
    Some(Timing {
        start_ms,
        end_ms,
        rest: rest.trim().to_owned(),
        is_repaired: first || second,
    })
}

/// Milliseconds, and whether the time had to be understood rather than read.
fn time(text: &str) -> Option<(u64, bool)> {
    let mark = text.rfind([',', '.']);
    let (clock, fraction) = mark.map_or((text, ""), |at| (&text[..at], &text[at + 1..]));
    if fraction.len() > 3 {
        return None;
    }
    let mut parts = clock.split(':').rev();
    let (seconds, minutes) = (parts.next()?, parts.next()?);
    let hours = parts.next().unwrap_or("00");
    let is_repaired = fraction.len() != 3
        || [seconds, minutes].iter().any(|part| part.len() != 2)
        || hours.len() < 2;
    let (hours, minutes, seconds) = (digits(hours)?, digits(minutes)?, digits(seconds)?);
    if parts.next().is_some() || minutes > 59 || seconds > 59 {
        return None;
    }
    let milliseconds = if fraction.is_empty() {
        0
    } else {
        digits(fraction)? * 10_u64.pow(3 - fraction.len() as u32)
    };
    let whole = hours
        .checked_mul(3600)?
        .checked_add(minutes * 60 + seconds)?;
    Some((
        whole.checked_mul(1000)?.checked_add(milliseconds)?,
        is_repaired,
    ))
}

fn digits(text: &str) -> Option<u64> {
    let is_number = (1..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_understood_in_every_common_spelling_and_nothing_else() {
        for (line, expect) in [
            (
                "00:00:01,000 --> 00:00:02,500",
                Some((1000, 2500, "", false)),
            ),
            (
                "00:00:01.000 --> 00:00:02.500 line:80%",
                Some((1000, 2500, "line:80%", false)),
            ),
            ("00:01.000 --> 00:02.500", Some((1000, 2500, "", false))),
            ("0:0:1,5-->0:0:2", Some((1500, 2000, "", true))),
            (
                "1:02:03,45 --> 1:02:04,450  X1:1 X2:2",
                Some((3_723_450, 3_724_450, "X1:1 X2:2", true)),
            ),
            ("00:00:61,000 --> 00:01:02,000", None),
            ("00:61:00,000 --> 01:01:02,000", None),
            ("-00:00:01,000 --> 00:00:02,000", None),
            ("00:00:01,0000 --> 00:00:02,000", None),
            ("00:00:01,000 --> later", None),
            ("1 --> 2", None),
            ("99999999999999999999:00:00,000 --> 0:00:01,000", None),
            ("a:b:c,d --> 0:00:01,000", None),
            ("no arrow", None),
        ] {
            let found = read(line);
            let found = found
                .as_ref()
                .map(|t| (t.start_ms, t.end_ms, t.rest.as_str(), t.is_repaired));
            assert_eq!(found, expect, "{line}");
        }
    }
}
