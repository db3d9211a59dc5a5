//! How loud the tracks are (EBU R 128), all in one process. Short films are heard whole, long ones in samples spread over them.

use anyhow::Result;
use shared::ladder::{Loudness, Source, SourceAudio};

use super::Probe;
use crate::{
    failure::{Cancelled, ToolFailed},
    input,
    process::{Invocation, Limits},
};

/// Seconds of sound times channels that are measured: some fifteen seconds of one processor.
const CHANNEL_SECONDS: f64 = 9600.0;

/// Samples of a long film.
const SAMPLES: u32 = 20;

/// Shorter samples than this measure little: a loudness block lasts 3 s (EBU Tech 3341).
const SHORTEST_SAMPLE_S: f64 = 6.0;

/// The gate below which R 128 hears nothing, LUFS.
const SILENCE_LUFS: f64 = -69.9;

/// What a summary takes, times the most tracks that are measured.
const SUMMARIES_BYTES: usize = 512 * MOST_TRACKS;

/// More tracks than this are not worth the time.
const MOST_TRACKS: usize = 64;

/// What was heard.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Of every track of the source.
    pub(super) loudness: Vec<Option<Loudness>>,
    /// There is nothing to hear, and that is certain.
    pub(super) is_silent: bool,
    /// What an operator should know.
    pub(super) notes: Vec<String>,
}

/// Which part of the film is heard.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Hearing {
    Whole,
    Samples { length_s: f64 },
}

impl Hearing {
    fn of(duration_s: f64, channels: u32) -> Self {
        let channels = f64::from(channels.max(1));
        if duration_s * channels <= CHANNEL_SECONDS {
            return Self::Whole;
        }
        let length_s = CHANNEL_SECONDS / channels / f64::from(SAMPLES);
        let most_s = duration_s / f64::from(SAMPLES);
        Self::Samples {
            length_s: length_s.max(SHORTEST_SAMPLE_S).min(most_s),
        }
    }

    /// The inputs' arguments.
    fn inputs(self, input: &str, duration_s: f64) -> Vec<String> {
        let film = input::film(input);
        match self {
            Self::Whole => film,
            Self::Samples { length_s } => (0..SAMPLES)
                .flat_map(|place| {
                    let middle_s = duration_s * (f64::from(place) + 0.5) / f64::from(SAMPLES);
                    let start = format!("{:.3}", (middle_s - length_s / 2.0).max(0.0));
                    let length = format!("{length_s:.3}");
                    let cut = ["-ss", &start, "-t", &length].map(str::to_owned);
                    cut.into_iter().chain(film.iter().cloned())
                })
                .collect(),
        }
    }

    /// The filter of one track. Its name says in the log which it is.
    fn filter(self, stream: u32) -> String {
        let meter = format!("ebur128@s{stream}=peak=true:framelog=quiet[m{stream}]");
        match self {
            Self::Whole => format!("[0:{stream}]{meter}"),
            Self::Samples { .. } => {
                let parts = (0..SAMPLES).map(|place| format!("[{place}:{stream}]"));
                let parts = parts.collect::<Vec<_>>().concat();
                format!("{parts}concat=n={SAMPLES}:v=0:a=1,{meter}")
            }
        }
    }

    fn measured_s(self, duration_s: f64) -> f64 {
        match self {
            Self::Whole => duration_s,
            Self::Samples { length_s } => length_s * f64::from(SAMPLES),
        }
    }
}

impl Probe<'_> {
    /// Measures every track that can be heard, in the order of the source; and says what an operator should know. A track
    /// that can't be measured is no reason against the master.
    pub(super) async fn listen(&self, source: &Source) -> Result<Heard> {
        let audible = |track: &&SourceAudio| track.channels > 0 && track.sample_rate > 0;
        let tracks: Vec<&SourceAudio> = source
            .audio
            .iter()
            .filter(audible)
            .take(MOST_TRACKS)
            .collect();
        if tracks.is_empty() {
            return Ok(Heard {
                loudness: vec![None; source.audio.len()],
                is_silent: source.audio.is_empty(),
                notes: Vec::new(),
            });
        }
        let film_s = source.video.duration_us as f64 / 1e6;
        let duration_s = (tracks.iter().map(|track| track.duration_us).max())
            .filter(|longest| *longest > 0)
            .map_or(film_s, |longest| (longest as f64 / 1e6).min(film_s + 60.0));
        let hearing = Hearing::of(duration_s, tracks.iter().map(|track| track.channels).sum());
        let heard = match self.hear(&tracks, hearing, duration_s).await {
            // One track that has no decoder keeps ffmpeg from hearing any: then each for itself.
            Err(error) if error.is::<ToolFailed>() && tracks.len() > 1 => {
                let mut said = String::new();
                for track in &tracks {
                    let alone = self.hear(&[*track], hearing, duration_s).await;
                    match alone {
                        Ok(words) => said.push_str(&words),
                        Err(error) if error.is::<ToolFailed>() => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(said)
            }
            heard => heard,
        };
        match heard {
            Ok(said) => Ok(read_all(source, &said, hearing, duration_s)),
            Err(error) if error.is::<Cancelled>() => Err(error),
            Err(_) => Ok(Heard {
                loudness: vec![None; source.audio.len()],
                is_silent: false,
                notes: vec!["The loudness could not be measured.".to_owned()],
            }),
        }
    }

    /// Plays tracks into a meter each, and returns what the meters say.
    async fn hear(
        &self,
        tracks: &[&SourceAudio],
        hearing: Hearing,
        duration_s: f64,
    ) -> Result<String> {
        let meters = tracks.iter().map(|track| hearing.filter(track.stream));
        let graph: Vec<String> = meters.collect();
        let outputs = tracks
            .iter()
            .flat_map(|track| ["-map".to_owned(), format!("[m{}]", track.stream)]);
        let limits = Limits {
            total: self.bounds.measure,
            ..super::DECODE
        };
        let measured = Invocation::new(&self.tools.ffmpeg, &self.folder, limits)
            .only_reads()
            .keeping(SUMMARIES_BYTES)
            .args("-hide_banner -nostats -nostdin -v info -threads 2 -filter_threads 1".split(' '))
            .args(hearing.inputs(&self.master.input, duration_s))
            .args(["-filter_complex", &graph.join(";")])
            .args(outputs)
            .args(["-f", "null", "-"])
            .output(self.cancel)
            .await;
        measured.map(|(_, said)| said)
    }
}

fn read_all(source: &Source, said: &str, hearing: Hearing, duration_s: f64) -> Heard {
    let mut heard = Heard::default();
    let mut silent = 0;
    for track in &source.audio {
        let found = summary(said, track.stream);
        let (integrated_lufs, range_lu, true_peak_dbtp) = found.unwrap_or_default();
        let is_silent = integrated_lufs < SILENCE_LUFS || !true_peak_dbtp.is_finite();
        if found.is_some() && is_silent {
            silent += 1;
            heard
                .notes
                .push(format!("Audio stream {} is silent.", track.stream));
        }
        let loudness = Loudness {
            integrated_lufs,
            range_lu,
            true_peak_dbtp,
            measured_s: (hearing.measured_s(duration_s) * 10.0).round() / 10.0,
            is_sampled: hearing != Hearing::Whole,
        };
        let is_measured = found.is_some() && !is_silent;
        heard.loudness.push(is_measured.then_some(loudness));
    }
    heard.is_silent = silent == source.audio.len();
    heard
}

/// Integrated loudness, range and true peak, as `ebur128` sums them up.
fn summary(said: &str, stream: u32) -> Option<(f64, f64, f64)> {
    let begin = said.find(&format!("[ebur128@s{stream} @"))?;
    let rest = &said[begin..];
    // The next bracket begins what somebody else says.
    let text = rest[1..].find("\n[").map_or(rest, |end| &rest[..=end]);
    let value = |name: &str| -> Option<f64> {
        let line = text
            .lines()
            .find_map(|line| line.trim().strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    Some((value("I:")?, value("LRA:")?, value("Peak:")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_read_by_the_name_of_its_track() {
        let said = "[ebur128@s2 @ 0x7f] Summary:\n\n  Integrated loudness:\n    I:         -15.2 LUFS\n    Threshold: -25.2 LUFS\n\n  \
                    Loudness range:\n    LRA:         0.7 LU\n    Threshold: -35.2 LUFS\n    LRA low:   -15.8 LUFS\n\n  True peak:\n    \
                    Peak:      -12.7 dBFS\n[ebur128@s1 @ 0x7f] Summary:\n\n  Integrated loudness:\n    I:         -70.0 LUFS\n\n  \
                    Loudness range:\n    LRA:         0.0 LU\n\n  True peak:\n    Peak:       -inf dBFS\n[out#0/null @ 0x55] video:0KiB\n";
        assert_eq!(summary(said, 2), Some((-15.2, 0.7, -12.7)));
        assert_eq!(summary(said, 1), Some((-70.0, 0.0, f64::NEG_INFINITY)));
        assert_eq!(summary(said, 3), None);
    }

    #[test]
    fn a_long_film_is_heard_in_samples_and_a_short_one_whole() {
        assert_eq!(Hearing::of(600.0, 8), Hearing::Whole);
        assert_eq!(Hearing::of(7200.0, 8), Hearing::Samples { length_s: 60.0 });
        let Hearing::Samples { length_s } = Hearing::of(7200.0, 300) else {
            panic!("heard whole");
        };
        assert!((length_s - SHORTEST_SAMPLE_S).abs() < 0.001);
        let words = Hearing::of(7200.0, 8).inputs("/film", 7200.0);
        let starts: Vec<_> = words.iter().filter(|word| *word == "-ss").collect();
        assert_eq!(starts.len(), SAMPLES as usize);
    }
}
