//! A quick look at a master: what its container and its packets say, without decoding anything. Enough to decide whether it
//! can be copied, and no more.

use anyhow::{Context, Result};
use shared::{
    asset::FrameRate,
    ladder::{Packet, Source, Timeline},
};

use super::{
    Probe,
    ffprobe::{self, Container, Stream},
    packets::PacketScan,
    refuse, sniff, streams,
    timing::{Timing, ratio},
};
use crate::failure::Refused;

/// A packet without a time has no place on the timeline: counted as hidden, which no copy allows.
const UNTIMED: Packet = Packet {
    time: 0,
    bytes: 0,
    is_key: false,
    is_hidden: true,
};

impl Probe<'_> {
    /// Looks at a master. The container is read beside the packets of its first picture: most of the time is waiting.
    pub(crate) async fn skim(&self) -> Result<(Source, Timeline)> {
        if let Some(refusal) = sniff::refusal(&self.master.head) {
            return Err(Refused::new(vec![refusal]).into());
        }
        let (container, is_encrypted, packets) = tokio::try_join!(
            self.container(),
            self.has_encrypted_packets(),
            self.picture_packets()
        )?;
        if is_encrypted || sniff::is_encrypted(&self.master.head) {
            return Err(Refused::new(vec![refuse::encrypted()]).into());
        }
        let picture = streams::picture(&container).filter(|picture| is_first(picture, &container));
        let picture = picture.ok_or_else(|| {
            Refused::because(
                "copy_no_picture",
                "The master can't be copied: its first video stream is no picture.",
                "Nothing: the probe says whether it can be encoded.",
            )
        })?;
        let tick_s = ratio(picture.time_base.as_deref())
            .context("a stream has a time base")?
            .fps();
        let timing = Timing {
            rate: ratio(picture.avg_frame_rate.as_deref()).unwrap_or(FrameRate { num: 0, den: 1 }),
            is_variable: false,
            frames: packets.len() as u64,
            start_us: micros(picture.start_time.as_deref())
                - micros(container.format.start_time.as_deref()),
            duration_us: duration_us(picture),
            fps_range: None,
            longest_gap_s: (0.0, 0.0),
            tick_s,
        };
        let scan = PacketScan::default();
        let mut source = streams::source(picture, &container, (&scan, &timing), None);
        for track in &mut source.audio {
            let mut all = container.streams.iter();
            if let Some(stream) = all.find(|stream| stream.index == track.stream) {
                track.duration_us = duration_us(stream);
            }
        }
        Ok((source, Timeline { tick_s, packets }))
    }

    /// The packets of the first video stream, in the order in which they are stored.
    async fn picture_packets(&self) -> Result<Vec<Packet>> {
        let mut packets = Vec::new();
        self.ffprobe(self.bounds.scan, Some(self.bounds.silence))
            .args(["-select_streams", "v:0", "-show_entries"])
            .args(["packet=pts,size,flags", "-of", "compact=p=0:nk=1"])
            .lines(self.cancel, |line| {
                if packets.len() as u64 >= ffprobe::MOST_PACKETS {
                    return Err(ffprobe::too_many_frames().into());
                }
                packets.push(packet(line).unwrap_or(UNTIMED));
                Ok(())
            })
            .await
            .map_err(|error| self.read(error))?;
        Ok(packets)
    }
}

fn is_first(picture: &Stream, container: &Container) -> bool {
    let first = container.streams.iter().find(|stream| stream.is("video"));
    first.is_some_and(|first| first.index == picture.index)
}

/// As the container says; Matroska says it in a tag.
fn duration_us(stream: &Stream) -> u64 {
    let tagged = || {
        let tag = stream.tag("DURATION")?;
        let mut parts = tag.rsplit(':');
        let seconds: f64 = parts.next()?.parse().ok()?;
        let minutes: f64 = parts.next()?.parse().ok()?;
        let hours: f64 = parts.next()?.parse().ok()?;
        Some(((hours * 60.0 + minutes) * 60.0 + seconds) * 1e6)
    };
    match micros(stream.duration.as_deref()) {
        0 => tagged().map_or(0, |micros| micros.round() as u64),
        micros => micros.unsigned_abs(),
    }
}

fn micros(seconds: Option<&str>) -> i64 {
    let seconds: f64 = seconds.and_then(|text| text.parse().ok()).unwrap_or(0.0);
    (seconds * 1e6).round() as i64
}

/// `1001|23713|K__`; packets that an edit list hides carry `D`.
fn packet(line: &str) -> Option<Packet> {
    let mut fields = line.split('|');
    let time = fields.next()?.parse().ok()?;
    let bytes = fields.next()?.parse().ok()?;
    let flags = fields.next()?;
    Some(Packet {
        time,
        bytes,
        is_key: flags.contains('K'),
        is_hidden: flags.contains('D'),
    })
}
