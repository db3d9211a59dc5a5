//! Apple's rungs (HLS Authoring Specification, HLS.md 1.13): sizes and average rates for 30 fps and less.

use super::custom::LadderRung;
use super::{Codec, Preset, Settings};
use crate::asset::VideoRange;

/// A line: box, average kbit/s, rate factor, in the `fast` preset as well (of HEVC SDR only as AV1).
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

const HEVC_SDR: [Line; 12] = [
    Line(640, 360, 145, 29, false),
    Line(768, 432, 300, 28, false),
    Line(960, 540, 600, 28, false),
    Line(960, 540, 900, 26, false),
    Line(960, 540, 1600, 24, true),
    Line(1280, 720, 2400, 24, false),
    Line(1280, 720, 3400, 23, false),
    Line(1920, 1080, 4500, 23, true),
    Line(1920, 1080, 5800, 21, false),
    Line(2560, 1440, 8100, 21, false),
    Line(3840, 2160, 11600, 21, false),
    Line(3840, 2160, 16800, 19, false),
];

const HEVC_HDR: [Line; 12] = [
    Line(640, 360, 160, 29, false),
    Line(768, 432, 360, 28, false),
    Line(960, 540, 730, 28, false),
    Line(960, 540, 1090, 26, false),
    Line(960, 540, 1930, 24, true),
    Line(1280, 720, 2900, 24, true),
    Line(1280, 720, 4080, 23, false),
    Line(1920, 1080, 5400, 23, true),
    Line(1920, 1080, 7000, 21, false),
    Line(2560, 1440, 9700, 21, true),
    Line(3840, 2160, 13900, 21, true),
    Line(3840, 2160, 20000, 19, false),
];

/// AV1 has no table of Apple's: HEVC's with a sixth less, which is what it saves at these speeds.
const AV1_SHARE: f64 = 5.0 / 6.0;

/// SVT-AV1's rate factors run to 63 instead of 51; this much above x265's the pictures look alike.
const AV1_CRF: u32 = 9;

/// A film's rate: HEVC needs a fifth less (HLS.md 1.13). Half a frame of slack covers 23.976 and 24.
const FILM_FPS: f64 = 24.5;

/// Apple's numbers are for 30 fps and less. Twice the frames cost some 40 % more, as neighbours resemble each other.
fn scale(codec: Codec, fps: f64) -> f64 {
    match codec {
        _ if fps > 30.5 => 1.4,
        Codec::Hevc | Codec::Av1 if fps < FILM_FPS => 0.8,
        Codec::H264 | Codec::Hevc | Codec::Av1 => 1.0,
    }
}

/// The ladder for a source of that range, rates as they are for that frame rate.
pub(super) fn apple(settings: &Settings, range: VideoRange, fps: f64) -> Vec<LadderRung> {
    let is_hdr = range != VideoRange::Sdr;
    let (everything, some) = (settings.preset != Preset::Fast, settings.av1);
    let families: [(bool, Codec, bool, &[Line]); 5] = [
        (true, Codec::H264, false, &AVC),
        (everything, Codec::Hevc, false, &HEVC_SDR),
        (is_hdr, Codec::Hevc, true, &HEVC_HDR),
        (some, Codec::Av1, false, &HEVC_SDR),
        (some && is_hdr, Codec::Av1, true, &HEVC_HDR),
    ];
    let mut rungs = Vec::new();
    for (_, codec, hdr, lines) in families.into_iter().filter(|(wanted, ..)| *wanted) {
        let lines = lines.iter().filter(|line| everything || line.4);
        rungs.extend(lines.map(|line| rung(codec, hdr, line, scale(codec, fps))));
    }
    rungs
}

fn rung(codec: Codec, hdr: bool, line: &Line, scale: f64) -> LadderRung {
    let Line(width, height, kbps, crf, _) = *line;
    let (share, more) = match codec {
        Codec::Av1 => (AV1_SHARE, AV1_CRF),
        Codec::H264 | Codec::Hevc => (1.0, 0),
    };
    LadderRung {
        codec,
        hdr,
        width,
        height,
        kbps: (f64::from(kbps) * scale * share).round() as u32,
        crf: crf + more,
        max_kbps: None,
    }
}
