//! What a stream must be for HLS, as far as the container tells it. The packaged result is verified again from its boxes.

use super::timeline::{Grid, Timeline, obstacle};
use crate::{
    asset::{FrameRate, VideoRange},
    ladder::{Codec, Refusal, Source, SourceAudio, SourceVideo},
};

/// Containers whose packets are copied without loss of time or order.
const CONTAINERS: [&str; 4] = ["mov", "mp4", "matroska", "mpegts"];

/// H.264 5.1 and HEVC 5.1 as bitstreams count levels (AS 1.3 for tvOS, 1.6).
const LEVELS: (u32, u32) = (51, 153);

/// One rendition is all there is until the ladder follows: more than this stalls in most homes.
const MOST_BPS: f64 = 25_000_000.0;

/// Sound and picture may begin this far apart, and stay in step to the ear: an AAC frame of priming and a rounding.
const SYNC_US: u64 = 25_000;

/// Collects what stands against a copy.
#[derive(Default)]
pub(super) struct Judge {
    pub(super) obstacles: Vec<Refusal>,
}

impl Judge {
    fn unless(&mut self, holds: bool, code: &str, problem: impl Into<String>) {
        if !holds {
            self.obstacles.push(obstacle(code, problem));
        }
    }

    /// Container, coding and colours.
    pub(super) fn streams(&mut self, source: &Source) -> Option<Codec> {
        let video = &source.video;
        let is_known = source
            .container
            .split(',')
            .any(|name| CONTAINERS.contains(&name));
        self.unless(
            is_known,
            "copy_container",
            format!("{} is not MP4, MOV, MKV or MPEG-TS", source.container),
        );
        let codec = self.coding(video);
        self.unless(
            !video.is_interlaced,
            "copy_interlaced",
            "The picture is interlaced",
        );
        self.unless(
            matches!(video.sample_aspect, (across, down) if across == down) && video.rotation == 0,
            "copy_geometry",
            "Pixels are not square or the picture is turned",
        );
        self.unless(
            video.width.is_multiple_of(2)
                && video.height.is_multiple_of(2)
                && video.width.min(video.height) >= 64,
            "copy_size",
            "Width or height is odd or tiny",
        );
        self.unless(
            video.range == VideoRange::Sdr && video.dolby_vision.is_none(),
            "copy_hdr",
            "An HDR picture needs an SDR rendition beside it (AS 1.24)",
        );
        let transfer = video.transfer.as_deref();
        self.unless(
            !video.full_range && (transfer.is_none() || known_transfer(transfer)),
            "copy_colours",
            "Samples are full range or have an unusual transfer function",
        );
        codec
    }

    fn coding(&mut self, video: &SourceVideo) -> Option<Codec> {
        let profile = video.profile.as_deref().unwrap_or_default();
        let pix_fmt = video.pix_fmt.as_deref().unwrap_or_default();
        let level = video.level.unwrap_or(u32::MAX);
        let (codec, fits) = match video.codec.as_str() {
            "h264" => (
                Codec::H264,
                matches!(profile, "Constrained Baseline" | "Main" | "High")
                    && pix_fmt == "yuv420p"
                    && level <= LEVELS.0,
            ),
            "hevc" => (
                Codec::Hevc,
                matches!(
                    (profile, pix_fmt),
                    ("Main", "yuv420p") | ("Main 10", "yuv420p10le")
                ) && level <= LEVELS.1,
            ),
            other => {
                self.unless(
                    false,
                    "copy_codec",
                    format!("The picture is {other}, not H.264 or HEVC"),
                );
                return None;
            }
        };
        self.unless(
            fits,
            "copy_profile",
            format!("{profile} at level {level} with {pix_fmt} samples is beyond what all players decode"),
        );
        Some(codec)
    }

    /// Times, groups of pictures, rate.
    pub(super) fn timing(&mut self, source: &Source, timeline: &Timeline) -> Option<Grid> {
        let grid = match timeline.grid() {
            Ok(grid) => grid,
            Err(refusal) => {
                self.obstacles.push(refusal);
                return None;
            }
        };
        self.unless(
            source.video.start_us.unsigned_abs() <= SYNC_US,
            "copy_late_picture",
            "The picture begins later than the sound",
        );
        let bps = timeline.average_bps(grid.frame_rate);
        self.unless(
            bps <= MOST_BPS,
            "copy_rate",
            format!(
                "{:.1} Mbit/s are more than most lines carry",
                bps / 1_000_000.0
            ),
        );
        Some(grid)
    }
}

/// Names of transfer functions that are SDR to every player (H.273: 1, 6, 13, 14, 15).
fn known_transfer(name: Option<&str>) -> bool {
    matches!(
        name,
        Some("bt709" | "smpte170m" | "iec61966-2-1" | "bt2020-10" | "bt2020-12")
    )
}

/// What a stream that doesn't say all of its colours means: BT.601 for standard definition, BT.709 above.
pub(super) fn missing_colours(video: &SourceVideo) -> Option<super::Colours> {
    if [&video.primaries, &video.transfer, &video.matrix]
        .iter()
        .all(|name| name.is_some())
    {
        return None;
    }
    let point = if video.width.min(video.height) <= 576 {
        6
    } else {
        1
    };
    Some(super::Colours {
        primaries: point,
        transfer: point,
        matrix: point,
    })
}

/// Samples of an AAC frame.
const AAC_FRAME: u32 = 1024;

/// Ticks a second of containers that round times; those of MP4 are exact.
fn ticks(container: &str) -> Option<u32> {
    match container {
        "mpegts" => Some(90_000),
        names if names.contains("matroska") => Some(1000),
        _ => None,
    }
}

/// Why an audio stream can't be copied.
pub(super) fn audio_obstacle(
    stream: &SourceAudio,
    Source {
        container, video, ..
    }: &Source,
    duration_us: f64,
    rate: FrameRate,
) -> Option<&'static str> {
    let is_aac = stream.codec == "aac" && stream.profile.as_deref() == Some("LC");
    if !is_aac || stream.channels != 2 || !matches!(stream.sample_rate, 44_100 | 48_000) {
        return Some("it is not stereo AAC-LC");
    }
    if ticks(container).is_some_and(|ticks| !(ticks * AAC_FRAME).is_multiple_of(stream.sample_rate))
    {
        return Some("the container rounds the times of its frames");
    }
    if stream.start_us.abs_diff(video.start_us) > SYNC_US {
        return Some("it doesn't begin with the picture");
    }
    let lasts_us = stream.duration_us as f64 + rate.frame_s() * 1e6;
    if stream.duration_us == 0 || lasts_us < duration_us {
        return Some("it ends before the picture, or its duration is unknown");
    }
    None
}
