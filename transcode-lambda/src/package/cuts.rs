//! Black and silence, where intros and credits begin and end: looked for in the smallest rendition and its sound, which are
//! at hand and cheap to decode, and only in the parts that matter.

use std::path::Path;

use anyhow::Result;
use shared::{
    asset::Marker,
    ladder::{AudioCodec, Codec, Plan, Span, searched, suggested},
};

use super::Track;
use crate::{
    engine::{Engine, Signals},
    process::{Invocation, Limits},
};

/// What chapters mark, and suggestions for what they don't.
pub(super) async fn markers(
    engine: &Engine,
    folder: &Path,
    plan: &Plan,
    tracks: &[Track],
    signals: &Signals,
) -> Result<Vec<Marker>> {
    let mut markers = plan.markers.clone();
    let sdr = plan
        .video
        .rungs
        .iter()
        .filter(|rung| rung.codec == Codec::H264);
    let smallest = sdr.min_by_key(|rung| (rung.width, rung.max_kbps));
    let picture = smallest.and_then(|rung| tracks.iter().find(|track| track.id == rung.id));
    let (Some(picture), true) = (picture, markers.len() < 2) else {
        return Ok(markers);
    };
    let stereo = plan
        .audio
        .iter()
        .find(|audio| audio.codec == AudioCodec::Aac && audio.default);
    let sound = stereo.and_then(|audio| tracks.iter().find(|track| track.id == audio.id));
    let (mut black, mut silence) = (Vec::new(), Vec::new());
    for part in searched(plan.duration_ms) {
        let search = Search {
            engine,
            folder,
            signals,
            part,
        };
        let (dark, quiet) = search.run(picture, sound).await?;
        black.extend(dark);
        silence.extend(quiet);
    }
    let found = suggested(plan.duration_ms, &black, &silence);
    for marker in found {
        if markers.iter().all(|known| known.kind != marker.kind) {
            markers.push(marker);
        }
    }
    Ok(markers)
}

struct Search<'a> {
    engine: &'a Engine,
    folder: &'a Path,
    signals: &'a Signals,
    part: Span,
}

impl Search<'_> {
    /// One pass over a part: black of a quarter of a second, silence of a third below −50 dB.
    async fn run(&self, picture: &Track, sound: Option<&Track>) -> Result<(Vec<Span>, Vec<Span>)> {
        let mut graph =
            "[0:v]blackdetect=d=0.25:pix_th=0.1,metadata=print:file=black.txt[v]".to_owned();
        let mut words = self.input(picture);
        let mut outputs = vec!["-map", "[v]", "-f", "null", "-"];
        if let Some(sound) = sound {
            graph += ";[1:a]silencedetect=n=-50dB:d=0.3,ametadata=print:file=silence.txt[a]";
            words.extend(self.input(sound));
            outputs.extend(["-map", "[a]", "-f", "null", "-"]);
        }
        Invocation::new(&self.engine.tools.ffmpeg, self.folder, Limits::FILM)
            .args("-v error -nostdin -y".split(' '))
            .args(words)
            .args(["-filter_complex", &graph])
            .args(outputs)
            .output(&self.signals.cancel)
            .await?;
        let black = self.read("black.txt", "lavfi.black_").await?;
        let silence = match sound {
            Some(_) => self.read("silence.txt", "lavfi.silence_").await?,
            None => Vec::new(),
        };
        Ok((black, silence))
    }

    fn input(&self, track: &Track) -> Vec<String> {
        let seconds = |ms: u64| format!("{:.3}", ms as f64 / 1000.0);
        let length = self.part.end_ms - self.part.start_ms;
        vec![
            "-ss".to_owned(),
            seconds(self.part.start_ms),
            "-t".to_owned(),
            seconds(length),
            "-i".to_owned(),
            track.path.display().to_string(),
        ]
    }

    async fn read(&self, file: &str, prefix: &str) -> Result<Vec<Span>> {
        let text = tokio::fs::read_to_string(self.folder.join(file)).await?;
        Ok(spans(&text, prefix, self.part))
    }
}

/// `lavfi.black_start=1.2` … `lavfi.black_end=1.9`, counted from the part's start. What has no end lasts to the part's.
fn spans(text: &str, prefix: &str, part: Span) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut open = None;
    let at = |seconds: &str| {
        let seconds: f64 = seconds.trim().parse().ok()?;
        Some((part.start_ms + (seconds.max(0.0) * 1000.0).round() as u64).min(part.end_ms))
    };
    for line in text.lines() {
        let Some((name, value)) = line
            .strip_prefix(prefix)
            .and_then(|rest| rest.split_once('='))
        else {
            continue;
        };
        match name {
            "start" => open = at(value),
            "end" => spans.extend(open.take().zip(at(value))),
            _ => {}
        }
    }
    spans.extend(open.map(|start| (start, part.end_ms)));
    spans
        .into_iter()
        .filter(|(start_ms, end_ms)| start_ms < end_ms)
        .map(|(start_ms, end_ms)| Span { start_ms, end_ms })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ffmpeg_prints_becomes_spans_of_the_programme() {
        let text = "frame:24 pts:1 pts_time:1\nlavfi.black_start=1\nframe:40 pts:2 pts_time:2\nlavfi.black_end=1.75\n\
            lavfi.black_start=9\n";
        let part = Span {
            start_ms: 10_000,
            end_ms: 20_000,
        };
        let found = spans(text, "lavfi.black_", part);
        let expect = [(11_000, 11_750), (19_000, 20_000)]
            .map(|(start_ms, end_ms)| Span { start_ms, end_ms });
        assert_eq!(found, expect);
    }
}
