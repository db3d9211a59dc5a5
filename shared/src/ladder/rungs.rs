//! Apple's rungs (HLS.md 1.13) and the ones that suit a source.

use serde::{Deserialize, Serialize};

use super::{Preset, size};
use crate::asset::VideoRange;

/// A video coding format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    /// AVC, 8 bit.
    H264,
    /// HEVC Main 10.
    Hevc,
}

/// One rung of the ladder: what one rendition is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rung {
    /// The rendition's id: `v1080-6000`; HDR renditions begin with `h`.
    pub id: String,
    /// Coding format.
    pub codec: Codec,
    /// Width, even.
    pub width: u32,
    /// Height, even.
    pub height: u32,
    /// Dynamic range.
    pub range: VideoRange,
    /// What Apple's table wants on average. Quality is constant, so this only names the rung and bounds the peak.
    pub average_kbps: u32,
    /// VBV rate.
    pub max_kbps: u32,
    /// VBV size.
    pub buffer_kbits: u32,
    /// Constant rate factor.
    pub crf: u32,
}

/// A line of the tables: box, average rate, rate factor, in the fast preset as well.
struct Line(u32, u32, u32, u32, bool);

const AVC: [Line; 9] = [
    Line(416, 234, 145, 28, true),
    Line(640, 360, 365, 27, true),
    Line(768, 432, 730, 25, true),
    Line(768, 432, 1100, 23, true),
    Line(960, 540, 2000, 23, true),
    Line(1280, 720, 3000, 23, true),
    Line(1280, 720, 4500, 21, false),
    Line(1920, 1080, 6000, 22, true),
    Line(1920, 1080, 7800, 20, false),
];

const HEVC_HDR: [Line; 12] = [
    Line(640, 360, 160, 29, false),
    Line(768, 432, 360, 28, false),
    Line(960, 540, 730, 28, false),
    Line(960, 540, 1090, 26, false),
    Line(960, 540, 1930, 24, true),
    Line(1280, 720, 2900, 24, false),
    Line(1280, 720, 4080, 23, false),
    Line(1920, 1080, 5400, 23, true),
    Line(1920, 1080, 7000, 21, false),
    Line(2560, 1440, 9700, 21, false),
    Line(3840, 2160, 13900, 21, false),
    Line(3840, 2160, 20000, 19, false),
];

/// A source that fills less of a box than this gets no rung of that box's rate.
const FILLS: f64 = 0.999;

/// Peaks stay below twice the average (AS 1.30): the encoder may use this much more than the average.
const PEAK_TENTHS: u32 = 15;

/// The SDR renditions.
pub(super) fn sdr(display: (f64, f64), fps: f64, preset: Preset) -> Vec<Rung> {
    family(&AVC, display, fps, preset, Codec::H264, VideoRange::Sdr)
}

/// The HDR renditions.
pub(super) fn hdr(display: (f64, f64), fps: f64, preset: Preset, range: VideoRange) -> Vec<Rung> {
    family(&HEVC_HDR, display, fps, preset, Codec::Hevc, range)
}

fn family(
    lines: &[Line],
    display: (f64, f64),
    fps: f64,
    preset: Preset,
    codec: Codec,
    range: VideoRange,
) -> Vec<Rung> {
    // Apple's numbers are for 30 fps and less. Twice the frames cost some 40 % more, as neighbours resemble each other.
    let faster = if fps > 30.5 { 1.4 } else { 1.0 };
    let rung = |line: &Line, rate: f64| {
        let (width, height) = size::fit(display, (line.0, line.1));
        let average_kbps = (rate * faster).round().max(60.0) as u32;
        let max_kbps = average_kbps * PEAK_TENTHS / 10;
        let letter = if codec == Codec::Hevc { 'h' } else { 'v' };
        Rung {
            id: format!("{letter}{}-{average_kbps}", width.min(height)),
            codec,
            width,
            height,
            range,
            average_kbps,
            max_kbps,
            buffer_kbits: max_kbps * 13 / 10,
            crf: line.3,
        }
    };
    let in_preset = |line: &&Line| line.4 || preset == Preset::Standard;
    let mut rungs: Vec<Rung> = lines
        .iter()
        .filter(in_preset)
        .filter(|line| size::fill(display, (line.0, line.1)) >= FILLS)
        .map(|line| rung(line, f64::from(line.2)))
        .collect();
    // A source between two boxes, or below the lowest: one rung of its own size, its rate scaled by area.
    let next = lines
        .iter()
        .filter(in_preset)
        .find(|line| size::fill(display, (line.0, line.1)) < FILLS);
    let top_fill = rungs
        .last()
        .map(|top| display.0.min(display.1) / f64::from(top.width.min(top.height)));
    if let Some(line) = next
        && top_fill.is_none_or(|fill| fill > 1.15)
    {
        let area = size::fill(display, (line.0, line.1)).powi(2);
        rungs.push(rung(line, f64::from(line.2) * area));
    }
    double_a_single_rung(&mut rungs);
    rungs
}

/// Two distinct rates at least (AS 9.9): a source of the lowest size gets a better and a cheaper rendition.
fn double_a_single_rung(rungs: &mut Vec<Rung>) {
    let [only] = rungs.as_slice() else {
        return;
    };
    let mut better = only.clone();
    better.average_kbps = only.average_kbps * 2;
    better.max_kbps = only.max_kbps * 2;
    better.buffer_kbits = only.buffer_kbits * 2;
    better.crf = only.crf.saturating_sub(5);
    let stem = only.id.split('-').next().unwrap_or("v");
    better.id = format!("{stem}-{}", better.average_kbps);
    rungs.push(better);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(rungs: &[Rung]) -> String {
        let ids: Vec<_> = rungs.iter().map(|rung| rung.id.as_str()).collect();
        ids.join(" ")
    }

    #[test]
    fn the_ladder_never_rises_above_the_source() {
        let check = |display: (f64, f64), preset: Preset, expect: &str| {
            assert_eq!(ids(&sdr(display, 24.0, preset)), expect, "{display:?}");
        };
        check(
            (1920.0, 1080.0),
            Preset::Standard,
            "v234-145 v360-365 v432-730 v432-1100 v540-2000 v720-3000 v720-4500 v1080-6000 v1080-7800",
        );
        check(
            (3840.0, 2160.0),
            Preset::Fast,
            "v234-145 v360-365 v432-730 v432-1100 v540-2000 v720-3000 v1080-6000",
        );
        check(
            (1280.0, 720.0),
            Preset::Fast,
            "v234-145 v360-365 v432-730 v432-1100 v540-2000 v720-3000",
        );
        check((640.0, 360.0), Preset::Fast, "v234-145 v360-365");
        check((416.0, 234.0), Preset::Fast, "v234-145 v234-290");
        check((320.0, 180.0), Preset::Fast, "v180-86 v180-172");
        check(
            (1600.0, 900.0),
            Preset::Fast,
            "v234-145 v360-365 v432-730 v432-1100 v540-2000 v720-3000 v900-4167",
        );
        check((360.0, 640.0), Preset::Fast, "v234-145 v360-365");
    }

    #[test]
    fn hdr_has_two_rungs_when_fast_and_all_sizes_up_to_the_source_when_standard() {
        let range = VideoRange::Pq;
        assert_eq!(
            ids(&hdr((1920.0, 1080.0), 24.0, Preset::Fast, range)),
            "h540-1930 h1080-5400"
        );
        assert_eq!(
            ids(&hdr((640.0, 360.0), 24.0, Preset::Fast, range)),
            "h360-858 h360-1716"
        );
        let uhd = hdr((3840.0, 2160.0), 24.0, Preset::Standard, range);
        assert_eq!(uhd.len(), 12);
        assert_eq!(uhd.last().map(|rung| rung.height), Some(2160));
    }

    #[test]
    fn faster_pictures_get_higher_rates_and_every_peak_is_bounded() {
        let rungs = sdr((1920.0, 1080.0), 60.0, Preset::Standard);
        assert_eq!(rungs.last().map(|rung| rung.average_kbps), Some(10_920));
        for rung in &rungs {
            assert!(rung.max_kbps <= 2 * rung.average_kbps);
        }
    }
}
