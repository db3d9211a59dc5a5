//! The plan of a title: which renditions a master becomes, in which chunks, with which settings. Pure: the same source and
//! preset give the same plan anywhere, so that chunks encoded on different machines fit together.

mod audio;
mod language;
mod markers;
mod rates;
mod refusal;
mod rungs;
mod size;
mod source;
mod subtitles;

pub use audio::{AudioCodec, AudioPlan};
pub use language::language;
pub use markers::{Span, searched, suggested};
pub use refusal::Refusal;
pub use rungs::{Codec, Rung};
use serde::{Deserialize, Serialize};
pub use source::{
    ActiveArea, DolbyVision, HdrMetadata, KeyFrames, Loudness, Source, SourceAudio, SourceChapter,
    SourceSubtitles, SourceVideo,
};
pub use subtitles::SubtitlePlan;

use crate::asset::{Chapter, FrameRate, Marker, VideoRange};

/// The schema of plans this code writes. A worker refuses any other.
pub const SCHEMA: u32 = 1;

/// GOPs in a segment: three of two seconds.
const SEGMENT_GOPS: u32 = 3;

/// How much time and how many renditions a title is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// Minutes on a laptop: fewer rungs, quick encoders.
    #[default]
    Fast,
    /// What a catalogue is encoded with.
    Standard,
}

/// Everything the encoding tasks need to know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// [`SCHEMA`].
    pub schema: u32,
    /// What it was made for.
    pub preset: Preset,
    /// The programme's duration: whole frames.
    pub duration_ms: u64,
    /// The picture.
    pub video: VideoPlan,
    /// The independent pieces that the picture is encoded in.
    pub chunks: Vec<Chunk>,
    /// Sound.
    pub audio: Vec<AudioPlan>,
    /// Subtitles.
    pub subtitles: Vec<SubtitlePlan>,
    /// Chapters, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chapters: Vec<Chapter>,
    /// What their names mark.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub markers: Vec<Marker>,
    /// What the operator should know: a rate that was changed, a stream that was left out.
    pub notes: Vec<String>,
}

/// How the picture is decoded and encoded. The same for every chunk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VideoPlan {
    /// The stream's index in the container.
    pub stream: u32,
    /// Published rate.
    pub frame_rate: FrameRate,
    /// Frames of the whole programme.
    pub frames: u64,
    /// Frames of a closed GOP.
    pub gop_frames: u32,
    /// Frames of a Media Segment.
    pub segment_frames: u32,
    /// Frames that are decoded before a chunk and dropped, for filters that look back.
    pub preroll_frames: u32,
    /// How far the source's frames are from the frame grid, microseconds.
    pub phase_us: i64,
    /// Fields become frames.
    pub deinterlace: bool,
    /// HDR source: the SDR renditions are tone-mapped from this range.
    pub tone_map: Option<VideoRange>,
    /// The source's YCbCr matrix.
    pub matrix: String,
    /// The source's samples are full range.
    pub full_range: bool,
    /// Static metadata of the HDR renditions.
    pub hdr: Option<HdrMetadata>,
    /// Threads of each encoder. One: with a VBV, encoders that work on several frames or rows at once decide by what happens
    /// to be finished, and two runs differ. A chunk's renditions run side by side, which keeps the processors busy.
    pub threads: u32,
    /// The encoders' speed preset.
    pub speed: String,
    /// The renditions.
    pub rungs: Vec<Rung>,
    /// The trick-play rendition.
    pub trick: TrickPlan,
}

/// The dense trick-play rendition: key frames only, one per half GOP (about a second).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrickPlan {
    /// Its id.
    pub id: String,
    /// Width, even.
    pub width: u32,
    /// Height, even.
    pub height: u32,
    /// Source frames between two of its frames.
    pub interval_frames: u32,
    /// Constant rate factor.
    pub crf: u32,
}

/// A piece of the picture: whole segments, except the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Chunk {
    /// Counted from 0.
    pub index: u32,
    /// Its first frame in the programme.
    pub start_frame: u64,
    /// How many.
    pub frames: u64,
}

/// Makes the plan, or says everything that stands against one.
pub fn plan(source: &Source, preset: Preset) -> Result<Plan, Vec<Refusal>> {
    let refusals = refusal::refusals(&source.video);
    let rate = rates::published_rate(source.video.frame_rate);
    let (Some((frame_rate, is_exact)), true) = (rate, refusals.is_empty()) else {
        return Err(refusals);
    };
    let mut notes = Vec::new();
    let video = video_plan(&source.video, frame_rate, is_exact, preset, &mut notes);
    if video.frames == 0 {
        return Err(vec![refusal::no_frames()]);
    }
    let duration_us = (video.frames as f64 * frame_rate.frame_s() * 1e6).round() as u64;
    let audio = audio::plans(&source.audio, duration_us, &mut notes);
    let subtitles = subtitles::plans(&source.subtitles, &mut notes);
    let duration_ms = (video.frames as f64 * frame_rate.frame_s() * 1000.0).round() as u64;
    let chapters = markers::chapters(&source.chapters, duration_ms);
    Ok(Plan {
        schema: SCHEMA,
        preset,
        duration_ms,
        chunks: chunks(&video, preset),
        video,
        audio,
        subtitles,
        markers: markers::of_chapters(&chapters, duration_ms),
        chapters,
        notes,
    })
}

fn video_plan(
    source: &SourceVideo,
    frame_rate: FrameRate,
    is_exact: bool,
    preset: Preset,
    notes: &mut Vec<String>,
) -> VideoPlan {
    let keeps_frames = is_exact && !source.is_variable;
    if !keeps_frames {
        let why = if source.is_variable {
            "varies"
        } else {
            "is not one that HLS allows"
        };
        notes.push(format!(
            "The frame rate ({:.3} fps on average) {why}: published at {frame_rate} fps.",
            source.frame_rate.fps()
        ));
    }
    let fps = frame_rate.fps();
    let start_frames = source.start_us as f64 / 1e6 * fps;
    let frames = if keeps_frames {
        source
            .frames
            .saturating_add_signed(start_frames.round() as i64)
    } else {
        ((source.start_us as f64 + source.duration_us as f64) / 1e6 * fps).round() as u64
    };
    let phase_us = if keeps_frames {
        ((start_frames - start_frames.round()) / fps * 1e6).round() as i64
    } else {
        0
    };
    let gop_frames = rates::gop_frames(frame_rate);
    let looks_back = !keeps_frames || source.is_interlaced;
    let display = source.display_size();
    let mut rungs = rungs::sdr(display, fps, preset);
    let is_hdr = source.range != VideoRange::Sdr;
    if is_hdr {
        rungs.extend(rungs::hdr(display, fps, preset, source.range));
    }
    let (trick_width, trick_height) = size::fit(display, (640, 360));
    VideoPlan {
        stream: source.stream,
        frame_rate,
        frames,
        gop_frames,
        segment_frames: SEGMENT_GOPS * gop_frames,
        preroll_frames: if looks_back { gop_frames / 2 } else { 0 },
        phase_us,
        deinterlace: source.is_interlaced,
        tone_map: is_hdr.then_some(source.range),
        matrix: matrix(source),
        full_range: source.full_range,
        hdr: source.hdr,
        threads: 1,
        speed: match preset {
            Preset::Fast => "veryfast",
            Preset::Standard => "medium",
        }
        .to_owned(),
        rungs,
        trick: TrickPlan {
            id: format!("t{}", trick_width.min(trick_height)),
            width: trick_width,
            height: trick_height,
            interval_frames: gop_frames / 2,
            crf: 33,
        },
    }
}

/// What the samples mean when the source doesn't say: BT.601 for standard definition, BT.709 above.
fn matrix(source: &SourceVideo) -> String {
    match (&source.matrix, source.range) {
        (Some(matrix), _) => matrix.clone(),
        (None, VideoRange::Pq | VideoRange::Hlg) => "bt2020nc".to_owned(),
        (None, VideoRange::Sdr) if source.width.min(source.height) <= 576 => "bt601".to_owned(),
        (None, VideoRange::Sdr) => "bt709".to_owned(),
    }
}

fn chunks(video: &VideoPlan, preset: Preset) -> Vec<Chunk> {
    let segments = match preset {
        Preset::Fast => 2,
        Preset::Standard => 4,
    };
    let length = u64::from(video.segment_frames) * segments;
    (0..video.frames.div_ceil(length))
        .map(|index| Chunk {
            index: index as u32,
            start_frame: index * length,
            frames: length.min(video.frames - index * length),
        })
        .collect()
}

/// The text itself, or with the lowest number from 2 that nobody has.
fn distinct(text: &str, taken: impl Fn(&str) -> bool) -> String {
    if !taken(text) {
        return text.to_owned();
    }
    (2..=u32::MAX)
        .map(|number| format!("{text}-{number}"))
        .find(|candidate| !taken(candidate))
        .expect("a list has fewer entries than there are numbers")
}

#[cfg(test)]
mod tests;
