//! ffprobe: asked within bounds, its JSON read into types.

use std::{collections::HashMap, env, time::Duration};

use anyhow::Result;
use serde::Deserialize;
use shared::ladder::Refusal;
use tokio_util::sync::CancellationToken;

use crate::{
    failure::{Cancelled, Refused, TimedOut, ToolFailed},
    process::{Invocation, Limits},
    tools::Tools,
};

/// Reading every packet header of a long master from a slow disk.
const SCAN: Limits = Limits {
    stall: Some(Duration::from_secs(120)),
    total: Duration::from_secs(1800),
    memory: Some(4 << 30),
    output: usize::MAX,
};

/// More packets than a day of 240 frames a second.
const MOST_PACKETS: usize = 24 * 3600 * 240;

/// Where to ask.
pub(super) struct Probe<'a> {
    pub(super) tools: &'a Tools,
    /// A path or URL.
    pub(super) input: &'a str,
    pub(super) cancel: &'a CancellationToken,
}

#[derive(Debug, Deserialize)]
pub(super) struct Container {
    #[serde(default)]
    pub(super) streams: Vec<Stream>,
    #[serde(default)]
    pub(super) format: Format,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Format {
    #[serde(default, rename = "format_name")]
    pub(super) names: String,
    pub(super) start_time: Option<String>,
    pub(super) duration: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Stream {
    pub(super) index: u32,
    pub(super) codec_type: Option<String>,
    pub(super) codec_name: Option<String>,
    pub(super) profile: Option<String>,
    #[serde(default)]
    pub(super) width: u32,
    #[serde(default)]
    pub(super) height: u32,
    pub(super) sample_aspect_ratio: Option<String>,
    pub(super) pix_fmt: Option<String>,
    pub(super) field_order: Option<String>,
    pub(super) color_range: Option<String>,
    pub(super) color_space: Option<String>,
    pub(super) color_transfer: Option<String>,
    pub(super) color_primaries: Option<String>,
    pub(super) r_frame_rate: Option<String>,
    pub(super) avg_frame_rate: Option<String>,
    pub(super) time_base: Option<String>,
    pub(super) nb_frames: Option<String>,
    #[serde(default)]
    pub(super) channels: u32,
    pub(super) channel_layout: Option<String>,
    pub(super) sample_rate: Option<String>,
    #[serde(default)]
    pub(super) disposition: HashMap<String, u8>,
    #[serde(default)]
    pub(super) tags: HashMap<String, String>,
    #[serde(default)]
    pub(super) side_data_list: Vec<SideData>,
}

/// Side data of a stream or frame: only the members that we use.
#[derive(Debug, Default, Deserialize)]
pub(super) struct SideData {
    #[serde(default, rename = "side_data_type")]
    pub(super) kind: String,
    pub(super) rotation: Option<f64>,
    pub(super) dv_profile: Option<u32>,
    pub(super) max_content: Option<u32>,
    pub(super) max_average: Option<u32>,
    #[serde(flatten)]
    pub(super) other: HashMap<String, serde_json::Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Frame {
    pub(super) color_transfer: Option<String>,
    #[serde(default)]
    #[serde(rename = "interlaced_frame")]
    pub(super) is_interlaced: u8,
    #[serde(default)]
    pub(super) side_data_list: Vec<SideData>,
}

/// What the packets of the picture say.
#[derive(Debug, Default)]
pub(super) struct PacketScan {
    /// Presentation times in ticks, rising.
    pub(super) times: Vec<i64>,
    /// Ticks that the last one lasts.
    pub(super) last_duration: i64,
    /// Packets that are shown.
    pub(super) count: u64,
    /// Packets, including those that an edit list hides.
    pub(super) stored: u64,
    /// ffprobe said that the file ends early.
    pub(super) is_cut: bool,
}

impl Stream {
    pub(super) fn is(&self, kind: &str) -> bool {
        self.codec_type.as_deref() == Some(kind)
    }

    pub(super) fn has(&self, disposition: &str) -> bool {
        self.disposition.get(disposition) == Some(&1)
    }

    pub(super) fn codec(&self) -> &str {
        self.codec_name.as_deref().unwrap_or("unknown")
    }

    pub(super) fn tag(&self, name: &str) -> Option<String> {
        let found = self
            .tags
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone())
    }
}

impl Probe<'_> {
    async fn ask<T: for<'de> Deserialize<'de>>(&self, arguments: &[&str]) -> Result<T> {
        let folder = env::temp_dir();
        let asked = Invocation::new(&self.tools.ffprobe, &folder, Limits::QUICK)
            .args(["-v", "error", "-print_format", "json"])
            .args(arguments)
            .arg(self.input)
            .output(self.cancel)
            .await;
        let (printed, _) = asked.map_err(|error| unreadable(&error).unwrap_or(error))?;
        Ok(serde_json::from_slice(&printed)?)
    }

    /// Streams and container.
    pub(super) async fn container(&self) -> Result<Container> {
        self.ask(&["-show_format", "-show_streams"]).await
    }

    /// The first frame of a stream, if one can be decoded.
    pub(super) async fn first_frame(&self, stream: u32) -> Result<Option<Frame>> {
        #[derive(Deserialize)]
        struct Frames {
            #[serde(default)]
            frames: Vec<Frame>,
        }
        let stream = stream.to_string();
        let arguments = [
            "-select_streams",
            &stream,
            "-show_frames",
            "-read_intervals",
            "%+#1",
        ];
        match self.ask::<Frames>(&arguments).await {
            Ok(found) => Ok(found.frames.into_iter().next()),
            Err(error) if error.is::<Cancelled>() => Err(error),
            // Whether it decodes is asked separately, with a better answer.
            Err(_) => Ok(None),
        }
    }

    /// Whether a stream's first packet is encrypted. The demuxer gives streams their clear name, so they don't tell.
    pub(super) async fn is_encrypted(&self, stream: u32) -> Result<bool> {
        #[derive(Deserialize)]
        struct Packets {
            #[serde(default)]
            packets: Vec<Packet>,
        }
        #[derive(Deserialize)]
        struct Packet {
            #[serde(default)]
            side_data_list: Vec<SideData>,
        }
        let stream = stream.to_string();
        let arguments = [
            "-select_streams",
            &stream,
            "-show_packets",
            "-read_intervals",
            "%+#1",
        ];
        let found: Packets = self.ask(&arguments).await?;
        let mut side_data = found
            .packets
            .iter()
            .flat_map(|packet| &packet.side_data_list);
        Ok(side_data.any(|data| data.kind.starts_with("Encryption")))
    }

    /// Every packet of the picture: the only way to know the frames, the rate and whether the file is whole.
    pub(super) async fn packets(&self, picture: &Stream) -> Result<PacketScan> {
        let folder = env::temp_dir();
        let mut scan = PacketScan::default();
        let mut last = (i64::MIN, 0);
        let complaints = Invocation::new(&self.tools.ffprobe, &folder, SCAN)
            .args(["-v", "error", "-select_streams", &picture.index.to_string()])
            .args([
                "-show_entries",
                "packet=pts,duration,flags",
                "-of",
                "compact=p=0:nk=0",
            ])
            .arg(self.input)
            .lines(self.cancel, |line| {
                scan.stored += u64::from(line.contains("flags="));
                let Some((time, duration)) = packet(line) else {
                    return Ok(());
                };
                anyhow::ensure!(
                    scan.times.len() < MOST_PACKETS,
                    "the master has too many packets"
                );
                scan.times.push(time);
                last = last.max((time, duration));
                Ok(())
            })
            .await
            .map_err(|error| unreadable(&error).unwrap_or(error))?;
        scan.times.sort_unstable();
        scan.count = scan.times.len() as u64;
        scan.last_duration = last.1;
        let cut = [
            "partial file",
            "ended prematurely",
            "Truncating packet",
            "truncated",
        ];
        scan.is_cut = cut.iter().any(|words| complaints.contains(words));
        Ok(scan)
    }
}

/// `pts=1001|duration=1001|flags=K__`; packets that an edit list hides carry `D`.
fn packet(line: &str) -> Option<(i64, i64)> {
    let (mut time, mut duration, mut shown) = (None, 0, true);
    for field in line.split('|') {
        match field.split_once('=') {
            Some(("pts", value)) => time = value.parse().ok(),
            Some(("duration", value)) => duration = value.parse().unwrap_or(0),
            Some(("flags", value)) => shown = !value.contains('D'),
            _ => {}
        }
    }
    time.filter(|_| shown).map(|time| (time, duration))
}

/// ffprobe's failures are the master's, except when we stopped it.
fn unreadable(error: &anyhow::Error) -> Option<anyhow::Error> {
    if let Some(TimedOut { seconds, .. }) = error.downcast_ref() {
        return Some(
            Refused::because(
                "probe_timeout",
                format!("The master could not be examined within {seconds} s."),
                "Export the film again; if the file is fine, look at the object store's speed.",
            )
            .into(),
        );
    }
    let ToolFailed { tail, .. } = error.downcast_ref()?;
    let refusal = if tail.contains("moov atom not found") {
        Refusal::new(
            "truncated",
            "The file is cut off: its index (moov) is missing.",
            "Upload it again, and wait until the export has finished.",
        )
    } else {
        Refusal::new(
            "master_unreadable",
            "The file is no film that we can read.",
            "Deliver MP4, MOV, MKV, MXF or MPEG-TS.",
        )
    };
    Some(Refused(vec![refusal]).into())
}
