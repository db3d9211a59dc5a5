//! Per title: what sample encodes say about a film, and what becomes of its rungs.
//!
//! Each sample is encoded at up to three sizes with one rate factor. How many bits that takes says how much there is to code, how
//! near it comes to the source says how much of it shows. Harder films get more of the ladder's rate, films that look perfect
//! anyway a higher rate factor. Grain and fine detail are hard at 1080p and gone at 360p: each rung goes by the sizes next to
//! its own, and stays a step above the one below it.

use serde::{Deserialize, Serialize};

use super::{Plan, Rung, Settings, VideoPlan, size};

/// The rate factor of sample encodes (x264, `veryfast`).
pub const REFERENCE_CRF: u32 = 23;

/// The boxes of sample encodes.
const REFERENCE_BOXES: [(u32, u32); 3] = [(640, 360), (960, 540), (1920, 1080)];

/// What a film of ordinary complexity takes at [`ORDINARY_PIXELS`], kbit/s at 30 fps and less: live action, moderate grain.
const ORDINARY_KBPS: f64 = 1500.0;

/// The size of which that is true.
const ORDINARY_PIXELS: f64 = 960.0 * 540.0;

/// How an ordinary film's rate grows with its pixels: twice the pixels need less than twice the bits.
const RATE_EXPONENT: f64 = 0.75;

/// Its VMAF.
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
    /// The samples, in the film's order, at each place from small to large.
    pub samples: Vec<ComplexitySample>,
    /// What follows for rungs of each size that was sampled, from small to large.
    #[serde(default)]
    pub fits: Vec<Fit>,
}

/// One sample at one size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ComplexitySample {
    /// Its first frame.
    pub start_frame: u64,
    /// Its size.
    #[serde(default)]
    pub size: (u32, u32),
    /// Its rate at [`REFERENCE_CRF`], kbit/s.
    pub kbps: f64,
    /// Its quality there, 0 to 100.
    pub vmaf: f64,
}

/// What a rung gets.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fit {
    /// Its lines: the shorter side.
    pub lines: u32,
    /// Of the ladder's rate.
    pub rate_share: f64,
    /// Added to its rate factor.
    pub crf_offset: f64,
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

    /// The sizes of sample encodes, from small to large: none above the source, and none twice.
    pub fn sizes(display: (f64, f64)) -> Vec<(u32, u32)> {
        let mut sizes = REFERENCE_BOXES
            .map(|boxed| size::fit(display, boxed))
            .to_vec();
        sizes.dedup();
        sizes
    }

    /// What samples at that frame rate amount to. `None` without samples.
    fn judge(samples: Vec<ComplexitySample>, fps: f64) -> Option<Self> {
        let mut sizes: Vec<(u32, u32)> = samples.iter().map(|sample| sample.size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let fits = sizes.into_iter().map(|size| {
            let of_size = samples.iter().filter(|sample| sample.size == size);
            Fit::of(size, &of_size.collect::<Vec<_>>(), fps)
        });
        let fits: Vec<Fit> = fits.collect();
        (!fits.is_empty()).then_some(Self { samples, fits })
    }

    /// What a rung of that many lines gets: between the sizes next to it, by the logarithm of lines.
    fn at(&self, lines: u32) -> (f64, i32) {
        let above = self.fits.partition_point(|fit| fit.lines < lines);
        let upper = self.fits.get(above).or(self.fits.last());
        let lower = self.fits.get(above.saturating_sub(1)).or(upper);
        let Some((lower, upper)) = lower.zip(upper) else {
            return (1.0, 0);
        };
        let log = |lines: u32| f64::from(lines.max(1)).ln();
        let span = log(upper.lines) - log(lower.lines);
        let way = if span > 0.0 {
            ((log(lines) - log(lower.lines)) / span).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let between = |from: f64, to: f64| from + (to - from) * way;
        let share = between(lower.rate_share, upper.rate_share);
        let offset = between(lower.crf_offset, upper.crf_offset).round();
        (share, offset as i32)
    }
}

impl Fit {
    fn of((width, height): (u32, u32), samples: &[&ComplexitySample], fps: f64) -> Self {
        let count = samples.len() as f64;
        let mean = samples.iter().map(|sample| sample.kbps).sum::<f64>() / count;
        let most = samples.iter().map(|sample| sample.kbps).fold(0.0, f64::max);
        let vmaf = samples.iter().map(|sample| sample.vmaf).sum::<f64>() / count;
        let pixels = f64::from(width) * f64::from(height);
        let ordinary = ORDINARY_KBPS * (pixels / ORDINARY_PIXELS).powf(RATE_EXPONENT);
        let faster = if fps > 30.5 { 1.4 } else { 1.0 };
        // Between the average and the hardest place, as the samples will have missed the very hardest. The square root halves
        // the film's distance from the ordinary one: the ladder's rates are also what viewers' connections carry.
        let hardness = f64::midpoint(mean, most) / (ordinary * faster);
        let share = hardness.max(0.0).sqrt().clamp(SHARES.0, SHARES.1);
        let offset = (vmaf - ORDINARY_VMAF) / VMAF_PER_STEP;
        Self {
            lines: width.min(height),
            rate_share: (share * 100.0).round() / 100.0,
            crf_offset: offset.clamp(OFFSETS.0, OFFSETS.1).round(),
        }
    }
}

impl Plan {
    /// Fits the rungs to what sample encodes measured. Without samples the plan stays as it is.
    pub fn fit(&mut self, samples: Vec<ComplexitySample>) {
        let fps = self.video.frame_rate.fps();
        let Some(complexity) = Complexity::judge(samples, fps) else {
            return;
        };
        let mut below: Option<Rung> = None;
        for rung in &mut self.video.rungs {
            let (share, offset) = complexity.at(rung.width.min(rung.height));
            let family = |rung: &Rung| (rung.codec, rung.range);
            let below_it = below.take().filter(|below| family(below) == family(rung));
            *rung = rung.fitted(share, offset, below_it.as_ref());
            below = Some(rung.clone());
        }
        let told = complexity.fits.iter().map(|fit| {
            let Fit {
                lines,
                rate_share,
                crf_offset,
            } = fit;
            format!("{rate_share:.2} at {lines} lines (rate factor {crf_offset:+})")
        });
        let told: Vec<_> = told.collect();
        self.notes.push(format!(
            "Per title, of the ladder's rates: {}.",
            told.join(", ")
        ));
        self.complexity = Some(complexity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDDLE: (u32, u32) = (960, 540);

    fn of_size(size: (u32, u32), samples: &[(f64, f64)]) -> Vec<ComplexitySample> {
        let samples = samples.iter().map(|&(kbps, vmaf)| ComplexitySample {
            start_frame: 0,
            size,
            kbps,
            vmaf,
        });
        samples.collect()
    }

    fn judged(samples: &[(f64, f64)]) -> (f64, i32) {
        let found = Complexity::judge(of_size(MIDDLE, samples), 24.0).unwrap();
        found.at(540)
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

    #[test]
    fn a_rung_goes_by_the_sizes_next_to_its_own() {
        let samples = [
            of_size((640, 360), &[(200.0, 98.0)]),
            of_size(MIDDLE, &[(1500.0, 94.0)]),
            of_size((1920, 1080), &[(9000.0, 90.0)]),
        ];
        let found = Complexity::judge(samples.concat(), 24.0).unwrap();
        assert_eq!(found.at(234), (0.5, 2), "as 360 lines");
        assert_eq!(found.at(360), (0.5, 2));
        assert_eq!(found.at(540), (1.0, 0));
        assert_eq!(found.at(1080), (1.25, -2));
        assert_eq!(found.at(2160), (1.25, -2), "as 1080 lines");
        let (share, offset) = found.at(720);
        assert!(
            share > 1.0 && share < 1.25 && offset == -1,
            "{share} {offset}"
        );
    }

    #[test]
    fn samples_are_of_no_size_above_the_source_and_of_none_twice() {
        let sizes = |display| Complexity::sizes(display);
        assert_eq!(sizes((3840.0, 2160.0)), [(640, 360), MIDDLE, (1920, 1080)]);
        assert_eq!(sizes((1280.0, 720.0)), [(640, 360), MIDDLE, (1280, 720)]);
        assert_eq!(sizes((320.0, 180.0)), [(320, 180)]);
        assert_eq!(
            sizes((1080.0, 1920.0)),
            [(360, 640), (540, 960), (1080, 1920)]
        );
    }
}
