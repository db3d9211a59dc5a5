//! Documents as text.

use std::fmt::Write;

use super::{Cue, Document, timestamp};

impl Document {
    /// The file as players of HLS want it, with its place on the media's timeline.
    pub fn to_hls_text(&self) -> String {
        self.text("WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n")
    }

    /// The plain file: a storyboard, a download.
    pub fn to_text(&self) -> String {
        self.text("WEBVTT\n")
    }

    fn text(&self, head: &str) -> String {
        let mut text = head.to_owned();
        for block in &self.blocks {
            write!(text, "\n{block}\n").expect("writing to a String cannot fail");
        }
        for cue in &self.cues {
            write_cue(&mut text, cue).expect("writing to a String cannot fail");
        }
        text
    }
}

/// The line that says when a cue shows, and where.
pub fn timing_line(start_ms: u64, end_ms: u64, settings: &str) -> String {
    let (start, end) = (timestamp::print(start_ms), timestamp::print(end_ms));
    let blank = if settings.is_empty() { "" } else { " " };
    format!("{start} --> {end}{blank}{settings}")
}

fn write_cue(text: &mut String, cue: &Cue) -> std::fmt::Result {
    text.push('\n');
    if let Some(id) = &cue.id {
        writeln!(text, "{id}")?;
    }
    writeln!(
        text,
        "{}",
        timing_line(cue.start_ms, cue.end_ms, &cue.settings)
    )?;
    // A blank line would end the cue, and an arrow would begin another.
    for line in cue.text.lines().filter(|line| !line.trim().is_empty()) {
        writeln!(text, "{}", line.replace("-->", "--&gt;"))?;
    }
    Ok(())
}
