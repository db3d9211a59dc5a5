//! ffprobe: asked within bounds, its JSON read into types.

use std::{collections::HashMap, time::Duration};

use anyhow::Result;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use shared::ladder::Refusal;

use super::{
    Probe,
    packets::{Packet, PacketScan},
    refuse, sniff,
};
use crate::{
    failure::{Cancelled, Flooded, Refused, TimedOut, ToolFailed},
    input,
    process::{Invocation, Limits},
};

/// Header parsing allocates by what the header claims.
const MEMORY: u64 = 4 << 30;

/// A day of 60 frames a second.
pub(super) const MOST_PACKETS: u64 = 24 * 3600 * 60;

/// Packets that are looked at for marks of encryption: some of every track.
const FIRST_PACKETS: &str = "%+#200";

#[derive(Debug, Deserialize)]
pub(super) struct Container {
    #[serde(default)]
    pub(super) streams: Vec<Stream>,
    #[serde(default)]
    pub(super) chapters: Vec<Chapter>,
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
pub(super) struct Chapter {
    pub(super) start_time: Option<String>,
    pub(super) end_time: Option<String>,
    #[serde(default)]
    pub(super) tags: HashMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Stream {
    pub(super) index: u32,
    pub(super) codec_type: Option<String>,
    pub(super) codec_name: Option<String>,
    pub(super) codec_tag_string: Option<String>,
    pub(super) profile: Option<String>,
    pub(super) level: Option<i64>,
    #[serde(default, deserialize_with = "not_negative")]
    pub(super) width: u32,
    #[serde(default, deserialize_with = "not_negative")]
    pub(super) height: u32,
    #[serde(default, deserialize_with = "not_negative")]
    pub(super) has_b_frames: u32,
    pub(super) sample_aspect_ratio: Option<String>,
    pub(super) pix_fmt: Option<String>,
    pub(super) field_order: Option<String>,
    pub(super) color_range: Option<String>,
    pub(super) color_space: Option<String>,
    pub(super) color_transfer: Option<String>,
    pub(super) color_primaries: Option<String>,
    pub(super) chroma_location: Option<String>,
    pub(super) r_frame_rate: Option<String>,
    pub(super) avg_frame_rate: Option<String>,
    pub(super) time_base: Option<String>,
    pub(super) start_time: Option<String>,
    pub(super) duration: Option<String>,
    pub(super) bit_rate: Option<String>,
    pub(super) nb_frames: Option<String>,
    #[serde(default, deserialize_with = "not_negative")]
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

#[derive(Debug, Default, Deserialize)]
pub(super) struct Frame {
    pub(super) color_range: Option<String>,
    pub(super) color_space: Option<String>,
    pub(super) color_transfer: Option<String>,
    pub(super) color_primaries: Option<String>,
    pub(super) chroma_location: Option<String>,
    #[serde(default, rename = "interlaced_frame")]
    pub(super) is_interlaced: u8,
    #[serde(default)]
    pub(super) top_field_first: u8,
    #[serde(default)]
    pub(super) side_data_list: Vec<SideData>,
}

/// Damaged headers give negative sizes; nothing is as large as a size that doesn't fit.
fn not_negative<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let value = i64::deserialize(deserializer)?;
    Ok(u32::try_from(value.max(0)).unwrap_or(u32::MAX))
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
        tag(&self.tags, name)
    }
}

/// A tag by its name, whose case containers don't agree on.
pub(super) fn tag(tags: &HashMap<String, String>, name: &str) -> Option<String> {
    let found = tags.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.clone())
}

impl Probe<'_> {
    /// ffprobe with the master opened, within bounds.
    pub(super) fn ffprobe(&self, total: Duration, stall: Option<Duration>) -> Invocation<'_> {
        let limits = Limits {
            stall,
            total,
            memory: Some(MEMORY),
            ..Limits::QUICK
        };
        Invocation::new(&self.tools.ffprobe, &self.folder, limits)
            .only_reads()
            .args(["-v", "error", "-threads", "2"])
            .args(input::film(&self.master.input))
    }

    async fn ask<T: DeserializeOwned>(&self, arguments: &[&str]) -> Result<T> {
        let asked = self
            .ffprobe(self.bounds.answer, None)
            .args(["-print_format", "json"])
            .args(arguments)
            .output(self.cancel)
            .await;
        let (printed, _) = asked.map_err(|error| self.read(error))?;
        serde_json::from_slice(&printed).map_err(|_| Refused::new(vec![self.unreadable()]).into())
    }

    /// Streams and container.
    pub(super) async fn container(&self) -> Result<Container> {
        self.ask(&["-show_format", "-show_streams", "-show_chapters"])
            .await
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

    /// Whether the first packets are encrypted. The MP4 demuxer gives streams their clear name, so they don't tell.
    pub(super) async fn has_encrypted_packets(&self) -> Result<bool> {
        #[derive(Deserialize)]
        struct Packets {
            #[serde(default)]
            packets: Vec<PacketData>,
        }
        #[derive(Deserialize)]
        struct PacketData {
            #[serde(default)]
            side_data_list: Vec<SideData>,
        }
        let found: Packets = self
            .ask(&[
                "-show_entries",
                "packet=stream_index:packet_side_data=side_data_type",
                "-read_intervals",
                FIRST_PACKETS,
            ])
            .await?;
        let mut side_data = found
            .packets
            .iter()
            .flat_map(|packet| &packet.side_data_list);
        Ok(side_data.any(|data| data.kind.starts_with("Encryption")))
    }

    /// Every packet of the picture: the only way to know the frames, the rate and whether the file is whole.
    pub(super) async fn packets(&self, stream: u32) -> Result<PacketScan> {
        let mut scan = PacketScan::default();
        let complaints = self
            .ffprobe(self.bounds.scan, Some(self.bounds.silence))
            .args(["-select_streams", &stream.to_string(), "-show_entries"])
            .args(["packet=pts,dts,duration,size,flags", "-of", "compact=p=0"])
            .lines(self.cancel, |line| {
                if let Some(packet) = Packet::parse(line) {
                    scan.take(&packet);
                }
                if scan.stored > MOST_PACKETS {
                    return Err(too_many_frames().into());
                }
                Ok(())
            })
            .await
            .map_err(|error| self.read(error))?;
        scan.finish();
        let cut = ["partial file", "ended prematurely", "Truncating packet"];
        scan.is_cut = cut.iter().any(|words| complaints.contains(words));
        if scan.is_cut && self.may_be_the_network(&complaints) {
            return Err(ToolFailed {
                tool: self.tools.ffprobe.name,
                how: "read only a part of the master".to_owned(),
                tail: complaints,
            }
            .into());
        }
        Ok(scan)
    }

    /// What a failure of ffprobe means. It is the master's fault unless we stopped it or the network did.
    pub(super) fn read(&self, error: anyhow::Error) -> anyhow::Error {
        if let Some(TimedOut { seconds, .. }) = error.downcast_ref() {
            return Refused::because(
                "probe_timeout",
                format!("The master could not be examined within {seconds} s."),
                "Export the film again; if the file is fine, look at the object store's speed.",
            )
            .into();
        }
        if error.is::<Flooded>() {
            return Refused::because(
                "header_absurd",
                "The file's header describes more than any film has.",
                "Export the film again into MP4, MOV, MKV or MXF.",
            )
            .into();
        }
        match error.downcast_ref() {
            Some(ToolFailed { tail, .. }) if self.may_be_the_network(tail) => error,
            Some(failed) => Refused::new(vec![self.complaint(failed)]).into(),
            None => error,
        }
    }

    /// Whether a program's complaint may be the network's or this machine's fault.
    pub(super) fn may_be_the_network(&self, tail: &str) -> bool {
        let local = ["No such file", "Permission denied"];
        let remote = [
            "Server returned",
            "HTTP error",
            "Connection",
            "Stream ends prematurely",
            "Network",
            "resolve hostname",
            "timed out",
            "TLS",
        ];
        local.iter().any(|words| tail.contains(words))
            || input::is_remote(&self.master.input)
                && remote.iter().any(|words| tail.contains(words))
    }
}

impl Probe<'_> {
    /// What ffprobe says before it gives up.
    fn complaint(&self, failed: &ToolFailed) -> Refusal {
        let said = |words: &str| failed.tail.contains(words);
        let head = &self.master.head;
        if sniff::is_cut(head, self.master.bytes) {
            refuse::shorter_than_it_says()
        } else if said("moov atom not found") && sniff::begins_like_a_film(head) {
            Refusal::new(
                "truncated",
                "The file is cut off: its index (moov) is missing.",
                "Upload it again, and wait until the export has finished.",
            )
        } else if said("Format not on whitelist") {
            let format = failed.tail.split(" @ ").next().unwrap_or_default();
            let format = format.rsplit('[').next().unwrap_or_default();
            Refusal::new(
                "container_unsupported",
                format!("The file is of a kind ({format}) that masters are not delivered in."),
                "Deliver MP4, MOV, MKV, MXF or MPEG-TS.",
            )
        } else if said("max_streams") {
            Refusal::new(
                "too_many_streams",
                format!("The file has more than {} streams.", input::MOST_STREAMS),
                "Export the film again with its picture, sound and subtitles only.",
            )
        } else if said("Cannot allocate memory") || said("Out of memory") {
            Refusal::new(
                "header_absurd",
                "Reading the file's header needs more memory than any film's.",
                "Export the film again into MP4, MOV, MKV or MXF.",
            )
        } else {
            self.unreadable()
        }
    }

    /// A film that is damaged, or no film.
    fn unreadable(&self) -> Refusal {
        if sniff::begins_like_a_film(&self.master.head) {
            Refusal::new(
                "master_damaged",
                "The file's header or index is damaged or cut off.",
                "Export the film again, check that it plays, and upload it again.",
            )
        } else {
            Refusal::new(
                "master_unreadable",
                "The file is no film that we can read.",
                "Deliver MP4, MOV, MKV, MXF or MPEG-TS.",
            )
        }
    }
}

pub(super) fn too_many_frames() -> Refused {
    Refused::because(
        "frames_absurd",
        format!("The video has more than {MOST_PACKETS} frames."),
        "Deliver the film at 60 frames per second or fewer, and no more than a day of it.",
    )
}
