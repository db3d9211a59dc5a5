//! From boxes to the asset's tracks. Everything is read from the published bytes, nothing is taken from the plan.

use std::{fs::File, io::BufReader, path::Path};

use anyhow::{Context, Result, bail};
use shared::{
    asset::{AudioTrack, FrameRate, Segment, TrackIndex, VideoRange, VideoTrack},
    ladder::AudioPlan,
    mp4::{self, Index, SampleEntry},
};

use super::{Track, packager::OUTPUT};
use crate::task::Output;

/// The video tracks that `wanted` picks.
pub(crate) fn video(
    folder: &Path,
    tracks: &[Track],
    wanted: fn(&Track) -> bool,
) -> Result<Vec<VideoTrack>> {
    let wanted = tracks.iter().filter(|track| wanted(track));
    wanted.map(|track| video_track(folder, track)).collect()
}

/// The audio tracks.
pub(crate) fn audio(
    folder: &Path,
    tracks: &[Track],
    plans: &[AudioPlan],
    outputs: &[&Output],
) -> Result<Vec<AudioTrack>> {
    let mut audio = Vec::new();
    for planned in plans {
        let track = tracks.iter().find(|track| track.id == planned.id);
        let track = track.context("every planned audio track was packaged")?;
        let found = Indexed::read(folder, track)?;
        let entry = found.entry()?;
        let rates = found.rates();
        let channels = entry.config.channels();
        let output = outputs.iter().find(|output| output.rendition == track.id);
        audio.push(AudioTrack {
            id: track.id.clone(),
            file: file_name(track),
            group: planned.group.clone(),
            also_in: planned.also_in.clone(),
            name: planned.name.clone(),
            language: planned.language.clone(),
            default: planned.default,
            describes_video: planned.describes_video,
            channels: channels.unwrap_or_else(|| entry.channels.to_string()),
            loudness_lufs: output.and_then(|output| output.loudness_lufs),
            codec: entry
                .codec_string()
                .context("an audio codec without a string")?,
            kid: entry.protection.map(|protection| protection.kid),
            iv: entry
                .protection
                .and_then(|protection| protection.constant_iv),
            peak_bps: rates.peak_bps,
            average_bps: rates.average_bps,
            timescale: found.timescale,
            init: found.boxes.init,
            segments: found.segments,
        });
    }
    Ok(audio)
}

/// A published track's file.
pub(super) fn file_name(track: &Track) -> String {
    format!("{}.mp4", track.id)
}

struct Indexed {
    boxes: Index,
    timescale: u32,
    segments: Vec<Segment>,
}

impl Indexed {
    fn read(folder: &Path, track: &Track) -> Result<Self> {
        let path = folder.join(OUTPUT).join(file_name(track));
        let file = File::open(&path).context("the packager wrote no file")?;
        let boxes = mp4::index(&mut BufReader::new(file))?;
        let [only] = boxes.tracks.as_slice() else {
            bail!("{} has {} tracks", track.id, boxes.tracks.len());
        };
        Ok(Self {
            timescale: only.timescale,
            segments: boxes.segments()?,
            boxes,
        })
    }

    fn entry(&self) -> Result<&SampleEntry> {
        let entry = self
            .boxes
            .tracks
            .first()
            .and_then(|track| track.entry.as_ref());
        entry.context("a track without a sample entry")
    }

    fn track_index(&self) -> TrackIndex<'_> {
        TrackIndex {
            timescale: self.timescale,
            segments: &self.segments,
        }
    }

    fn rates(&self) -> shared::asset::Rates {
        self.track_index().rates()
    }

    /// The highest rate of any frame (rule 71): one over the shortest duration.
    fn frame_rate(&self) -> Result<FrameRate> {
        let samples = self
            .boxes
            .fragments
            .iter()
            .flat_map(|fragment| &fragment.samples);
        let shortest = samples.map(|sample| sample.duration).min();
        let shortest = shortest
            .filter(|ticks| *ticks > 0)
            .context("a track without frames")?;
        let divisor = greatest_common_divisor(self.timescale, shortest);
        Ok(FrameRate {
            num: self.timescale / divisor,
            den: shortest / divisor,
        })
    }
}

fn video_track(folder: &Path, track: &Track) -> Result<VideoTrack> {
    let found = Indexed::read(folder, track)?;
    let entry = found.entry()?;
    let (width, height) = entry.display_size();
    let rates = if track.is_trick() {
        found.track_index().keyframe_rates()
    } else {
        found.rates()
    };
    let range = match entry.colour.map(|colour| colour.transfer) {
        Some(16) => VideoRange::Pq,
        Some(18) => VideoRange::Hlg,
        Some(1 | 6 | 13..=15) => VideoRange::Sdr,
        other => bail!("{} has transfer characteristics {other:?}", track.id),
    };
    Ok(VideoTrack {
        id: track.id.clone(),
        file: file_name(track),
        codec: entry
            .codec_string()
            .context("a video codec without a string")?,
        supplemental_codec: entry.supplemental_codec(),
        width,
        height,
        frame_rate: found.frame_rate()?,
        range,
        tier: track.tier,
        kid: entry.protection.map(|protection| protection.kid),
        iv: entry
            .protection
            .and_then(|protection| protection.constant_iv),
        peak_bps: rates.peak_bps,
        average_bps: rates.average_bps,
        timescale: found.timescale,
        init: found.boxes.init,
        segments: found.segments,
        score: None,
    })
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}
