//! What the packets of the picture say: whether frames lie on an exact grid, where decoding can start, how segments fall.

use crate::{
    asset::FrameRate,
    ladder::{Refusal, rates},
};

/// No Media Segment may become longer than this: it still rounds to the 6 s that all target durations should be (AS 7.5, 7.7).
const LONGEST_SEGMENT_S: f64 = 6.49;

/// Segments are aimed at this at most, and not below the least: shorter ones cost a request each.
const AIMS_S: (f64, f64) = (6.25, 2.0);

/// How far from its place on the grid a frame may be, in frames: containers round to milliseconds.
const SLACK_FRAMES: f64 = 0.3;

/// One packet of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// When it is shown, ticks.
    pub time: i64,
    /// Its size.
    pub bytes: u32,
    /// A decoder can start here.
    pub is_key: bool,
    /// An edit list hides it.
    pub is_hidden: bool,
}

/// All packets of the picture, in the order in which they are stored, which is that of decoding.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// Seconds of a tick.
    pub tick_s: f64,
    /// The packets.
    pub packets: Vec<Packet>,
}

/// Frames on an exact grid, and groups of pictures that make good segments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Grid {
    pub(super) frame_rate: FrameRate,
    pub(super) frames: u64,
    pub(super) reorder_frames: u64,
    pub(super) segment_frames: u64,
}

impl Timeline {
    /// Bits per second over the whole programme.
    pub(super) fn average_bps(&self, rate: FrameRate) -> f64 {
        let bytes: u64 = self
            .packets
            .iter()
            .map(|packet| u64::from(packet.bytes))
            .sum();
        8.0 * bytes as f64 / (self.packets.len() as f64 * rate.frame_s())
    }

    pub(super) fn grid(&self) -> Result<Grid, Refusal> {
        if self.packets.iter().any(|packet| packet.is_hidden) {
            return Err(obstacle(
                "copy_edited",
                "An edit list hides frames of the picture",
            ));
        }
        let (frame_rate, places) = self.places()?;
        let keys = self.keys(&places)?;
        let frames = places.len() as u64;
        let segment_frames = segment_frames(&keys, frames, frame_rate.fps()).ok_or_else(|| {
            obstacle(
                "copy_key_frames_far",
                "Key frames are too far apart for segments of 6 s",
            )
        })?;
        // Decoded at its place in the file, shown at its place on the grid: the widest lag is what decoding runs ahead.
        let lag = |(stored, shown): (usize, &u64)| (stored as u64).saturating_sub(*shown);
        let reorder_frames = places.iter().enumerate().map(lag).max().unwrap_or(0);
        Ok(Grid {
            frame_rate,
            frames,
            reorder_frames,
            segment_frames,
        })
    }

    /// Each packet's place on the grid, counted from 0 in frames. All places are taken, each once.
    fn places(&self) -> Result<(FrameRate, Vec<u64>), Refusal> {
        let times = || self.packets.iter().map(|packet| packet.time);
        let (Some(first), Some(last)) = (times().min(), times().max()) else {
            return Err(obstacle("copy_no_frames", "The picture has no frames"));
        };
        let uneven = || {
            obstacle(
                "copy_frame_rate",
                "Frames are not exactly apart by one of the rates that HLS allows",
            )
        };
        let intervals = self.packets.len() - 1;
        let measured = intervals as f64 / ((last - first) as f64 * self.tick_s);
        if !measured.is_finite() || measured > 1000.0 {
            return Err(uneven());
        }
        let thousandths = FrameRate {
            num: (measured * 1000.0).round() as u32,
            den: 1000,
        };
        let (frame_rate, is_exact) = rates::published_rate(thousandths).ok_or_else(uneven)?;
        let mut taken = vec![false; self.packets.len()];
        let mut places = Vec::with_capacity(self.packets.len());
        for time in times() {
            let place = (time - first) as f64 * self.tick_s * frame_rate.fps();
            let nearest = place.round();
            let index = nearest as usize;
            let is_free = taken.get(index).is_some_and(|taken| !taken);
            if (place - nearest).abs() > SLACK_FRAMES || !is_free {
                return Err(uneven());
            }
            taken[index] = true;
            places.push(index as u64);
        }
        if is_exact {
            Ok((frame_rate, places))
        } else {
            Err(uneven())
        }
    }

    /// The places of key frames, when each begins a closed group of pictures (rule 76).
    fn keys(&self, places: &[u64]) -> Result<Vec<u64>, Refusal> {
        let mut keys = Vec::new();
        let mut latest = 0;
        for (packet, place) in self.packets.iter().zip(places) {
            let starts = packet.is_key && keys.is_empty();
            let follows = keys.last().is_some_and(|key| place > key);
            if !(starts || follows) || (packet.is_key && !keys.is_empty() && latest > *place) {
                return Err(obstacle(
                    "copy_open_gop",
                    "Groups of pictures are open: frames before a key frame need it, or the first frame is none",
                ));
            }
            if packet.is_key {
                keys.push(*place);
            }
            latest = latest.max(*place);
        }
        Ok(keys)
    }
}

/// The longest aim whose segments all stay short enough. Segments begin with the first key frame at or after a multiple of
/// the aim, as the packager cuts on a fixed grid (HLS.md 2.7).
fn segment_frames(keys: &[u64], frames: u64, fps: f64) -> Option<u64> {
    let longest = |aim: u64| {
        let mut starts: Vec<u64> = Vec::new();
        for key in keys {
            if starts.last().is_none_or(|start| start / aim != key / aim) {
                starts.push(*key);
            }
        }
        let ends = starts.iter().skip(1).chain([&frames]);
        let lengths = starts.iter().zip(ends).map(|(start, end)| end - start);
        lengths.max().unwrap_or(frames)
    };
    let (most, least) = ((AIMS_S.0 * fps) as u64, (AIMS_S.1 * fps) as u64);
    (least.max(1)..=most)
        .rev()
        .find(|aim| longest(*aim) as f64 <= LONGEST_SEGMENT_S * fps)
}

pub(super) fn obstacle(code: &str, problem: impl Into<String>) -> Refusal {
    let problem: String = problem.into();
    Refusal::new(
        code,
        format!("The master can't be copied: {problem}."),
        "Nothing: the encoded ladder is the first version. To be playable sooner, deliver progressive 8-bit 4:2:0 H.264 at a \
         constant rate with a closed group of pictures every 2 s, and stereo AAC.",
    )
}
