//! The order of the queue, and how long a failed attempt waits for the next. Pure.
//!
//! Within one kind of task, the earliest due goes first. A task is due when somebody who pressed play as the job was made
//! would reach what it makes: so the beginning of a film comes before its end, and the first chunks of a new film come before the
//! late chunks of an older one. Nothing starves: a chunk that begins an hour into its film is overtaken by films that arrive within
//! that hour, and by no later one.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use shared::ids::TaskId;

/// How much later each band of rungs is due than the band below: all rungs of a minute are due before the lowest of the next.
const BAND_LATER: TimeDelta = TimeDelta::minutes(1);
/// Longer films exist, but not in here; beyond it, order hardly matters.
const FILM_MAX_MS: u64 = 24 * 3600 * 1000;
/// The first back-off at its longest, and the factor of every next.
const BACK_OFF: (Duration, u32) = (Duration::from_secs(5), 4);
const BACK_OFF_MAX: Duration = Duration::from_secs(600);

/// When a task is due that makes what begins `start_ms` into the film, in that band of rungs (0 is the lowest).
pub(crate) fn due(job_created: DateTime<Utc>, start_ms: u64, band: u8) -> DateTime<Utc> {
    let start = i64::try_from(start_ms.min(FILM_MAX_MS)).expect("a day fits");
    job_created + TimeDelta::milliseconds(start) + BAND_LATER * i32::from(band)
}

/// How long a task waits after its `failures`-th failure: up to 5, 20, 80 … seconds, and at least half of it. Where in between
/// follows from the task, so that tasks that failed together (a store that was down) don't all come back together.
pub(crate) fn back_off(task: TaskId, failures: i32) -> Duration {
    let exponent = u32::try_from(failures.saturating_sub(1))
        .unwrap_or(0)
        .min(6);
    let longest = (BACK_OFF.0 * BACK_OFF.1.pow(exponent)).min(BACK_OFF_MAX);
    let half = longest / 2;
    half + half.mul_f64(fraction(task, failures))
}

/// A number from 0 up to 1 that looks random and is the same for the same task and failure.
fn fraction(task: TaskId, failures: i32) -> f64 {
    let id = task.as_uuid().as_u128();
    let seed = (id >> 64) as u64 ^ id as u64 ^ u64::from(failures.unsigned_abs()).rotate_left(32);
    // SplitMix64's finaliser: neighbouring ids land far apart.
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn task(number: u128) -> TaskId {
        TaskId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn back_off_grows_is_bounded_and_is_the_same_every_time() {
        for (failures, longest_s) in [(1, 5), (2, 20), (3, 80), (4, 320), (5, 600), (1000, 600)] {
            let wait = back_off(task(7), failures);
            assert_eq!(wait, back_off(task(7), failures));
            let longest = Duration::from_secs(longest_s);
            assert!(
                longest / 2 <= wait && wait <= longest,
                "{failures}: {wait:?}"
            );
        }
    }

    #[test]
    fn tasks_that_fail_together_come_back_spread_out() {
        let mut tenths = [0; 10];
        for number in 0..1000 {
            tenths[(fraction(task(number), 1) * 10.0) as usize] += 1;
        }
        assert!(tenths.iter().all(|count| *count > 60), "{tenths:?}");
    }

    #[test]
    fn a_films_beginning_goes_first_and_low_rungs_before_high_ones() {
        let created = DateTime::UNIX_EPOCH;
        let minute = 60_000;
        let order = [
            due(created, 0, 0),
            due(created, minute, 0).min(due(created, 0, 1)),
            due(created, minute, 1),
            due(created, 10 * minute, 0),
        ];
        assert!(order.is_sorted());
        // A film that arrives half an hour later overtakes what begins later than that, and nothing else.
        let later = created + TimeDelta::minutes(30);
        assert!(due(later, 0, 0) < due(created, 31 * minute, 0));
        assert!(due(later, 0, 0) > due(created, 29 * minute, 0));
        // Nor can a length that nobody believes put a task out of reach.
        assert_eq!(due(created, u64::MAX, 0), created + TimeDelta::hours(24));
    }
}
