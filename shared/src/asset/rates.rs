//! Peak and average bit rates, measured over the index as 8216bis defines them. Nothing is copied from encoder targets.

use super::{ByteRange, Fragment, Media, Segment};

/// How much of the beginning is listed by fragment. Half a second less counts: segments end where a frame does.
pub const HEAD_S: f64 = 6.0;

/// A track's measured bit rates, bits per second, container included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// The largest rate of any run of segments that lasts 0.5 to 1.5 target durations.
    pub peak_bps: u64,
    /// All bytes over the whole duration.
    pub average_bps: u64,
}

/// The timing of a track's segments, and what follows from it.
#[derive(Clone, Copy, Debug)]
pub struct TrackIndex<'a> {
    /// Ticks per second.
    pub timescale: u32,
    /// The Media Segments, in order.
    pub segments: &'a [Segment],
}

impl<'a> Media<'a> {
    /// The timing of its segments.
    pub fn index(&self) -> TrackIndex<'a> {
        TrackIndex {
            timescale: self.timescale,
            segments: self.segments,
        }
    }
}

impl<'a> TrackIndex<'a> {
    /// Seconds that these ticks last.
    pub fn seconds(&self, ticks: u64) -> f64 {
        ticks as f64 / f64::from(self.timescale)
    }

    /// Microseconds that these ticks last, rounded.
    pub fn micros(&self, ticks: u64) -> u64 {
        let timescale = u128::from(self.timescale);
        ((u128::from(ticks) * 1_000_000 + timescale / 2) / timescale) as u64
    }

    /// The track's duration in ticks.
    pub fn duration(&self) -> u64 {
        self.segments.iter().map(|segment| segment.duration).sum()
    }

    /// Every fragment, in order.
    pub fn fragments(&self) -> impl Iterator<Item = &'a Fragment> {
        self.segments.iter().flat_map(|segment| &segment.fragments)
    }

    /// `EXT-X-TARGETDURATION` of these segments: the longest, rounded to the nearest second as 8216bis 4.4.3.1 does.
    pub fn target_duration_s(&self) -> u64 {
        let longest = self
            .segments
            .iter()
            .map(|segment| segment.duration)
            .max()
            .unwrap_or(0);
        (self.seconds(longest).round() as u64).max(1)
    }

    /// The segments as playlists list them: those that begin in the first [`HEAD_S`] by fragment, so that a player starts
    /// after the first 2 s; all others whole.
    pub fn listed(&self) -> impl Iterator<Item = (ByteRange, u64)> {
        let head = ((HEAD_S - 0.5) * f64::from(self.timescale)) as u64;
        let mut start = 0;
        self.segments.iter().flat_map(move |segment| {
            let pieces = if start < head {
                segment.by_fragment()
            } else {
                vec![segment.whole()]
            };
            start += segment.duration;
            pieces
        })
    }

    /// The rates of the segments as they are [`listed`](Self::listed).
    pub fn rates(&self) -> Rates {
        let sized: Vec<_> = self
            .listed()
            .map(|(bytes, ticks)| (bytes.length, self.seconds(ticks)))
            .collect();
        rates(&sized, self.target_duration_s() as f64)
    }

    /// The rates of the key frames alone, each lasting until the next: what `EXT-X-I-FRAME-STREAM-INF` declares.
    pub fn keyframe_rates(&self) -> Rates {
        let sized: Vec<_> = self
            .fragments()
            .map(|fragment| (fragment.keyframe_length, self.seconds(fragment.duration)))
            .collect();
        let longest = sized
            .iter()
            .map(|(_, seconds)| *seconds)
            .fold(0.0, f64::max);
        rates(&sized, longest.round().max(1.0))
    }
}

/// Peak and average of (bytes, seconds) pairs under a target duration.
pub(crate) fn rates(sized: &[(u64, f64)], target_s: f64) -> Rates {
    let bytes: u64 = sized.iter().map(|(bytes, _)| bytes).sum();
    let seconds: f64 = sized.iter().map(|(_, seconds)| seconds).sum();
    let average_bps = if seconds > 0.0 {
        (8.0 * bytes as f64 / seconds).round() as u64
    } else {
        0
    };
    // A programme shorter than half a target duration has no run to measure: its average is its peak.
    Rates {
        peak_bps: peak(sized, target_s)
            .unwrap_or(average_bps)
            .max(average_bps),
        average_bps,
    }
}

fn peak(sized: &[(u64, f64)], target_s: f64) -> Option<u64> {
    // Half a millisecond of slack: 3 s runs of a 6 s target must not fall out by rounding.
    let (shortest, longest) = (0.5 * target_s - 0.0005, 1.5 * target_s + 0.0005);
    let mut peak: Option<f64> = None;
    for first in 0..sized.len() {
        let (mut bytes, mut seconds) = (0_u64, 0.0_f64);
        for (size, duration) in &sized[first..] {
            bytes += size;
            seconds += duration;
            if seconds > longest {
                break;
            }
            if seconds >= shortest {
                let rate = 8.0 * bytes as f64 / seconds;
                peak = Some(peak.map_or(rate, |peak| peak.max(rate)));
            }
        }
    }
    peak.map(|peak| peak.ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_the_worst_run_near_one_target_duration() {
        let check = |sized: &[(u64, f64)], peak_bps, average_bps| {
            assert_eq!(
                rates(sized, 6.0),
                Rates {
                    peak_bps,
                    average_bps
                },
                "{sized:?}"
            );
        };
        check(&[(750, 6.0), (1500, 6.0), (750, 6.0)], 2000, 1333);
        // A short last segment is no run of its own, but one with its neighbour.
        check(&[(750, 6.0), (750, 1.0)], 1715, 1714);
        // Runs of 2 s pieces count from 3 s to 9 s.
        check(&[(1000, 2.0), (1000, 2.0), (0, 2.0), (0, 6.0)], 4000, 1333);
        // Shorter than any run.
        check(&[(100, 1.0)], 800, 800);
        check(&[], 0, 0);
    }
}
