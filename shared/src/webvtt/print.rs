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

fn write_cue(text: &mut String, cue: &Cue) -> std::fmt::Result {
    text.push('\n');
    if let Some(id) = &cue.id {
        writeln!(text, "{id}")?;
    }
    write!(
        text,
        "{} --> {}",
        timestamp::print(cue.start_ms),
        timestamp::print(cue.end_ms)
    )?;
    if !cue.settings.is_empty() {
        write!(text, " {}", cue.settings)?;
    }
    text.push('\n');
    // A blank line would end the cue, and an arrow would begin another.
    for line in cue.text.lines().filter(|line| !line.trim().is_empty()) {
        writeln!(text, "{}", line.replace("-->", "--&gt;"))?;
    }
    Ok(())
}
