//! Per title: what sample encodes say about a film, and what becomes of its rungs.
//!
//! Each sample is encoded at one size with one rate factor. How many bits that takes says how much there is to code, how near
//! it comes to the source says how much of it shows. Harder films get more of the ladder's rate, films that look perfect anyway
//! a higher rate factor. All rungs move together, so that their steps stay what the ladder made them.

use serde::{Deserialize, Serialize};

use super::{Plan, Settings, VideoPlan, size};

/// The rate factor of sample encodes (x264, `veryfast`).
pub const REFERENCE_CRF: u32 = 23;

/// The box of sample encodes.
const REFERENCE_BOX: (u32, u32) = (960, 540);

/// What a film of ordinary complexity takes there, kbit/s at 30 fps and less: live action, moderate grain.
const ORDINARY_KBPS: f64 = 1500.0;

/// Its VMAF there.
const ORDINARY_VMAF: f64 = 94.0;

/// Of the ladder's rates: no film gets less, none more.
const SHARES: (f64, f64) = (0.5, 1.25);

/// Rate factors move this far at most: down for films that lose quality, up for films that don't.
const OFFSETS: (f64, f64) = (-2.0, 3.0);

/// VMAF points that are worth one step of the rate factor.
const VMAF_PER_STEP: f64 = 2.0;

/// What the samples of a film measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Complexity {
    /// The samples, in the film's order.
    pub samples: Vec<ComplexitySample>,
    /// What each rung got of the ladder's rate.
    pub rate_share: f64,
    /// What was added to each rung's rate factor.
    pub crf_offset: i32,
}

/// One sample.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ComplexitySample {
    /// Its first frame.
    pub start_frame: u64,
    /// Its rate at [`REFERENCE_CRF`], kbit/s.
    pub kbps: f64,
    /// Its quality there, 0 to 100.
    pub vmaf: f64,
}

/// Where a sample is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SamplePlace {
    /// Its first frame: that of a GOP.
    pub start_frame: u64,
    /// A GOP's frames at most.
    pub frames: u64,
}

impl Complexity {
    /// Where samples are taken: spread evenly, none where a short film has no GOP left.
    pub fn places(video: &VideoPlan, settings: &Settings) -> Vec<SamplePlace> {
        let wanted = settings.preset.samples();
        let gop = u64::from(video.gop_frames.max(1));
        let mut places: Vec<SamplePlace> = Vec::new();
        for number in 1..=wanted {
            let start_frame = video.frames * number / (wanted + 1) / gop * gop;
            if places.iter().all(|place| place.start_frame != start_frame) {
                places.push(SamplePlace {
                    start_frame,
                    frames: gop.min(video.frames - start_frame),
                });
            }
        }
        places
    }

    /// The size of sample encodes.
    pub fn size(display: (f64, f64)) -> (u32, u32) {
        size::fit(display, REFERENCE_BOX)
    }

    /// What samples at that size and frame rate amount to. `None` without samples.
    fn judge(
        samples: Vec<ComplexitySample>,
        (width, height): (u32, u32),
        fps: f64,
    ) -> Option<Self> {
        let count = samples.len() as f64;
        if samples.is_empty() {
            return None;
        }
        let mean = samples.iter().map(|sample| sample.kbps).sum::<f64>() / count;
        let most = samples.iter().map(|sample| sample.kbps).fold(0.0, f64::max);
        let vmaf = samples.iter().map(|sample| sample.vmaf).sum::<f64>() / count;
        let (across, down) = REFERENCE_BOX;
        let area = f64::from(width * height) / f64::from(across * down);
        let faster = if fps > 30.5 { 1.4 } else { 1.0 };
        // Between the average and the hardest place, as the samples will have missed the very hardest. The square root halves
        // the film's distance from the ordinary one: the ladder's rates are also what viewers' connections carry.
        let hardness = f64::midpoint(mean, most) / (ORDINARY_KBPS * area * faster);
        let share = hardness.max(0.0).sqrt().clamp(SHARES.0, SHARES.1);
        let offset = ((vmaf - ORDINARY_VMAF) / VMAF_PER_STEP).round();
        Some(Self {
            samples,
            rate_share: (share * 100.0).round() / 100.0,
            crf_offset: offset.clamp(OFFSETS.0, OFFSETS.1) as i32,
        })
    }
}

impl Plan {
    /// Fits the rungs to what sample encodes of that size measured. Without samples the plan stays as it is.
    pub fn fit(&mut self, samples: Vec<ComplexitySample>, size: (u32, u32)) {
        let fps = self.video.frame_rate.fps();
        let Some(complexity) = Complexity::judge(samples, size, fps) else {
            return;
        };
        let Complexity {
            rate_share,
            crf_offset,
            ..
        } = complexity;
        for rung in &mut self.video.rungs {
            *rung = rung.scaled(rate_share, crf_offset);
        }
        self.notes.push(format!(
            "Per title: {rate_share:.2} of the ladder's rates, rate factors {crf_offset:+}."
        ));
        self.complexity = Some(complexity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(samples: &[(f64, f64)]) -> (f64, i32) {
        let samples = samples.iter().map(|&(kbps, vmaf)| ComplexitySample {
            start_frame: 0,
            kbps,
            vmaf,
        });
        let found = Complexity::judge(samples.collect(), (960, 540), 24.0).unwrap();
        (found.rate_share, found.crf_offset)
    }

    #[test]
    fn an_ordinary_film_gets_the_ladder_as_it_is() {
        assert_eq!(judged(&[(1500.0, 94.0), (1500.0, 94.0)]), (1.0, 0));
    }

    #[test]
    fn a_cartoon_gets_less_and_grain_gets_more_within_bounds() {
        assert_eq!(judged(&[(540.0, 98.0)]), (0.6, 2));
        assert_eq!(judged(&[(2000.0, 91.0)]), (1.15, -2));
        assert_eq!(judged(&[(1.0, 100.0)]), (0.5, 3));
        assert_eq!(judged(&[(90_000.0, 20.0)]), (1.25, -2));
    }

    #[test]
    fn harder_films_never_get_less_and_better_looking_ones_never_a_lower_rate_factor() {
        let mut last = (0.0, -2);
        for step in 0..200 {
            let step = f64::from(step);
            let (share, offset) = judged(&[(step * 25.0, 80.0 + step / 10.0)]);
            assert!(share >= last.0 && offset >= last.1, "{step}");
            last = (share, offset);
        }
    }

    #[test]
    fn one_hard_place_counts_more_than_its_share_of_the_film() {
        let (even, _) = judged(&[(900.0, 94.0), (900.0, 94.0), (900.0, 94.0)]);
        let (uneven, _) = judged(&[(300.0, 94.0), (300.0, 94.0), (2100.0, 94.0)]);
        assert!(uneven > even);
    }
}
