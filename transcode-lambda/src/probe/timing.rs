//! When frames are shown: rate, constancy, count and place on the timeline, from the packets themselves.

use shared::asset::FrameRate;

use super::{
    ffprobe::{Container, Stream},
    packets::PacketScan,
};

/// Intervals may differ this much from the usual one: containers round to milliseconds.
const JITTER: f64 = 0.15;

/// More odd intervals than this make a rate variable; fewer are dropped frames.
const ODD_SHARE: f64 = 0.01;

/// The picture on the timeline.
#[derive(Debug)]
pub(super) struct Timing {
    pub(super) rate: FrameRate,
    pub(super) is_variable: bool,
    pub(super) frames: u64,
    pub(super) start_us: i64,
    pub(super) duration_us: u64,
    /// Rates of the slowest and the fastest pair of frames, when the rate varies.
    pub(super) fps_range: Option<(f64, f64)>,
    /// Longest time between two frames, and where it begins after the first one, seconds.
    pub(super) longest_gap_s: (f64, f64),
    /// Seconds of a tick.
    pub(super) tick_s: f64,
}

pub(super) fn timing(picture: &Stream, container: &Container, scan: &PacketScan) -> Timing {
    let tick = ratio(picture.time_base.as_deref()).map_or(0.0, FrameRate::fps);
    let unknown = FrameRate { num: 0, den: 1 };
    let stated = [
        picture.r_frame_rate.as_deref(),
        picture.avg_frame_rate.as_deref(),
    ];
    let stated = stated.map(ratio);
    let (Some(first), Some(last)) = (scan.times.first(), scan.times.last()) else {
        return Timing {
            rate: stated[1].or(stated[0]).unwrap_or(unknown),
            is_variable: false,
            frames: 0,
            start_us: 0,
            duration_us: 0,
            fps_range: None,
            longest_gap_s: (0.0, 0.0),
            tick_s: tick,
        };
    };
    let span_s = (last - first) as f64 * tick;
    let intervals = scan.count.saturating_sub(1);
    let measured = (intervals as f64 / span_s).max(0.0);
    let usual = usual_interval(&scan.times).map_or(0.0, |ticks| ticks as f64 * tick);
    let is_variable = is_variable(&scan.times);
    // Dropped frames lower the average; the usual interval names the rate, as far as the container's rounding lets it.
    let tolerance = if is_variable { 0.002 } else { 0.03 };
    let aim = if is_variable || usual <= 0.0 {
        measured
    } else {
        1.0 / usual
    };
    let rate = stated
        .into_iter()
        .flatten()
        .find(|rate| intervals == 0 || (rate.fps() / aim - 1.0).abs() < tolerance)
        .unwrap_or_else(|| in_thousandths(measured));
    let last_s = match scan.last_duration {
        ticks @ 1.. => ticks as f64 * tick,
        _ => usual,
    };
    let frames = if is_variable || rate.num == 0 {
        scan.count
    } else {
        (span_s * rate.fps()).round() as u64 + 1
    };
    let file_start_s: f64 = container
        .format
        .start_time
        .as_deref()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0.0);
    Timing {
        rate,
        is_variable,
        frames,
        start_us: ((*first as f64 * tick - file_start_s) * 1e6).round() as i64,
        duration_us: ((span_s + last_s) * 1e6).round() as u64,
        fps_range: is_variable.then(|| fps_range(&scan.times, tick)).flatten(),
        longest_gap_s: longest_gap_s(&scan.times, tick),
        tick_s: tick,
    }
}

fn fps_range(times: &[i64], tick_s: f64) -> Option<(f64, f64)> {
    let intervals = times.windows(2).map(|pair| pair[1] - pair[0]);
    let shortest = intervals.clone().filter(|ticks| *ticks > 0).min()?;
    let fps = |ticks: i64| 1.0 / (ticks as f64 * tick_s);
    Some((fps(intervals.max()?), fps(shortest)))
}

fn longest_gap_s(times: &[i64], tick_s: f64) -> (f64, f64) {
    let gaps = times
        .windows(2)
        .map(|pair| (pair[1] - pair[0], pair[0] - times[0]));
    let (length, begin) = gaps.max_by_key(|(length, _)| *length).unwrap_or((0, 0));
    (length as f64 * tick_s, begin as f64 * tick_s)
}

fn usual_interval(times: &[i64]) -> Option<i64> {
    let mut intervals: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let middle = intervals.len() / 2;
    let (_, median, _) = (!intervals.is_empty()).then(|| intervals.select_nth_unstable(middle))?;
    Some(*median)
}

fn is_variable(times: &[i64]) -> bool {
    let Some(usual) = usual_interval(times).filter(|ticks| *ticks > 0) else {
        return false;
    };
    let odd = times
        .windows(2)
        .filter(|pair| (((pair[1] - pair[0]) as f64) / usual as f64 - 1.0).abs() > JITTER)
        .count();
    odd as f64 > ODD_SHARE * times.len() as f64 && odd > 1
}

fn in_thousandths(fps: f64) -> FrameRate {
    if fps.is_finite() && fps > 0.0 {
        FrameRate {
            num: (fps * 1000.0).round().min(f64::from(u32::MAX)) as u32,
            den: 1000,
        }
    } else {
        FrameRate { num: 0, den: 1 }
    }
}

/// `24000/1001`; `None` for `0/0` and nonsense.
pub(super) fn ratio(text: Option<&str>) -> Option<FrameRate> {
    let (num, den) = text?.split_once(['/', ':'])?;
    let (num, den) = (num.parse().ok()?, den.parse().ok()?);
    (num > 0 && den > 0).then_some(FrameRate { num, den })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_variable_when_many_intervals_are_odd_and_constant_with_a_few_drops() {
        let steady: Vec<i64> = (0..500).map(|frame| frame * 1001).collect();
        assert!(!is_variable(&steady));
        let rounded: Vec<i64> = (0..500)
            .map(|frame| (f64::from(frame) * 16.683).round() as i64)
            .collect();
        assert!(!is_variable(&rounded));
        let mut dropped = steady.clone();
        dropped.remove(100);
        dropped.remove(200);
        assert!(!is_variable(&dropped));
        let phone: Vec<i64> = (0..500)
            .map(|frame| frame * 1001 + (frame % 7) * 300)
            .collect();
        assert!(is_variable(&phone));
    }
}
