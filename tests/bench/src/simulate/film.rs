//! From recorded runs to the tasks of a longer film: chunks repeat in the order in which they were recorded; what is done
//! once for a film grows with its length, along the line through two recordings where there are two. A probe looks at and
//! samples a fixed number of places, and pictures are cut from a fixed number: those are taken not to grow. A probe's reading
//! of every packet does, at the speed of the disk; it is left out. A verification decodes a fixed number of samples and reads every
//! byte that was packaged: it is taken to grow by as much as packaging does.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::schedule::Task;

/// Timings of one run, as `transcode run --timings` writes them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recording {
    /// What the film that was recorded lasts.
    pub(crate) duration_s: f64,
    pub(crate) tasks: Vec<Recorded>,
}

/// One task's time.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recorded {
    pub(crate) kind: String,
    pub(crate) seconds: f64,
}

impl Recording {
    /// The tasks of a film of that length. `shorter` is a run of a shorter film, if there was one: it tells what of a task's
    /// time comes with every film, however long.
    pub(crate) fn film(&self, shorter: Option<&Self>, film_s: f64) -> Result<Vec<Task>> {
        ensure!(
            self.duration_s > 0.0 && film_s > 0.0,
            "a film lasts longer than 0 s"
        );
        let shorter = shorter.filter(|shorter| shorter.duration_s < self.duration_s);
        let mut all = self.tasks.iter();
        ensure!(
            all.all(|task| task.seconds.is_finite() && task.seconds >= 0.0),
            "a recorded time is not 0 s or more"
        );
        let growth = film_s / self.duration_s;
        let grown = |kind: &str, place: usize, seconds: f64| {
            let before = shorter.and_then(|shorter| Some((shorter, shorter.nth(kind, place)?)));
            let Some((shorter, before)) = before else {
                return seconds * growth;
            };
            let slope = (seconds - before) / (self.duration_s - shorter.duration_s);
            seconds + slope.max(0.0) * (film_s - self.duration_s)
        };
        let of_kind = |kind: &'static str| self.tasks.iter().filter(move |task| task.kind == kind);
        let probe = self.nth("probe", 0);
        let mut tasks = vec![Task {
            name: "probe".to_owned(),
            seconds: probe.context("the recording has no probe")?,
            after: Vec::new(),
        }];
        let add = |name: String, seconds: f64, tasks: &mut Vec<Task>| {
            tasks.push(Task {
                name,
                seconds,
                after: vec![0],
            });
        };
        for task in of_kind("images") {
            add("images".to_owned(), task.seconds, &mut tasks);
        }
        for kind in ["subtitles", "audio"] {
            for (place, task) in of_kind(kind).enumerate() {
                let seconds = grown(kind, place, task.seconds);
                add(format!("{kind} {place}"), seconds, &mut tasks);
            }
        }
        let chunks: Vec<f64> = of_kind("encode").map(|task| task.seconds).collect();
        ensure!(!chunks.is_empty(), "the recording has no encoded chunk");
        let count = (chunks.len() as f64 * growth).round().max(1.0) as usize;
        for (place, seconds) in chunks.iter().cycle().take(count).enumerate() {
            add(format!("chunk {place}"), *seconds, &mut tasks);
        }
        let package = self.nth("package", 0);
        let package = package.context("the recording has no package")?;
        let packaged = grown("package", 0, package);
        let verify = self.nth("verify", 0);
        let verify = verify.context("the recording has no verify")?;
        tasks.push(Task {
            name: "package".to_owned(),
            seconds: packaged,
            after: (1..tasks.len()).collect(),
        });
        tasks.push(Task {
            name: "verify".to_owned(),
            seconds: verify + packaged - package,
            after: vec![tasks.len() - 1],
        });
        Ok(tasks)
    }

    /// The time of the n-th task of a kind.
    fn nth(&self, kind: &str, place: usize) -> Option<f64> {
        let mut of_kind = self.tasks.iter().filter(|task| task.kind == kind);
        of_kind.nth(place).map(|task| task.seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(json: &str) -> Recording {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn chunks_repeat_and_what_is_done_once_grows_with_the_film() {
        let short = recording(
            r#"{"durationS": 20, "tasks": [{"kind": "probe", "seconds": 1}, {"kind": "images", "seconds": 3},
                {"kind": "audio", "seconds": 2}, {"kind": "encode", "seconds": 10}, {"kind": "encode", "seconds": 12},
                {"kind": "package", "seconds": 4}, {"kind": "verify", "seconds": 5}]}"#,
        );
        let film = short.film(None, 60.0).unwrap();
        let told: Vec<_> = film
            .iter()
            .map(|task| (task.name.as_str(), task.seconds))
            .collect();
        assert_eq!(
            told,
            [
                ("probe", 1.0),
                ("images", 3.0),
                ("audio 0", 6.0),
                ("chunk 0", 10.0),
                ("chunk 1", 12.0),
                ("chunk 2", 10.0),
                ("chunk 3", 12.0),
                ("chunk 4", 10.0),
                ("chunk 5", 12.0),
                ("package", 12.0),
                ("verify", 13.0),
            ]
        );
        assert_eq!(film[9].after, (1..9).collect::<Vec<_>>());
        assert_eq!(film[10].after, [9]);
    }

    #[test]
    fn two_recordings_tell_what_comes_with_every_film() {
        let of = |duration_s: u32, package: u32| {
            recording(&format!(
                r#"{{"durationS": {duration_s}, "tasks": [{{"kind": "probe", "seconds": 1}}, {{"kind": "encode", "seconds": 10}},
                    {{"kind": "package", "seconds": {package}}}, {{"kind": "verify", "seconds": 7}}]}}"#
            ))
        };
        let (short, long) = (of(10, 4), of(20, 6));
        let film = long.film(Some(&short), 120.0).unwrap();
        let seconds: Vec<f64> = film.iter().map(|task| task.seconds).collect();
        let ends = (seconds[0], seconds[seconds.len() - 1]);
        assert_eq!(
            ends,
            (1.0, 27.0),
            "0.2 s of packaging, and so of verifying, for each second more"
        );
        assert_eq!(film.len(), 9);
    }

    #[test]
    fn a_recording_that_lacks_something_says_what() {
        let without = recording(r#"{"durationS": 20, "tasks": [{"kind": "probe", "seconds": 1}]}"#);
        let error = without.film(None, 60.0).unwrap_err();
        assert!(error.to_string().contains("encoded chunk"), "{error}");
    }
}
