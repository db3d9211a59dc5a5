//! Loudness as EBU R 128 (ITU-R BS.1770-4) measures it, and what follows from it.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// What stereo is brought to: EBU R 128's programme loudness. A film's dynamics fit below its peaks there; −16 LUFS, which
/// phones like, would press most mixes into the limiter.
pub const TARGET_LUFS: f64 = -23.0;

/// The highest true peak before AAC, which overshoots by some tenths: published peaks stay below −1 dBTP (EBU R 128 s2).
pub const CEILING_DBTP: f64 = -1.5;

/// Room tone that is raised further is noise.
const MOST_GAIN_DB: f64 = 20.0;

/// Below it, everything was gated away: silence.
const SILENCE_LUFS: f64 = -69.9;

/// A programme's loudness.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Loudness {
    /// Integrated, LUFS.
    pub integrated_lufs: f64,
    /// The highest true peak, dBTP.
    pub true_peak_dbtp: f64,
}

impl Loudness {
    /// What brings it to [`TARGET_LUFS`], dB.
    pub fn gain_db(&self) -> f64 {
        (TARGET_LUFS - self.integrated_lufs).min(MOST_GAIN_DB)
    }

    /// Integrated loudness after the gain. Where the limiter works, it is a little less.
    pub fn published_lufs(&self) -> f64 {
        ((self.integrated_lufs + self.gain_db()) * 10.0).round() / 10.0
    }

    /// The limiter's threshold as a factor, when peaks would pass [`CEILING_DBTP`].
    pub(super) fn limit(&self) -> Option<f64> {
        let is_needed = self.true_peak_dbtp + self.gain_db() > CEILING_DBTP;
        is_needed.then(|| 10_f64.powf(CEILING_DBTP / 20.0))
    }
}

/// `dialnorm`, −31 to −1 dB: the whole programme stands for its dialogue (rule 90). Silence gets −31, which asks decoders
/// for no change.
pub(super) fn dialnorm(loudness: Option<Loudness>) -> i32 {
    loudness.map_or(-31, |loudness| {
        (loudness.integrated_lufs.round() as i32).clamp(-31, -1)
    })
}

/// Reads the summary that `ebur128` prints at its end; `None` for silence.
pub(super) fn read(printed: &str) -> Result<Option<Loudness>> {
    let (_, summary) = printed
        .rsplit_once("Summary:")
        .context("ffmpeg measured no loudness")?;
    let value = |label: &str| {
        let line = summary
            .lines()
            .find_map(|line| line.trim().strip_prefix(label))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    let integrated_lufs = value("I:").context("a summary without loudness")?;
    let true_peak_dbtp = value("Peak:").context("a summary without a true peak")?;
    let is_silent = integrated_lufs <= SILENCE_LUFS || !true_peak_dbtp.is_finite();
    Ok((!is_silent).then_some(Loudness {
        integrated_lufs,
        true_peak_dbtp,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "[out#0/null] x\n[Parsed_ebur128_1 @ 0x7f] Summary:\n\n  Integrated loudness:\n    I:         -15.1 LUFS\n    \
        Threshold: -25.1 LUFS\n\n  Loudness range:\n    LRA:         0.0 LU\n    Threshold: -35.1 LUFS\n    LRA low:   -15.1 LUFS\n    \
        LRA high:  -15.1 LUFS\n\n  True peak:\n    Peak:      -10.4 dBFS\n[out#0/null] video:0KiB";

    #[test]
    fn a_summary_is_read_and_silence_has_no_loudness() {
        let found = read(PRINTED).unwrap().unwrap();
        assert_eq!(
            found,
            Loudness {
                integrated_lufs: -15.1,
                true_peak_dbtp: -10.4
            }
        );
        let silent = PRINTED.replace("-15.1", "-70.0").replace("-10.4", "-inf");
        assert_eq!(read(&silent).unwrap(), None);
        assert!(read("nothing").is_err());
    }

    #[test]
    fn the_gain_is_bounded_and_the_limiter_works_only_where_peaks_need_it() {
        let check =
            |integrated_lufs: f64, true_peak_dbtp: f64, gain: f64, limited: bool, level: i32| {
                let loudness = Loudness {
                    integrated_lufs,
                    true_peak_dbtp,
                };
                assert!((loudness.gain_db() - gain).abs() < 1e-9, "{loudness:?}");
                assert_eq!(loudness.limit().is_some(), limited, "{loudness:?}");
                assert_eq!(dialnorm(Some(loudness)), level);
            };
        check(-15.1, -10.4, -7.9, false, -15);
        check(-31.0, -3.0, 8.0, true, -31);
        check(-27.4, -9.0, 4.4, false, -27);
        check(-60.0, -40.0, 20.0, false, -31);
        assert_eq!(dialnorm(None), -31);
    }
}
