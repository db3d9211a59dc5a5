//! What stands against publishing a master.

use serde::{Deserialize, Serialize};

use super::{DolbyVision, Fault, SourceVideo, rates};

/// One reason, for an operator to act on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Machine-readable.
    pub code: String,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

impl Refusal {
    /// A reason.
    pub fn new(code: &str, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }
}

/// Smaller pictures are thumbnails, larger ones don't fit any decoder's level.
const SIDES: std::ops::RangeInclusive<u32> = 64..=8192;

/// Wider or taller than this, one side of the lowest rung would be a sliver.
const MOST_EXTREME_ASPECT: f64 = 4.0;

/// A day: beyond it, a duration is damaged metadata.
const LONGEST_US: u64 = 24 * 3600 * 1_000_000;

pub(super) fn no_frames() -> Refusal {
    Refusal::new(
        "no_frames",
        "The video has no frames.",
        "Export the film again and check that it plays.",
    )
}

/// A ladder that can't be used is told like everything else that stands against a plan.
pub(super) fn ladder(fault: Fault) -> Refusal {
    Refusal {
        code: "ladder_invalid".to_owned(),
        problem: format!("The custom ladder, {}: {}", fault.field, fault.problem),
        remedy: fault.remedy,
    }
}

pub(super) fn refusals(video: &SourceVideo) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let (width, height) = video.display_size();
    if !SIDES.contains(&video.width) || !SIDES.contains(&video.height) {
        refusals.push(Refusal::new(
            "size_unsupported",
            format!("The picture is {}x{} pixels.", video.width, video.height),
            "Deliver between 64 and 8192 pixels on each side, 1920x1080 or 3840x2160 if you can.",
        ));
    } else if !(1.0 / MOST_EXTREME_ASPECT..=MOST_EXTREME_ASPECT).contains(&(width / height)) {
        refusals.push(Refusal::new(
            "aspect_unsupported",
            format!("The picture's aspect ratio is {:.2}:1.", width / height),
            "Deliver an aspect ratio between 1:4 and 4:1; check the sample aspect ratio.",
        ));
    }
    if rates::published_rate(video.frame_rate).is_none() {
        refusals.push(Refusal::new(
            "frame_rate_unsupported",
            format!(
                "The video runs at {:.3} frames per second.",
                video.frame_rate.fps()
            ),
            "Deliver 23.976, 24, 25, 29.97, 30, 50, 59.94 or 60 frames per second.",
        ));
    }
    if video.duration_us == 0 {
        refusals.push(Refusal::new(
            "no_duration",
            "The video's duration is unknown or zero.",
            "Export the film again into MP4, MOV or MXF.",
        ));
    }
    if video.duration_us > LONGEST_US {
        refusals.push(Refusal::new(
            "duration_absurd",
            format!(
                "The film claims to last {} hours.",
                video.duration_us / 3_600_000_000
            ),
            "Export the film again; its duration is probably damaged.",
        ));
    }
    if video.frames == 0 {
        refusals.push(no_frames());
    }
    refusals.extend(video.dolby_vision.and_then(dolby_vision));
    refusals
}

/// Profiles 5 and 10.0 have no base layer that means anything without their metadata, which no encoder here applies.
fn dolby_vision(found: DolbyVision) -> Option<Refusal> {
    let (code, name) = match (found.profile, found.compatibility_id) {
        (5, _) => ("dolby_vision_profile_5", "5"),
        (10, 0) => ("dolby_vision_profile_10_0", "10.0"),
        _ => return None,
    };
    Some(Refusal::new(
        code,
        format!(
            "The master is Dolby Vision profile {name}, whose base layer has no standard colours."
        ),
        "Deliver the HDR10 or Dolby Vision 8.1 master.",
    ))
}
