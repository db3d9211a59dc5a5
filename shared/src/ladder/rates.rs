//! Frame rates that may be published (AS 1.14–1.20), and what a source's rate becomes.

use crate::asset::FrameRate;

/// The rates HLS allows.
pub(super) const STANDARD: [FrameRate; 8] = [
    rate(24000, 1001),
    rate(24, 1),
    rate(25, 1),
    rate(30000, 1001),
    rate(30, 1),
    rate(50, 1),
    rate(60000, 1001),
    rate(60, 1),
];

/// A source may not run faster: beyond it is a scientific recording, and halving it would drop most of what was filmed.
const FASTEST: f64 = 240.5;

const fn rate(num: u32, den: u32) -> FrameRate {
    FrameRate { num, den }
}

/// The rate to publish, and whether the source has it already. `None` when no rate fits.
pub(super) fn published_rate(source: FrameRate) -> Option<(FrameRate, bool)> {
    let fps = source.fps();
    if !fps.is_finite() || !(1.0..=FASTEST).contains(&fps) {
        return None;
    }
    // 0.02 % separates 23.976 from 24 (0.1 % apart) and forgives what containers round.
    if let Some(exact) = STANDARD
        .into_iter()
        .find(|rate| (rate.fps() / fps - 1.0).abs() < 0.0003)
    {
        return Some((exact, true));
    }
    // Whole multiples and divisors keep motion even: 120 → 60, 15 → 30, 12.5 → 25.
    let mut wanted = fps;
    while wanted > 60.5 {
        wanted /= 2.0;
    }
    while wanted < 20.0 {
        wanted *= 2.0;
    }
    let nearest = STANDARD.into_iter().min_by(|a, b| {
        let distance = |rate: &FrameRate| (rate.fps() / wanted).ln().abs();
        distance(a).total_cmp(&distance(b))
    });
    nearest.map(|rate| (rate, false))
}

/// Frames of a closed GOP: two seconds, the same number in all renditions.
pub(super) fn gop_frames(rate: FrameRate) -> u32 {
    (2.0 * rate.fps()).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_rate_becomes_the_nearest_standard_rate() {
        let check = |num: u32, den: u32, expect: Option<(u32, u32, bool)>| {
            let found = published_rate(rate(num, den));
            let found = found.map(|(rate, exact)| (rate.num, rate.den, exact));
            assert_eq!(found, expect, "{num}/{den}");
        };
        for standard in STANDARD {
            check(
                standard.num,
                standard.den,
                Some((standard.num, standard.den, true)),
            );
        }
        check(23976, 1000, Some((24000, 1001, true)));
        check(2997, 100, Some((30000, 1001, true)));
        check(24, 1, Some((24, 1, true)));
        check(120, 1, Some((60, 1, false)));
        check(120_000, 1001, Some((60000, 1001, false)));
        check(15, 1, Some((30, 1, false)));
        check(25, 2, Some((25, 1, false)));
        check(48, 1, Some((50, 1, false)));
        check(27, 1, Some((25, 1, false)));
        check(1000, 1, None);
        check(1, 2, None);
        check(0, 1, None);
    }

    #[test]
    fn a_gop_is_two_seconds_to_the_nearest_frame() {
        let gops: Vec<_> = STANDARD.into_iter().map(gop_frames).collect();
        assert_eq!(gops, [48, 48, 50, 60, 60, 100, 120, 120]);
    }
}
