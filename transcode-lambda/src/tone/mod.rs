//! HDR to SDR by a table of our own: the same curve in every chunk, on every machine, in pictures and film alike (HLS.md 2.4).
//!
//! The mapping is display-referred. The luminance of the source's brightest content is rolled off (BT.2390) to reference white,
//! 203 cd/m², which SDR shows as its own white; hues keep their ratios, colours outside BT.709 move towards grey until they fit.

mod curve;

use std::{fmt::Write as _, path::Path};

use anyhow::{Context, Result};
use shared::{
    asset::VideoRange,
    ladder::{HdrMetadata, VideoPlan},
};

use self::curve::{hlg_to_scene, light_to_gamma, nits_to_pq, pq_to_nits, roll_off, scene_to_nits};

/// Points along each side of the table: with half as many, saturated colours stray by up to five ΔE.
const POINTS: u32 = 65;

/// The table's file in the working folder of ffmpeg.
const FILE: &str = "tone.cube";

/// HDR reference white, cd/m² (BT.2408): where SDR's white is.
pub const REFERENCE_WHITE: f64 = 203.0;

/// The peak of content that doesn't say: what most is mastered for.
const USUAL_PEAK: f64 = 1000.0;

/// Linear BT.2020 to linear BT.709 (BT.2087).
const TO_709: [[f64; 3]; 3] = [
    [1.660_491, -0.587_641_1, -0.072_849_9],
    [-0.124_550_5, 1.132_899_9, -0.008_349_4],
    [-0.018_150_8, -0.100_578_9, 1.118_729_7],
];

/// BT.709's luminance of its linear red, green and blue.
const LUMA_709: [f64; 3] = [0.2126, 0.7152, 0.0722];

/// A mapping from a source's range and peak to BT.709.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ToneMap {
    range: VideoRange,
    /// Brightest content, cd/m².
    peak: f64,
}

impl ToneMap {
    /// The mapping of a plan; `None` for an SDR source.
    pub fn of(video: &VideoPlan) -> Option<Self> {
        let range = video.tone_map?;
        Some(Self {
            range,
            peak: match range {
                VideoRange::Pq => peak(video.hdr.as_ref()),
                VideoRange::Hlg | VideoRange::Sdr => USUAL_PEAK,
            },
        })
    }

    /// From the source's signal (non-linear BT.2020 red, green and blue, 0 to 1) to that of BT.709.
    pub fn map(&self, signal: [f64; 3]) -> [f64; 3] {
        let nits = match self.range {
            VideoRange::Hlg => scene_to_nits(signal.map(hlg_to_scene), self.peak),
            VideoRange::Pq | VideoRange::Sdr => signal.map(pq_to_nits),
        };
        let brightest = nits.into_iter().fold(0.0, f64::max);
        // All three by one factor: rolling off each by itself would turn bright colours towards their complements.
        let gain = if brightest > 0.0 {
            roll_off(brightest.min(self.peak), self.peak, REFERENCE_WHITE) / brightest
        } else {
            0.0
        };
        let light = nits.map(|nits| nits * gain / REFERENCE_WHITE);
        let light = TO_709.map(|row| dot(row, light));
        into_gamut(light).map(light_to_gamma)
    }

    /// The highest signal in the table. What is brighter than the peak is clipped, so all points serve what there is.
    fn top(&self) -> f64 {
        match self.range {
            VideoRange::Pq => nits_to_pq(self.peak),
            VideoRange::Hlg | VideoRange::Sdr => 1.0,
        }
    }

    /// The table as text: red runs fastest, as Adobe's cube files have it.
    fn table(&self) -> String {
        let mut text = format!("LUT_3D_SIZE {POINTS}\n");
        let top = self.top();
        let at = |place: u32| top * f64::from(place) / f64::from(POINTS - 1);
        for blue in 0..POINTS {
            for green in 0..POINTS {
                for red in 0..POINTS {
                    let [r, g, b] = self.map([at(red), at(green), at(blue)]);
                    writeln!(text, "{r:.6} {g:.6} {b:.6}").expect("a String takes everything");
                }
            }
        }
        text
    }

    /// Puts the table where [`filter`] looks for it.
    pub fn write_table(&self, folder: &Path) -> Result<()> {
        std::fs::write(folder.join(FILE), self.table()).context("the tone table can't be written")
    }
}

/// Prepares a working folder for [`filter`]. Does nothing for an SDR source.
pub fn prepare(folder: &Path, video: &VideoPlan) -> Result<()> {
    match ToneMap::of(video) {
        Some(map) => map.write_table(folder),
        None => Ok(()),
    }
}

/// The filters that scale an HDR picture and map it to BT.709, 10 bit, limited range, without the metadata of HDR, which
/// encoders would pass on. The table has to be there.
pub fn filter(video: &VideoPlan, (width, height): (u32, u32)) -> String {
    let source_range = if video.full_range { "pc" } else { "tv" };
    // Stretches the table's signals to 0 to 1, where ffmpeg looks them up.
    let stretch = -libm::log2(ToneMap::of(video).map_or(1.0, |map| map.top()));
    format!(
        "scale={width}:{height}:flags=bicubic+accurate_rnd+full_chroma_int:in_color_matrix=bt2020:in_range={source_range}:out_range=pc,\
         setsar=1,format=gbrpf32le,exposure=exposure={stretch:.9},lut3d=file={FILE}:interp=tetrahedral,\
         scale=flags=accurate_rnd+full_chroma_int:out_color_matrix=bt709:out_range=tv,format=yuv420p10le,\
         setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709,sidedata=mode=delete"
    )
}

/// What the brightest pixel is: what the film says, but nothing that its mastering display could not show.
fn peak(hdr: Option<&HdrMetadata>) -> f64 {
    let Some(hdr) = hdr else {
        return USUAL_PEAK;
    };
    let display = f64::from(hdr.luminance.0) / 10_000.0;
    let content = f64::from(hdr.content_light.0);
    let known = [display, content].into_iter().filter(|nits| *nits > 0.0);
    let peak = known.fold(f64::INFINITY, f64::min);
    if peak.is_finite() {
        peak.clamp(REFERENCE_WHITE, curve::PQ_PEAK)
    } else {
        USUAL_PEAK
    }
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Colours outside BT.709 move towards the grey of their luminance, exactly to the border.
fn into_gamut(light: [f64; 3]) -> [f64; 3] {
    let grey = dot(LUMA_709, light).clamp(0.0, 1.0);
    let mut keep = 1.0_f64;
    for channel in light {
        let room = if channel < 0.0 {
            grey / (grey - channel)
        } else if channel > 1.0 {
            (1.0 - grey) / (channel - grey)
        } else {
            1.0
        };
        keep = keep.min(room);
    }
    light.map(|channel| (grey + (channel - grey) * keep).clamp(0.0, 1.0))
}

/// A luminance as the PQ signal that codes it: for charts.
pub fn pq_signal(nits: f64) -> f64 {
    nits_to_pq(nits)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PQ: ToneMap = ToneMap {
        range: VideoRange::Pq,
        peak: 1000.0,
    };

    #[test]
    fn grey_stays_grey_and_rises_from_black_to_white() {
        let mut last = -1.0;
        for range in [VideoRange::Pq, VideoRange::Hlg] {
            let map = ToneMap { range, ..PQ };
            for step in 0..=100 {
                let [r, g, b] = map.map([f64::from(step) / 100.0; 3]);
                assert!((r - g).abs() < 1e-6 && (g - b).abs() < 1e-6, "{r} {g} {b}");
                assert!(step == 0 || g >= last - 1e-9);
                last = g;
            }
            assert!(last > 0.9999, "{last}");
        }
    }

    #[test]
    fn reference_white_leaves_room_for_highlights() {
        // BT.2390 puts 203 of 1000 cd/m² at 159 of 203.
        let [_, white, _] = PQ.map([nits_to_pq(REFERENCE_WHITE); 3]);
        assert!((white - 0.903).abs() < 0.001, "{white}");
        // Content that is never brighter needs no room.
        let flat = ToneMap {
            peak: REFERENCE_WHITE,
            ..PQ
        };
        assert!(flat.map([nits_to_pq(REFERENCE_WHITE); 3])[0] > 0.9999);
        // Middle grey is below the knee: untouched.
        let [_, grey, _] = PQ.map([nits_to_pq(26.0); 3]);
        assert!((grey - light_to_gamma(26.0 / 203.0)).abs() < 1e-9);
    }

    #[test]
    fn every_signal_lands_inside_bt_709() {
        for code in 0..1000_u32 {
            let signal = [code % 10, code / 10 % 10, code / 100].map(|step| f64::from(step) / 9.0);
            let found = PQ.map(signal);
            assert!(found.iter().all(|channel| (0.0..=1.0).contains(channel)));
        }
    }

    #[test]
    fn the_peak_is_what_the_metadata_can_be_trusted_with() {
        let check = |display: u32, content: u32, expect: f64| {
            let hdr = HdrMetadata {
                primaries: [(0, 0); 4],
                luminance: (display * 10_000, 50),
                content_light: (content, 0),
            };
            assert!(
                (peak(Some(&hdr)) - expect).abs() < 1e-9,
                "{display} {content}"
            );
        };
        check(1000, 800, 800.0);
        check(1000, 4000, 1000.0);
        check(4000, 0, 4000.0);
        check(0, 0, USUAL_PEAK);
        check(1000, 90, REFERENCE_WHITE);
        assert!((peak(None) - USUAL_PEAK).abs() < 1e-9);
    }
}
