//! WebVTT timestamps: `mm:ss.ttt` or `hh:mm:ss.ttt`.

/// Milliseconds of a timestamp, or `None` when it isn't one.
pub(super) fn parse(text: &str) -> Option<u64> {
    let (clock, millis) = text.split_once('.')?;
    let mut parts = clock.rsplit(':');
    let (seconds, minutes) = (two_digits(parts.next()?)?, two_digits(parts.next()?)?);
    let hours = match parts.next() {
        Some(hours) if hours.len() >= 2 => digits(hours)?,
        Some(_) => return None,
        None => 0,
    };
    if parts.next().is_some() || seconds > 59 || minutes > 59 || millis.len() != 3 {
        return None;
    }
    hours
        .checked_mul(3_600_000)?
        .checked_add(minutes * 60_000 + seconds * 1000 + digits(millis)?)
}

/// `hh:mm:ss.ttt`.
pub(super) fn print(ms: u64) -> String {
    format!(
        "{:02}:{:02}:{:02}.{:03}",
        ms / 3_600_000,
        ms / 60_000 % 60,
        ms / 1000 % 60,
        ms % 1000
    )
}

fn two_digits(text: &str) -> Option<u64> {
    if text.len() == 2 { digits(text) } else { None }
}

fn digits(text: &str) -> Option<u64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_read_in_both_forms_and_written_in_one() {
        for (text, expect) in [
            ("00:00.000", Some(0)),
            ("59:59.999", Some(3_599_999)),
            ("01:00:00.001", Some(3_600_001)),
            ("100:00:00.000", Some(360_000_000)),
            ("1:00:00.000", None),
            ("0:00.000", None),
            ("00:60.000", None),
            ("60:00.000", None),
            ("00:00.00", None),
            ("00:00,000", None),
            ("00:00:00:00.000", None),
            ("-1:00.000", None),
            ("+1:00.000", None),
            ("99999999999999999999:00:00.000", None),
        ] {
            assert_eq!(parse(text), expect, "{text}");
        }
        assert_eq!(print(3_723_004), "01:02:03.004");
    }
}
