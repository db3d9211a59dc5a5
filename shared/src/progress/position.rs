//! The register itself and its merge.

use std::cmp::Ordering;

use super::{COMPLETED_SHARE, CONTINUE_AFTER_S, CONTINUE_SHARE, MAX_AHEAD_MS, SHORT_TITLE_S};
use crate::ids::SessionId;

/// Where a viewer was in a title, according to one write.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// Seconds from the start: finite, 0 to `duration`.
    pub position: f64,
    /// The title's duration in seconds: finite, above 0.
    pub duration: f64,
    /// When the client wrote it, ms since 1970, already clamped by [`clamp`].
    pub client_timestamp: i64,
    /// The device that wrote it.
    pub device: SessionId,
    /// Whether the title counts as watched, by [`completed`].
    pub completed: bool,
}

/// A position that no player can have meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPosition {
    /// Negative or not a number.
    #[error("position must be a number of seconds from 0")]
    Position,
    /// Zero, negative or not a number.
    #[error("duration must be a number of seconds above 0")]
    Duration,
    /// Before 1970.
    #[error("clientTimestamp must be milliseconds since 1970")]
    Timestamp,
}

impl InvalidPosition {
    /// The request's field that is wrong.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Position => "position",
            Self::Duration => "duration",
            Self::Timestamp => "clientTimestamp",
        }
    }
}

impl Position {
    /// A client's write: checked, clamped to the clock and the duration, and marked as watched where it is.
    pub fn written(
        position: f64,
        duration: f64,
        client_timestamp: i64,
        device: SessionId,
        credits_start_s: Option<f64>,
        now_ms: i64,
    ) -> Result<Self, InvalidPosition> {
        if !duration.is_finite() || duration <= 0.0 {
            return Err(InvalidPosition::Duration);
        }
        if !position.is_finite() || position < 0.0 {
            return Err(InvalidPosition::Position);
        }
        if client_timestamp < 0 {
            return Err(InvalidPosition::Timestamp);
        }
        // Players report an end a few milliseconds past the duration; `+ 0.0` turns -0.0 into 0.0.
        let position = position.min(duration) + 0.0;
        Ok(Self {
            position,
            duration,
            client_timestamp: clamp(client_timestamp, now_ms),
            device,
            completed: completed(position, duration, credits_start_s),
        })
    }

    /// The total order that decides: later timestamp, then higher device id. The rest only matters when one device wrote
    /// twice in one millisecond; without it the outcome would depend on the order of arrival.
    fn order(&self, other: &Self) -> Ordering {
        self.client_timestamp
            .cmp(&other.client_timestamp)
            .then_with(|| self.device.as_bytes().cmp(other.device.as_bytes()))
            .then_with(|| self.position.total_cmp(&other.position))
            .then_with(|| self.duration.total_cmp(&other.duration))
            .then_with(|| self.completed.cmp(&other.completed))
    }

    /// Whether this write replaces `stored`. An equal write doesn't: it is the same one again.
    pub fn beats(&self, stored: &Self) -> bool {
        self.order(stored) == Ordering::Greater
    }
}

/// The winner of two writes.
pub fn merge<'a>(a: &'a Position, b: &'a Position) -> &'a Position {
    if b.beats(a) { b } else { a }
}

/// A client's timestamp, at most [`MAX_AHEAD_MS`] ahead of the server: a wrong clock must not win for ever.
pub fn clamp(client_timestamp: i64, now_ms: i64) -> i64 {
    client_timestamp.min(now_ms.saturating_add(MAX_AHEAD_MS))
}

/// Whether a position counts as watched: past the credits marker, or past [`COMPLETED_SHARE`].
pub fn completed(position_s: f64, duration_s: f64, credits_start_s: Option<f64>) -> bool {
    credits_start_s.is_some_and(|credits| credits > 0.0 && position_s >= credits)
        || (duration_s > 0.0 && position_s / duration_s >= COMPLETED_SHARE)
}

/// Whether enough was watched for "continue watching".
pub fn is_begun(position_s: f64, duration_s: f64) -> bool {
    let threshold = if duration_s < SHORT_TITLE_S {
        CONTINUE_SHARE * duration_s
    } else {
        CONTINUE_AFTER_S
    };
    position_s > threshold
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn device(n: u128) -> SessionId {
        SessionId::from_uuid(Uuid::from_u128(n))
    }

    fn at(timestamp: i64, device_n: u128, position: f64) -> Position {
        Position::written(
            position,
            1000.0,
            timestamp,
            device(device_n),
            None,
            timestamp,
        )
        .unwrap()
    }

    #[test]
    fn the_later_write_wins_then_the_higher_device() {
        let check = |a: Position, b: Position, expect: Position| {
            assert_eq!(*merge(&a, &b), expect);
            assert_eq!(*merge(&b, &a), expect);
        };
        check(at(2, 1, 10.0), at(1, 9, 900.0), at(2, 1, 10.0));
        check(at(2, 1, 10.0), at(2, 9, 5.0), at(2, 9, 5.0));
        check(at(2, 1, 10.0), at(2, 1, 11.0), at(2, 1, 11.0));
    }

    #[test]
    fn watching_again_resets_completed() {
        let (end, again) = (at(1, 1, 990.0), at(2, 1, 3.0));
        assert!(end.completed);
        assert!(!merge(&end, &again).completed);
    }

    #[test]
    fn a_clock_that_runs_ahead_is_cut_to_five_seconds() {
        assert_eq!(clamp(10_000, 1_000), 6_000);
        assert_eq!(clamp(6_000, 1_000), 6_000);
        assert_eq!(clamp(500, 1_000), 500);
        assert_eq!(clamp(i64::MAX, i64::MAX), i64::MAX);
    }

    #[test]
    fn watched_is_past_the_credits_or_nine_tenths() {
        let check = |position, credits, expect| {
            assert_eq!(completed(position, 1000.0, credits), expect, "{position}");
        };
        check(899.9, None, false);
        check(900.0, None, true);
        check(850.0, Some(850.0), true);
        check(849.9, Some(850.0), false);
        check(0.0, Some(0.0), false);
        assert!(!completed(5.0, 0.0, None));
    }

    #[test]
    fn a_title_is_begun_after_a_minute_or_a_twentieth_of_a_short_one() {
        for (position, duration, expect) in [
            (60.0, 7200.0, false),
            (60.1, 7200.0, true),
            (60.0, 120.0, false),
            (5.0, 100.0, false),
            (5.1, 100.0, true),
        ] {
            assert_eq!(
                is_begun(position, duration),
                expect,
                "{position} of {duration}"
            );
        }
    }

    #[test]
    fn what_no_player_can_mean_is_refused() {
        let check = |position, duration, timestamp, expect| {
            assert_eq!(
                Position::written(position, duration, timestamp, device(1), None, 0),
                Err(expect)
            );
        };
        check(1.0, 0.0, 0, InvalidPosition::Duration);
        check(1.0, f64::NAN, 0, InvalidPosition::Duration);
        check(-0.1, 1.0, 0, InvalidPosition::Position);
        check(f64::INFINITY, 1.0, 0, InvalidPosition::Position);
        check(1.0, 1.0, -1, InvalidPosition::Timestamp);
        assert!(at(0, 1, 1000.2).position <= 1000.0);
    }
}
