//! The picture's part of a plan: frames on the grid, GOPs, chunks, renditions.

use serde::{Deserialize, Serialize};

use super::{
    Chunk, HdrMetadata, Preset, Rung, Settings, SourceVideo, effort::is_quick, rates, rungs, size,
};
use crate::{
    asset::{FrameRate, VideoRange},
    cenc::Tier,
};

/// GOPs in a segment: three of two seconds.
const SEGMENT_GOPS: u32 = 3;

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
    /// How the renditions' quality is measured; not at all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<QualityPlan>,
    /// The HDR renditions in HEVC carry the source's Dolby Vision metadata (profile 8 over a compatible base).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dolby_vision: bool,
    /// The trick-play rendition.
    pub trick: TrickPlan,
}

impl VideoPlan {
    /// The plan in bands of rungs, the lowest first: what a task encodes. One of them with quick encoders or up to 1080p.
    pub fn bands(&self) -> Vec<Self> {
        let bands = bands(&self.rungs, &self.speed).into_iter();
        bands
            .map(|rungs| Self {
                rungs,
                ..self.clone()
            })
            .collect()
    }
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

/// How quality is measured: VMAF of a window of frames in some of the chunks, against the tone-mapped or scaled source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QualityPlan {
    /// Pictures are compared at this width, all renditions alike.
    pub width: u32,
    /// And this height.
    pub height: u32,
    /// Frames of a chunk that are compared, from the GOP in its middle; all when that many are not there.
    pub frames: u64,
    /// Every how many chunks one is measured.
    pub every: u32,
}

impl QualityPlan {
    /// The frames of a chunk that are compared: the first one and how many; `None` when the chunk is not measured.
    pub fn window(&self, chunk: &Chunk, gop_frames: u32) -> Option<(u64, u64)> {
        if !chunk.index.is_multiple_of(self.every.max(1)) {
            return None;
        }
        if chunk.frames <= self.frames {
            return Some((0, chunk.frames));
        }
        let gop = u64::from(gop_frames.max(1));
        let middle = (chunk.frames - self.frames) / 2 / gop * gop;
        Some((middle, self.frames))
    }
}

/// The plan of a source at a published rate, which `is_exact` when the source has it already.
pub(super) fn plan(
    source: &SourceVideo,
    frame_rate: FrameRate,
    is_exact: bool,
    settings: &Settings,
    notes: &mut Vec<String>,
) -> VideoPlan {
    let grid = grid(source, frame_rate, is_exact, notes);
    let gop_frames = rates::gop_frames(frame_rate);
    let display = source.display_size();
    let is_hdr = source.range != VideoRange::Sdr;
    let own_speed = settings.ladder.as_ref().and_then(|own| own.speed.clone());
    if let Some(ladder) = &settings.ladder {
        notes.push(format!("Custom ladder {}.", ladder.name));
    }
    let (trick_width, trick_height) = size::fit(display, (640, 360));
    let rungs = rungs::rungs(source, frame_rate.fps(), settings);
    let speed = own_speed.unwrap_or_else(|| settings.preset.speed().to_owned());
    let chunk = chunk_frames(&bands(&rungs, &speed), gop_frames, settings.preset);
    VideoPlan {
        stream: source.stream,
        frame_rate,
        frames: grid.frames,
        gop_frames,
        segment_frames: SEGMENT_GOPS * gop_frames,
        preroll_frames: if grid.keeps_frames && !source.is_interlaced {
            0
        } else {
            gop_frames / 2
        },
        phase_us: grid.phase_us,
        deinterlace: source.is_interlaced,
        tone_map: is_hdr.then_some(source.range),
        matrix: matrix(source),
        full_range: source.full_range,
        hdr: source.hdr,
        threads: 1,
        speed,
        quality: quality(display, grid.frames, gop_frames, chunk, settings.preset),
        rungs,
        dolby_vision: dolby_vision(source, notes),
        trick: TrickPlan {
            id: format!("t{}", trick_width.min(trick_height)),
            width: trick_width,
            height: trick_height,
            interval_frames: gop_frames / 2,
            crf: 33,
        },
    }
}

/// Where the source's frames lie on the published rate's grid.
struct Grid {
    keeps_frames: bool,
    frames: u64,
    phase_us: i64,
}

fn grid(
    source: &SourceVideo,
    frame_rate: FrameRate,
    is_exact: bool,
    notes: &mut Vec<String>,
) -> Grid {
    let fps = frame_rate.fps();
    let start_frames = source.start_us as f64 / 1e6 * fps;
    if is_exact && !source.is_variable {
        let shift = start_frames.round();
        return Grid {
            keeps_frames: true,
            frames: source.frames.saturating_add_signed(shift as i64),
            phase_us: ((start_frames - shift) / fps * 1e6).round() as i64,
        };
    }
    let why = if source.is_variable {
        "varies"
    } else {
        "is not one that HLS allows"
    };
    notes.push(format!(
        "The frame rate ({:.3} fps on average) {why}: published at {frame_rate} fps.",
        source.frame_rate.fps()
    ));
    let end_s = (source.start_us as f64 + source.duration_us as f64) / 1e6;
    Grid {
        keeps_frames: false,
        frames: (end_s * fps).round() as u64,
        phase_us: 0,
    }
}

/// At most that many chunks of a film are measured, spread evenly.
const MEASURED_CHUNKS: u64 = 20;

/// The quality of films up to this many seconds is measured throughout in the premium preset.
const SHORT_FILM_S: u64 = 60;

fn quality(
    display: (f64, f64),
    frames: u64,
    gop_frames: u32,
    chunk: u64,
    preset: Preset,
) -> Option<QualityPlan> {
    let gop = u64::from(gop_frames);
    let is_short = frames <= SHORT_FILM_S * gop / 2;
    let measured = match preset {
        Preset::Fast => return None,
        Preset::Premium if is_short => chunk,
        Preset::Standard | Preset::Premium => gop / 2,
    };
    // VMAF's model is of a 1080p screen: what is larger is compared there, what is smaller at the source's size.
    let (width, height) = size::fit(display, (1920, 1080));
    Some(QualityPlan {
        width,
        height,
        frames: measured,
        every: frames.div_ceil(chunk).div_ceil(MEASURED_CHUNKS).max(1) as u32,
    })
}

/// The rungs in bands, the lowest first. Each band of a chunk is a task of its own, with a decode of its own: only where that
/// costs next to nothing (slow encoders, pictures above 1080p), and wins that a film's low rungs are due first and that its
/// hardest chunk is shared between workers. Everything up to 1080p is one band, above it each dynamic range.
fn bands(rungs: &[Rung], speed: &str) -> Vec<Vec<Rung>> {
    let place = |rung: &Rung| match Tier::for_height(rung.width.min(rung.height)) {
        _ if is_quick(speed) => 0,
        Tier::Uhd if rung.range == VideoRange::Sdr => 1,
        Tier::Uhd => 2,
        Tier::Sd | Tier::Hd | Tier::Audio => 0,
    };
    let of = |band| rungs.iter().filter(move |rung| place(rung) == band);
    let bands = [0, 1, 2].map(|band| of(band).cloned().collect::<Vec<_>>());
    bands.into_iter().filter(|band| !band.is_empty()).collect()
}

fn chunk_frames(bands: &[Vec<Rung>], gop_frames: u32, preset: Preset) -> u64 {
    let pixels = |rung: &Rung| u64::from(rung.width) * u64::from(rung.height);
    let of_band = |band: &Vec<Rung>| band.iter().map(pixels).sum();
    let of_frame: u64 = bands.iter().map(of_band).max().unwrap_or(0);
    let segment = u64::from(SEGMENT_GOPS * gop_frames);
    let fits = CHUNK_PIXELS / (of_frame * segment).max(1);
    segment * fits.clamp(1, preset.chunk_segments())
}

/// Whether the metadata of Dolby Vision is kept: profile 8 over a base that is HDR10 (8.1) or HLG (8.4). Of other profiles
/// the base layer alone is published; profile 5 has none and is refused elsewhere.
fn dolby_vision(source: &SourceVideo, notes: &mut Vec<String>) -> bool {
    let Some(found) = source.dolby_vision else {
        return false;
    };
    let (profile, base) = (found.profile, found.compatibility_id);
    let is_kept = found.has_rpu
        && matches!(
            (profile, base, source.range),
            (8, 1, VideoRange::Pq) | (8, 4, VideoRange::Hlg)
        );
    if !is_kept {
        notes.push(format!(
            "Dolby Vision profile {profile}.{base} is not kept: its base layer ({}) is published. Deliver profile 8.1 to keep it.",
            source.range
        ));
    }
    is_kept
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

/// Pixels of all renditions of a band that a chunk may have: some ten minutes of six processors, within what Lambda allows a task.
const CHUNK_PIXELS: u64 = 12_000_000_000;

/// The pieces that the picture is encoded in: shorter where there is more to do in each frame.
pub(super) fn chunks(video: &VideoPlan, preset: Preset) -> Vec<Chunk> {
    let length = chunk_frames(&bands(&video.rungs, &video.speed), video.gop_frames, preset);
    (0..video.frames.div_ceil(length))
        .map(|index| Chunk {
            index: index as u32,
            start_frame: index * length,
            frames: length.min(video.frames - index * length),
        })
        .collect()
}
