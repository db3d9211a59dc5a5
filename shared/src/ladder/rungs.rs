//! The rungs that suit a source: those of a ladder, up to its size.

use serde::{Deserialize, Serialize};

use super::{Preset, Settings, SourceVideo, custom::LadderRung, size, tables};
use crate::asset::VideoRange;

/// A video coding format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    /// AVC, High profile, 8 bit.
    H264,
    /// HEVC, Main 10.
    Hevc,
    /// AV1, Main profile, 10 bit.
    Av1,
}

/// One rung of the ladder: what one rendition is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rung {
    /// The rendition's id: family, lines, rate. `v1080-6000` is H.264; `hs` and `h` are HEVC in SDR and HDR, `xs` and `x` AV1.
    pub id: String,
    /// Coding format.
    pub codec: Codec,
    /// Width, even.
    pub width: u32,
    /// Height, even.
    pub height: u32,
    /// Dynamic range.
    pub range: VideoRange,
    /// What the ladder wants on average. Quality is constant, so this only names the rung and bounds the peak.
    pub average_kbps: u32,
    /// VBV rate.
    pub max_kbps: u32,
    /// VBV size.
    pub buffer_kbits: u32,
    /// Constant rate factor.
    pub crf: u32,
}

/// A source that fills less of a box than this gets no rung of that box's rate.
const FILLS: f64 = 0.999;

/// Peaks stay below twice the average (AS 1.30): the encoder may use this much more than the average.
const PEAK_TENTHS: u32 = 15;

/// Less between two rungs of a family is no choice (HLS.md 1.13).
const LEAST_STEP: f64 = 1.3;

/// No rendition is cheaper: below it, headers and rounding are the rate.
const LOWEST_KBPS: f64 = 60.0;

impl Rung {
    /// Its family and size.
    fn stem(codec: Codec, range: VideoRange, lines: u32) -> String {
        let letters = match (codec, range) {
            (Codec::H264, _) => "v",
            (Codec::Hevc, VideoRange::Sdr) => "hs",
            (Codec::Hevc, VideoRange::Pq | VideoRange::Hlg) => "h",
            (Codec::Av1, VideoRange::Sdr) => "xs",
            (Codec::Av1, VideoRange::Pq | VideoRange::Hlg) => "x",
        };
        format!("{letters}{lines}")
    }

    fn new(line: &LadderRung, range: VideoRange, (width, height): (u32, u32), share: f64) -> Self {
        let average_kbps = (f64::from(line.kbps) * share).round().max(LOWEST_KBPS) as u32;
        let max_kbps = match line.max_kbps {
            Some(max) => (f64::from(max) * share).round().max(LOWEST_KBPS) as u32,
            None => average_kbps * PEAK_TENTHS / 10,
        };
        let stem = Self::stem(line.codec, range, width.min(height));
        Self {
            id: format!("{stem}-{average_kbps}"),
            codec: line.codec,
            width,
            height,
            range,
            average_kbps,
            max_kbps,
            buffer_kbits: max_kbps * 13 / 10,
            crf: line.crf,
        }
    }

    /// The same picture with `share` of the rate, and another rate factor.
    pub(super) fn scaled(&self, share: f64, crf_offset: i32) -> Self {
        let scale = |kbps: u32| (f64::from(kbps) * share).round().max(LOWEST_KBPS) as u32;
        let average_kbps = scale(self.average_kbps);
        let max_kbps = scale(self.max_kbps);
        let stem = Self::stem(self.codec, self.range, self.width.min(self.height));
        Self {
            id: format!("{stem}-{average_kbps}"),
            average_kbps,
            max_kbps,
            buffer_kbits: max_kbps * 13 / 10,
            crf: self.crf.saturating_add_signed(crf_offset),
            ..self.clone()
        }
    }

    /// Fitted to a title. However little that leaves of it, it stays a step above the rung below it in its family.
    pub(super) fn fitted(&self, share: f64, crf_offset: i32, below: Option<&Self>) -> Self {
        let least = below.map_or(0.0, |below| f64::from(below.average_kbps) * LEAST_STEP);
        let share = share.max(least.ceil() / f64::from(self.average_kbps.max(1)));
        self.scaled(share, crf_offset)
    }
}

/// All renditions of a source, family after family, each from low to high.
pub(super) fn rungs(source: &SourceVideo, fps: f64, settings: &Settings) -> Vec<Rung> {
    let lines = match &settings.ladder {
        Some(ladder) => ladder.rungs.clone(),
        None => tables::apple(settings, source.range, fps),
    };
    let mut families: Vec<(Codec, bool)> = Vec::new();
    for line in &lines {
        let family = (line.codec, line.hdr);
        if !families.contains(&family) && (!line.hdr || source.range != VideoRange::Sdr) {
            families.push(family);
        }
    }
    let display = source.display_size();
    let mut rungs = Vec::new();
    for (codec, hdr) in families {
        let range = if hdr { source.range } else { VideoRange::Sdr };
        let of_family: Vec<&LadderRung> = lines
            .iter()
            .filter(|line| (line.codec, line.hdr) == (codec, hdr))
            .collect();
        let mut of_family = family(&of_family, display, range);
        if settings.ladder.is_none() && settings.preset != Preset::Fast {
            double_the_top(&mut of_family);
        }
        rungs.extend(of_family);
    }
    rungs
}

fn family(lines: &[&LadderRung], display: (f64, f64), range: VideoRange) -> Vec<Rung> {
    let fill = |line: &LadderRung| size::fill(display, (line.width, line.height));
    let rung = |line: &LadderRung, share: f64| {
        let size = size::fit(display, (line.width, line.height));
        Rung::new(line, range, size, share)
    };
    let mut rungs: Vec<Rung> = lines
        .iter()
        .filter(|line| fill(line) >= FILLS)
        .map(|line| rung(line, 1.0))
        .collect();
    // A source between two boxes, or below the lowest: one rung of its own size, its rate scaled by area, a step up at least.
    let next = lines.iter().find(|line| fill(line) < FILLS);
    let top_fill = rungs
        .last()
        .map(|top| display.0.min(display.1) / f64::from(top.width.min(top.height)));
    if let Some(line) = next
        && top_fill.is_none_or(|fill| fill > 1.15)
    {
        let least = rungs.last().map_or(0.0, |top| {
            f64::from(top.average_kbps) * LEAST_STEP / f64::from(line.kbps)
        });
        rungs.push(rung(line, fill(line).powi(2).max(least)));
    }
    double_a_single_rung(&mut rungs);
    rungs
}

/// Two distinct rates at least (AS 9.9): a source of the lowest size gets a better and a cheaper rendition.
fn double_a_single_rung(rungs: &mut Vec<Rung>) {
    if let [only] = rungs.as_slice() {
        let better = only.scaled(2.0, -5);
        rungs.push(better);
    }
}

/// HD has two variants at its highest resolution (AS 9.10).
fn double_the_top(rungs: &mut Vec<Rung>) {
    if let [.., below, top] = rungs.as_slice()
        && below.height != top.height
        && top.width.min(top.height) >= 720
    {
        let better = top.scaled(1.4, -2);
        rungs.push(better);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn source((width, height): (u32, u32), range: VideoRange) -> SourceVideo {
        let source = json!({
            "stream": 0, "codec": "prores", "width": width, "height": height, "sampleAspect": [1, 1],
            "frameRate": {"num": 24, "den": 1}, "frames": 240, "durationUs": 10_000_000, "bitDepth": 10, "range": range
        });
        serde_json::from_value(source).unwrap()
    }

    fn ids(size: (u32, u32), range: VideoRange, fps: f64, settings: impl Into<Settings>) -> String {
        let rungs = rungs(&source(size, range), fps, &settings.into());
        let ids: Vec<_> = rungs.iter().map(|rung| rung.id.as_str()).collect();
        ids.join(" ")
    }

    #[test]
    fn the_fast_ladder_never_rises_above_the_source() {
        let check = |size, expect: &str| {
            assert_eq!(
                ids(size, VideoRange::Sdr, 24.0, Preset::Fast),
                expect,
                "{size:?}"
            );
        };
        let upto_720 = "v234-145 v360-365 v432-730 v432-1100 v540-2000 v720-3000";
        check((3840, 2160), &format!("{upto_720} v1080-6000"));
        check((1280, 720), upto_720);
        check((640, 360), "v234-145 v360-365");
        check((416, 234), "v234-145 v234-290");
        check((320, 180), "v180-86 v180-172");
        check((1600, 900), &format!("{upto_720} v900-4167"));
        check((360, 640), "v234-145 v360-365");
    }

    #[test]
    fn the_standard_ladder_is_apples_in_every_family() {
        let avc = "v234-145 v360-365 v432-730 v432-1100 v540-2000 v720-3000 v720-4500 v1080-6000 v1080-7800";
        let hevc = "hs360-145 hs432-300 hs540-600 hs540-900 hs540-1600 hs720-2400 hs720-3400 hs1080-4500 hs1080-5800 hs1440-8100 hs2160-11600 hs2160-16800";
        let hdr = "h360-160 h432-360 h540-730 h540-1090 h540-1930 h720-2900 h720-4080 h1080-5400 h1080-7000 h1440-9700 h2160-13900 h2160-20000";
        let uhd = (3840, 2160);
        let found = ids(uhd, VideoRange::Pq, 30.0, Preset::Standard);
        assert_eq!(found, format!("{avc} {hevc} {hdr}"));
        let found = ids(uhd, VideoRange::Sdr, 30.0, Preset::Premium);
        assert_eq!(found, format!("{avc} {hevc}"));
    }

    #[test]
    fn a_film_rate_saves_a_fifth_of_hevc_and_nothing_of_h264() {
        let found = ids((1280, 720), VideoRange::Hlg, 23.976, Preset::Standard);
        assert_eq!(
            found,
            "v234-145 v360-365 v432-730 v432-1100 v540-2000 v720-3000 v720-4500 \
             hs360-116 hs432-240 hs540-480 hs540-720 hs540-1280 hs720-1920 hs720-2720 \
             h360-128 h432-288 h540-584 h540-872 h540-1544 h720-2320 h720-3264"
        );
    }

    #[test]
    fn a_fast_hdr_ladder_has_at_most_five_rungs_more() {
        let check = |size, expect: &str| {
            let found = ids(size, VideoRange::Pq, 24.0, Preset::Fast);
            assert!(found.ends_with(expect), "{found}");
        };
        check((1920, 1080), "v1080-6000 h540-1544 h720-2320 h1080-4320");
        check((3840, 2160), "h1080-4320 h1440-7760 h2160-11120");
        check((640, 360), "v360-365 h360-686 h360-1372");
    }

    #[test]
    fn av1_comes_when_it_is_asked_for_in_both_ranges() {
        let settings = Settings {
            av1: true,
            ..Preset::Standard.into()
        };
        let rungs = rungs(&source((3840, 2160), VideoRange::Pq), 24.0, &settings);
        let count = |range| {
            let wanted = |rung: &&Rung| (rung.codec, rung.range) == (Codec::Av1, range);
            rungs.iter().filter(wanted).count()
        };
        assert_eq!((count(VideoRange::Sdr), count(VideoRange::Pq)), (12, 12));
        let fast = Settings {
            av1: true,
            ..Preset::Fast.into()
        };
        let found = ids((1920, 1080), VideoRange::Pq, 30.0, fast);
        assert!(
            found.ends_with("h540-1930 h720-2900 h1080-5400 xs540-1333 xs1080-3750 x540-1608 x720-2417 x1080-4500"),
            "{found}"
        );
    }

    #[test]
    fn hd_has_two_variants_at_the_top_of_each_family() {
        let found = ids((2560, 1440), VideoRange::Sdr, 30.0, Preset::Standard);
        assert!(found.ends_with("hs1440-8100 hs1440-11340"), "{found}");
    }

    #[test]
    fn faster_pictures_get_higher_rates_every_peak_is_bounded_and_ids_are_distinct() {
        for fps in [23.976, 25.0, 30.0, 60.0] {
            for size in [
                (320, 180),
                (720, 576),
                (1000, 1000),
                (1920, 804),
                (3840, 2160),
            ] {
                let rungs = rungs(&source(size, VideoRange::Pq), fps, &Preset::Premium.into());
                for (place, rung) in rungs.iter().enumerate() {
                    assert!(rung.max_kbps <= 2 * rung.average_kbps);
                    assert!(
                        rungs[..place].iter().all(|other| other.id != rung.id),
                        "{rung:?}"
                    );
                }
            }
        }
        let found = ids((1920, 1080), VideoRange::Sdr, 60.0, Preset::Fast);
        assert!(found.ends_with("v1080-8400"), "{found}");
    }
}
