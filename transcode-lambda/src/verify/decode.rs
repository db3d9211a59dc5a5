//! Decrypt and decode every rendition: the packets are the encoder's, bit for bit, and every one of them plays.

use std::{fmt::Write as _, fs, io::Write as _, os::unix::fs::OpenOptionsExt, path::Path};

use anyhow::Result;
use shared::{
    cenc::{Seed, content_key},
    hls::validate::{Check, Severity},
};
use zeroize::Zeroizing;

use super::Media;
use crate::{
    engine::{Engine, Signals},
    failure::ToolFailed,
    package::Expected,
    process::{Invocation, Limits},
};

pub(super) struct Decoding<'a> {
    pub(super) engine: &'a Engine,
    pub(super) signals: &'a Signals,
    pub(super) folder: &'a Path,
    /// `None` when the job's folder is gone.
    pub(super) expected: Option<&'a Expected>,
    pub(super) seed: &'a Seed,
}

/// What came out of a track.
struct Decoded {
    packets: String,
    frames: u64,
    complaints: String,
}

impl Decoding<'_> {
    pub(super) async fn checks(&self, media: &[Media]) -> Result<Vec<Check>> {
        let (mut packets, mut playback) = (Vec::new(), Vec::new());
        for (place, track) in media.iter().enumerate() {
            self.signals
                .stage("decoding", place as f64 / media.len() as f64 * 100.0);
            let decoded = match self.decode(track).await {
                Ok(decoded) => decoded,
                Err(error) if error.is::<ToolFailed>() => {
                    playback.push(format!("{}: {error}", track.id));
                    continue;
                }
                Err(error) => return Err(error),
            };
            if !decoded.complaints.is_empty() {
                playback.push(format!("{}: {}", track.id, decoded.complaints));
            }
            let Some(expected) = self.expected else {
                continue;
            };
            if expected.packets.get(&track.id) != Some(&decoded.packets) {
                packets.push(format!(
                    "{}: decrypted packets differ from the encoder's",
                    track.id
                ));
            }
            let frames = expected.frames.get(&track.id);
            if frames.is_some_and(|frames| *frames != decoded.frames) {
                playback.push(format!(
                    "{}: {} frames were decoded",
                    track.id, decoded.frames
                ));
            }
        }
        Ok(vec![
            Check::new(
                "115",
                Severity::Must,
                "Decrypted samples are the encoder's, byte for byte",
                packets,
            ),
            Check::new(
                "decode",
                Severity::Must,
                "Every rendition decodes without an error",
                playback,
            ),
        ])
    }

    async fn decode(&self, track: &Media) -> Result<Decoded> {
        let list = self.folder.join(format!("{}.decrypt", track.id));
        self.write_list(track, &list)?;
        let packets = self.folder.join(format!("{}.md5", track.id));
        let mut frames = 0;
        // Deblocking costs a third of decoding and can't fail: every bit is read without it.
        let complaints = Invocation::new(&self.engine.tools.ffmpeg, self.folder, Limits::ENCODER)
            .args("-v error -nostdin -y -progress pipe:1 -skip_loop_filter all".split(' '))
            .args("-auto_convert 0 -f concat -safe 0 -i".split(' '))
            .arg(&list)
            .args("-map 0 -fps_mode passthrough -f null - -map 0 -c copy -f md5".split(' '))
            .arg(&packets)
            .lines(&self.signals.cancel, |line| {
                if let Some(count) = line.strip_prefix("frame=") {
                    frames = count.trim().parse().unwrap_or(frames);
                }
                Ok(())
            })
            .await;
        fs::remove_file(&list)?;
        Ok(Decoded {
            complaints: complaints?,
            packets: fs::read_to_string(&packets)?.trim().to_owned(),
            frames,
        })
    }

    /// The key goes through a file that only we can read: an argument would stand in the process list.
    fn write_list(&self, track: &Media, path: &Path) -> Result<()> {
        let mut text = Zeroizing::new(String::with_capacity(4096));
        text.push_str("ffconcat version 1.0\n");
        let quoted = track.path.display().to_string().replace('\'', "'\\''");
        writeln!(*text, "file '{quoted}'")?;
        if let Some(kid) = track.kid {
            let key = content_key(self.seed, kid);
            let key = Zeroizing::new(hex::encode(key.expose()));
            text.push_str("option decryption_key ");
            text.push_str(&key);
            text.push('\n');
        }
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        file.write_all(text.as_bytes())?;
        Ok(())
    }
}
