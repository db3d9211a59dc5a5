//! Decrypt every rendition: the packets are the encoder's, bit for bit. Samples of pictures that were decoded where they were
//! encoded, and all of anything else, are decoded: they play.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs::{self, File},
    io::{self, BufReader, Read, Seek, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::Result;
use shared::{
    asset::Media,
    cenc::{Seed, content_key},
    hls::validate::Published,
    mp4,
};
use zeroize::Zeroizing;

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
    /// What is wrong with how a track decrypts and decodes. Pictures that were decoded where they were encoded are compared,
    /// packet by packet, and only samples of them decoded again.
    pub(super) async fn findings(&self, track: Published<'_>, path: &Path) -> Result<Vec<String>> {
        let is_decoded = self.expected.is_some_and(|expected| expected.decoded);
        if is_decoded && !matches!(track, Published::Audio(_)) {
            return self.sampled_findings(track, path).await;
        }
        let id = track.media().id;
        let decoded = match self.decode(track.media(), path).await {
            Ok(decoded) => decoded,
            Err(error) => {
                return match error.downcast::<ToolFailed>() {
                    Ok(failed) => Ok(vec![format!("{id}: {failed}")]),
                    Err(error) => Err(error),
                };
            }
        };
        let mut findings = Vec::new();
        if !decoded.complaints.is_empty() {
            findings.push(format!("{id}: {}", decoded.complaints));
        }
        let Some(expected) = self.expected else {
            return Ok(findings);
        };
        if expected.packets.get(id) != Some(&decoded.packets) {
            findings.push(format!("{id}: decrypted packets differ from the encoder's"));
        }
        let frames = expected.frames.get(id);
        if frames.is_some_and(|frames| *frames != decoded.frames) {
            findings.push(format!("{id}: {} frames were decoded", decoded.frames));
        }
        Ok(findings)
    }

    /// The same with less decoding: all packets are compared, and the fragments at the beginning, in the middle and at the end
    /// are decoded.
    pub(super) async fn sampled_findings(
        &self,
        track: Published<'_>,
        path: &Path,
    ) -> Result<Vec<String>> {
        let id = track.media().id;
        let sample = self.folder.join(format!("{id}.sample.mp4"));
        let counted = write_sample(path, &sample)?;
        let both = tokio::try_join!(
            self.packets(track.media(), path),
            self.decode_sample(track.media(), &sample)
        );
        let (packets, decoded) = match both {
            Ok(both) => both,
            Err(error) => {
                return match error.downcast::<ToolFailed>() {
                    Ok(failed) => Ok(vec![format!("{id}: {failed}")]),
                    Err(error) => Err(error),
                };
            }
        };
        fs::remove_file(&sample)?;
        let (frames, complaints) = decoded;
        let mut findings = Vec::new();
        if !complaints.is_empty() {
            findings.push(format!("{id}: {complaints}"));
        }
        let Some(expected) = self.expected else {
            return Ok(findings);
        };
        if expected.packets.get(id) != Some(&packets) {
            findings.push(format!(
                "{id}: decrypted packets differ from those that were packaged"
            ));
        }
        if let Some(wanted) = expected.frames.get(id) {
            if counted.stored != *wanted {
                findings.push(format!("{id}: {} frames were packaged", counted.stored));
            }
            if counted.sampled != frames {
                findings.push(format!("{id}: {frames} sampled frames were decoded"));
            }
        }
        Ok(findings)
    }

    /// The hash of all packets, decrypted.
    async fn packets(&self, track: Media<'_>, source: &Path) -> Result<String> {
        let list = self.folder.join(format!("{}.decrypt", track.id));
        self.write_list(track, source, &list)?;
        let printed = Invocation::new(&self.engine.tools.ffmpeg, self.folder, Limits::FILM)
            .args("-v error -nostdin -auto_convert 0 -f concat -safe 0 -i".split(' '))
            .arg(&list)
            .args("-map 0 -c copy -f md5 -".split(' '))
            .output(&self.signals.cancel)
            .await;
        fs::remove_file(&list)?;
        let (printed, _) = printed?;
        Ok(String::from_utf8_lossy(&printed).trim().to_owned())
    }

    /// Frames that came out of a sample, and what the decoder complained of.
    async fn decode_sample(&self, track: Media<'_>, sample: &Path) -> Result<(u64, String)> {
        let list = self.folder.join(format!("{}.sample", track.id));
        self.write_list(track, sample, &list)?;
        let mut frames = 0;
        // Of a copy, which somebody waits for.
        let limits = Limits {
            gives_way: false,
            ..Limits::ENCODER
        };
        let complaints = Invocation::new(&self.engine.tools.ffmpeg, self.folder, limits)
            .args("-v error -nostdin -progress pipe:1 -skip_loop_filter all".split(' '))
            .args("-auto_convert 0 -f concat -safe 0 -i".split(' '))
            .arg(&list)
            .args("-map 0 -fps_mode passthrough -f null -".split(' '))
            .lines(&self.signals.cancel, |line| {
                if let Some(count) = line.strip_prefix("frame=") {
                    frames = count.trim().parse().unwrap_or(frames);
                }
                Ok(())
            })
            .await;
        fs::remove_file(&list)?;
        Ok((frames, complaints?))
    }

    async fn decode(&self, track: Media<'_>, source: &Path) -> Result<Decoded> {
        let list = self.folder.join(format!("{}.decrypt", track.id));
        self.write_list(track, source, &list)?;
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
    fn write_list(&self, track: Media<'_>, source: &Path, path: &Path) -> Result<()> {
        let mut text = Zeroizing::new(String::with_capacity(4096));
        text.push_str("ffconcat version 1.0\n");
        let quoted = source.display().to_string().replace('\'', "'\\''");
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

/// Samples of a track.
struct Counted {
    /// In the whole file.
    stored: u64,
    /// In the sample of it.
    sampled: u64,
}

/// Writes a file of the initialization section and a few fragments, still encrypted.
fn write_sample(track: &Path, path: &Path) -> Result<Counted> {
    let mut media = File::open(track)?;
    let index = mp4::index(&mut BufReader::new(&mut media))?;
    let fragments = &index.fragments;
    let last = fragments.len().saturating_sub(1);
    let picked: BTreeSet<usize> = [0, last / 2, last].into();
    let picked: Vec<_> = picked
        .iter()
        .filter_map(|place| fragments.get(*place))
        .collect();
    let mut sample = File::create(path)?;
    let ranges = picked.iter().map(|fragment| fragment.range);
    for range in [index.init].into_iter().chain(ranges) {
        media.seek(SeekFrom::Start(range.offset))?;
        io::copy(&mut Read::take(&mut media, range.length), &mut sample)?;
    }
    let stored: usize = fragments
        .iter()
        .map(|fragment| fragment.samples.len())
        .sum();
    let sampled: usize = picked.iter().map(|fragment| fragment.samples.len()).sum();
    Ok(Counted {
        stored: stored as u64,
        sampled: sampled as u64,
    })
}
