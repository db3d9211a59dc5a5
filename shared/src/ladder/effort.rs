//! How much work a piece of a film is, roughly: what tasks are expected to take before any of them has run. Good enough to weigh
//! tasks against each other and to name a price beforehand; what really happened corrects it.

use super::{Codec, VideoPlan};

/// Pixels that one processor encodes in a second, in millions: measured once on noisy pictures, one thread, 2026.
const QUICK: f64 = 45.0;
const THOROUGH_H264: f64 = 12.0;
const THOROUGH_HEVC: f64 = 4.0;

/// What every task costs beside the encoders: starting, seeking, decoding, storing.
const START_S: f64 = 0.5;

/// Whether encoders of that speed take little more than decoding does.
pub(super) fn is_quick(speed: &str) -> bool {
    matches!(speed, "veryfast" | "superfast" | "ultrafast")
}

impl VideoPlan {
    /// Seconds of one processor that encoding so many frames into all renditions is expected to take.
    pub fn effort_s(&self, frames: u64) -> f64 {
        let quick = is_quick(&self.speed);
        let renditions = self.rungs.iter().map(|rung| {
            let rate = match (quick, rung.codec == Codec::H264) {
                (true, _) => QUICK,
                (false, true) => THOROUGH_H264,
                (false, false) => THOROUGH_HEVC,
            };
            f64::from(rung.width) * f64::from(rung.height) * frames as f64 / (rate * 1e6)
        });
        START_S + renditions.sum::<f64>()
    }

    /// Where in the programme a frame is shown, milliseconds.
    pub fn time_ms(&self, frame: u64) -> u64 {
        (frame as f64 * self.frame_rate.frame_s() * 1000.0).round() as u64
    }
}
