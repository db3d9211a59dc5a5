//! ffmpeg's `-progress` lines.

/// Reads the blocks of `key=value` lines.
pub(super) struct ProgressReader {
    total_frames: u64,
    frame: u64,
    fps: Option<f64>,
    ended: bool,
}

impl ProgressReader {
    pub(super) const fn new(total_frames: u64) -> Self {
        Self {
            total_frames,
            frame: 0,
            fps: None,
            ended: false,
        }
    }

    /// Percent and frames per second, at the end of each block.
    pub(super) fn take(&mut self, line: &str) -> Option<(f64, Option<f64>)> {
        let (key, value) = line.split_once('=')?;
        let value = value.trim();
        match key {
            "frame" => self.frame = value.parse().unwrap_or(self.frame),
            "fps" => self.fps = value.parse().ok().filter(|fps| *fps > 0.0),
            "progress" => {
                self.ended = value == "end";
                let share = self.frame as f64 / self.total_frames.max(1) as f64;
                return Some(((share * 100.0).min(100.0), self.fps));
            }
            _ => {}
        }
        None
    }

    /// The last frame that was spoken of.
    pub(super) const fn frame(&self) -> u64 {
        self.frame
    }

    pub(super) const fn has_ended(&self) -> bool {
        self.ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_gives_percent_and_speed() {
        let mut reader = ProgressReader::new(288);
        for line in ["frame=72", "fps=36.5", "out_time_us=3003000", "noise"] {
            assert_eq!(reader.take(line), None);
        }
        assert_eq!(reader.take("progress=continue"), Some((25.0, Some(36.5))));
        assert!(!reader.has_ended());
        reader.take("frame=288");
        assert_eq!(reader.take("progress=end"), Some((100.0, Some(36.5))));
        assert!(reader.has_ended());
    }
}
