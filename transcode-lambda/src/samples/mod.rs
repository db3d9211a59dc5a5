//! The sample films: three short moving pictures with sound and subtitles, made on this machine so that nothing has to be
//! downloaded. The pictures are drawn here, frame by frame (ffmpeg's own expression filter would need minutes), and go
//! through a pipe into ffmpeg, which scales them, makes the sound and encodes the master. Deterministic.

mod canvas;
mod encode;
mod scenes;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;

use self::canvas::Scene;

/// Frames a second of every sample film.
pub(crate) const FRAME_RATE: u32 = 24;

/// One film that can be made, with the metadata an operator would give it.
#[derive(Clone, Serialize)]
pub struct Film {
    /// File name of the master.
    pub file: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    pub year: u16,
    pub genres: &'static [&'static str],
    pub rating: &'static str,
    /// Least age of a viewer, years.
    pub maturity: u8,
    #[serde(skip)]
    duration_s: u32,
    /// Chords of the sound, one after the other: frequencies in Hz.
    #[serde(skip)]
    chords: &'static [[f64; 4]],
    #[serde(skip)]
    lines: &'static [&'static str],
    #[serde(skip)]
    scene: fn() -> Scene,
}

/// Every sample film, in the order in which they are worth having.
pub fn films() -> Vec<Film> {
    vec![
        Film {
            file: "tidal-light.mp4",
            title: "Tidal Light",
            description: "An evening on a sea without a shore. The sun takes its time, and so does the film.",
            year: 2026,
            genres: &["Nature", "Slow cinema"],
            rating: "G",
            maturity: 0,
            duration_s: 24,
            chords: &[
                [110.0, 220.0, 277.18, 329.63],
                [92.5, 185.0, 233.08, 277.18],
                [73.42, 220.0, 293.66, 369.99],
                [82.41, 207.65, 246.94, 329.63],
            ],
            lines: &[
                "The tide keeps no calendar.",
                "It only remembers the moon.",
                "Every wave is a letter home.",
                "Nobody reads them twice.",
                "The light goes last.",
                "It always comes back first.",
            ],
            scene: scenes::tidal_light,
        },
        Film {
            file: "the-long-orbit.mp4",
            title: "The Long Orbit",
            description: "A probe passes a ringed giant once in eleven years. This is the half minute it waited for.",
            year: 2025,
            genres: &["Science fiction", "Documentary"],
            rating: "PG",
            maturity: 7,
            duration_s: 18,
            chords: &[
                [65.41, 130.81, 196.0, 311.13],
                [58.27, 116.54, 174.61, 293.66],
                [51.91, 155.56, 207.65, 261.63],
            ],
            lines: &[
                "Eleven years to get here.",
                "Signal delay: eighty-one minutes.",
                "The rings are only ice.",
                "We brought a camera anyway.",
                "Next pass in eleven years.",
            ],
            scene: scenes::the_long_orbit,
        },
        Film {
            file: "ember.mp4",
            title: "Ember",
            description: "A fire seen from close by, in HDR: the sparks are as bright as the screen can make them.",
            year: 2026,
            genres: &["Nature"],
            rating: "PG-13",
            maturity: 13,
            duration_s: 12,
            chords: &[
                [87.31, 174.61, 261.63, 349.23],
                [98.0, 196.0, 246.94, 392.0],
            ],
            lines: &[
                "Stay until it burns low.",
                "Someone has to.",
                "The last spark is the slowest.",
            ],
            scene: scenes::ember,
        },
    ]
}

/// Writes `film` into `folder`; `progress` hears of each finished percent. The file appears whole or not at all.
pub fn make(
    film: &Film,
    folder: &Path,
    ffmpeg: &Path,
    mut progress: impl FnMut(u32),
) -> Result<PathBuf> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("{} can't be made", folder.display()))?;
    let scene = (film.scene)();
    let subtitles = folder.join(format!("{}.srt", film.file));
    std::fs::write(&subtitles, subtitles_of(film))?;
    let unfinished = folder.join(format!("unfinished-{}", film.file));
    let frames = film.duration_s * FRAME_RATE;
    encode::encode(film, &scene, &subtitles, &unfinished, ffmpeg, |done| {
        progress(done * 100 / frames);
    })?;
    let finished = folder.join(film.file);
    std::fs::rename(&unfinished, &finished)?;
    std::fs::remove_file(&subtitles)?;
    Ok(finished)
}

/// SubRip cues, spread evenly, each with a pause before the next.
fn subtitles_of(film: &Film) -> String {
    use std::fmt::Write;
    let slot_ms = u64::from(film.duration_s) * 1000 / film.lines.len() as u64;
    let mut text = String::new();
    for (index, line) in film.lines.iter().enumerate() {
        let start_ms = index as u64 * slot_ms + 400;
        let end_ms = (index as u64 + 1) * slot_ms - 300;
        write!(
            text,
            "{}\n{} --> {}\n{line}\n\n",
            index + 1,
            subrip_time(start_ms),
            subrip_time(end_ms)
        )
        .expect("a String takes every write");
    }
    text
}

fn subrip_time(ms: u64) -> String {
    format!(
        "{:02}:{:02}:{:02},{:03}",
        ms / 3_600_000,
        ms / 60_000 % 60,
        ms / 1000 % 60,
        ms % 1000
    )
}

#[cfg(test)]
mod tests {
    use super::{films, subrip_time, subtitles_of};

    #[test]
    fn every_film_is_between_12_and_24_seconds_long() {
        assert!(
            films()
                .iter()
                .all(|film| (12..=24).contains(&film.duration_s))
        );
    }

    #[test]
    fn cues_never_overlap_and_end_within_the_film() {
        for film in films() {
            let text = subtitles_of(&film);
            let last = text
                .lines()
                .rfind(|line| line.contains(" --> "))
                .expect("every film has cues");
            assert!(
                last.ends_with(&subrip_time(u64::from(film.duration_s) * 1000 - 300)),
                "{last}"
            );
        }
    }
}
