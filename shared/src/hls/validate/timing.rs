//! Rules 56 to 58, 60, 75 and 91: all playlists tell the same time.

use super::{
    PlaylistCheck, must,
    presentation::{Parsed, Playlist, Shows, audio_frame_s},
    should,
};
use crate::asset::{TrackIndex, VideoTrack};

pub(super) const CHECKS: &[PlaylistCheck] = &[
    must("56", extinf_adds_up),
    must("57", same_time),
    must("58", same_video_boundaries),
    should("58", audio_boundaries),
    must("60", discontinuities),
    should("75", key_frames),
    must("91", audio_covers_video),
];

/// The errors of all runs are differences of running sums, so the widest spread of the running error is the worst run.
fn extinf_adds_up(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for (playlist, media) in parsed.media() {
        let index = media.index();
        let real: Vec<f64> = index
            .listed()
            .map(|(_, ticks)| index.seconds(ticks))
            .collect();
        if real.len() != playlist.segments.len() {
            let (listed, real) = (playlist.segments.len(), real.len());
            findings.push(format!(
                "{} lists {listed} segments, the track has {real}",
                playlist.id
            ));
            continue;
        }
        let (mut error, mut low, mut high) = (0.0_f64, 0.0_f64, 0.0_f64);
        for (segment, seconds) in playlist.segments.iter().zip(real) {
            error += segment.seconds.unwrap_or(0.0) - seconds;
            (low, high) = (low.min(error), high.max(error));
        }
        if high - low > video_frame_s(parsed) {
            findings.push(format!(
                "{}: EXTINF strays {:.4} s from the media",
                playlist.id,
                high - low
            ));
        }
    }
    findings
}

fn video_frame_s(parsed: &Parsed<'_>) -> f64 {
    parsed
        .listed_video()
        .first()
        .map_or(0.04, |track| track.frame_rate.frame_s())
}

fn same_time(parsed: &Parsed<'_>) -> Vec<String> {
    let programme = parsed.programme_s();
    let slack_s = |playlist: &Playlist<'_>| match playlist.shows {
        Shows::Audio(track) => parsed.audio_slack_s(track),
        Shows::Video(_) | Shows::IFrames(_) | Shows::Subtitles(_) | Shows::Unknown => {
            parsed.frame_s() + 0.001
        }
    };
    let other = parsed
        .playlists
        .iter()
        .filter(|playlist| (playlist.seconds() - programme).abs() > slack_s(playlist));
    other
        .map(|list| {
            format!(
                "{} lasts {:.3} s, the programme {programme:.3} s",
                list.id,
                list.seconds()
            )
        })
        .collect()
}

/// The ends of segments as exact fractions: ticks and timescale.
fn ends(index: TrackIndex<'_>) -> impl Iterator<Item = (u64, u64)> {
    let timescale = u64::from(index.timescale);
    index.segments.iter().scan(0, move |end, segment| {
        *end += segment.duration;
        Some((*end, timescale))
    })
}

/// Whether two fractions are equal.
fn equal((a, of_a): (u64, u64), (b, of_b): (u64, u64)) -> bool {
    u128::from(a) * u128::from(of_b) == u128::from(b) * u128::from(of_a)
}

fn same_video_boundaries(parsed: &Parsed<'_>) -> Vec<String> {
    let tracks = parsed.listed_video();
    let Some((first, others)) = tracks.split_first() else {
        return Vec::new();
    };
    let differs = |track: &&&VideoTrack| {
        let (a, b) = (first.media().index(), track.media().index());
        a.segments.len() != b.segments.len() || !ends(a).zip(ends(b)).all(|(a, b)| equal(a, b))
    };
    others
        .iter()
        .filter(differs)
        .map(|track| format!("{} has other boundaries than {}", track.id, first.id))
        .collect()
}

fn audio_boundaries(parsed: &Parsed<'_>) -> Vec<String> {
    let tracks = parsed.listed_video();
    let Some(video) = tracks.first().map(|track| track.media().index()) else {
        return Vec::new();
    };
    let seconds = |(ticks, timescale): (u64, u64)| ticks as f64 / timescale as f64;
    let mut findings = Vec::new();
    for track in &parsed.asset.audio {
        let audio = track.media().index();
        // One frame, and the priming that moves all ends alike. The last end is rule 91's.
        let tolerance = 2.0 * audio_frame_s(track) + 0.000_1;
        let inner = video
            .segments
            .len()
            .min(audio.segments.len())
            .saturating_sub(1);
        let apart = |(v, a): ((u64, u64), (u64, u64))| (seconds(v) - seconds(a)).abs() > tolerance;
        if video.segments.len() != audio.segments.len()
            || ends(video).zip(ends(audio)).take(inner).any(apart)
        {
            findings.push(format!("{} has other boundaries than video", track.id));
        }
    }
    findings
}

fn discontinuities(parsed: &Parsed<'_>) -> Vec<String> {
    let times = |playlist: &Playlist<'_>| -> Vec<f64> {
        let mut start = 0.0;
        let mut times = Vec::new();
        for segment in &playlist.segments {
            if segment.discontinuity {
                times.push(start);
            }
            start += segment.seconds.unwrap_or(0.0);
        }
        times
    };
    let mut media = parsed
        .media()
        .map(|(playlist, _)| (playlist.id, times(playlist)));
    let Some((first, expected)) = media.next() else {
        return Vec::new();
    };
    let tolerance = parsed.frame_s() + 0.001;
    let same = |times: &[f64]| {
        times.len() == expected.len()
            && times
                .iter()
                .zip(&expected)
                .all(|(a, b)| (a - b).abs() <= tolerance)
    };
    let other = media.filter(|(_, times)| !same(times));
    other
        .map(|(id, _)| format!("{id} has other discontinuities than {first}"))
        .collect()
}

fn key_frames(parsed: &Parsed<'_>) -> Vec<String> {
    let tracks = parsed.listed_video();
    let mut findings = Vec::new();
    for track in &tracks {
        let index = track.media().index();
        let limit = 2.0 + track.frame_rate.frame_s();
        if let Some(long) = index
            .fragments()
            .map(|f| index.seconds(f.duration))
            .find(|seconds| *seconds > limit)
        {
            findings.push(format!("{}: {long:.3} s pass between key frames", track.id));
        }
    }
    if let Some((first, others)) = tracks.split_first() {
        let differs = |track: &&&VideoTrack| {
            let (a, b) = (first.media().index(), track.media().index());
            let of = |index: TrackIndex<'_>| u64::from(index.timescale);
            a.fragments().count() != b.fragments().count()
                || !a
                    .fragments()
                    .zip(b.fragments())
                    .all(|(x, y)| equal((x.duration, of(a)), (y.duration, of(b))))
        };
        let other = others.iter().filter(differs);
        findings.extend(
            other.map(|track| format!("{} has other key frames than {}", track.id, first.id)),
        );
    }
    findings
}

fn audio_covers_video(parsed: &Parsed<'_>) -> Vec<String> {
    let programme = parsed.programme_s();
    let wrong = parsed.asset.audio.iter().filter_map(|track| {
        let index = track.media().index();
        let seconds = index.seconds(index.duration());
        ((seconds - programme).abs() > parsed.audio_slack_s(track))
            .then(|| format!("{} lasts {seconds:.3} s, video {programme:.3} s", track.id))
    });
    wrong.collect()
}
