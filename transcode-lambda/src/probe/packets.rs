//! What the picture's packets say: when frames are shown, how large they are, where decoding can start.

use shared::ladder::KeyFrames;

/// Timestamps beyond this are damage, whatever the time base: ±2⁵² ticks.
const FARTHEST_TICKS: i64 = 1 << 52;

/// The packets of a picture, in the order they are stored.
#[derive(Debug, Default)]
pub(super) struct PacketScan {
    /// Presentation times in ticks; rising once the scan has ended.
    pub(super) times: Vec<i64>,
    /// Ticks that the last one lasts.
    pub(super) last_duration: i64,
    /// Packets that are shown.
    pub(super) count: u64,
    /// Packets, including those that an edit list hides.
    pub(super) stored: u64,
    /// Their bytes.
    pub(super) bytes: u64,
    /// Packets whose time no film reaches.
    pub(super) absurd: u64,
    /// Packets that the demuxer found damaged.
    pub(super) corrupt: u64,
    /// ffprobe said that the file ends early.
    pub(super) is_cut: bool,
    latest: Option<i64>,
    groups: Groups,
}

/// One packet, as ffprobe prints it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Packet {
    time: Option<i64>,
    duration: i64,
    bytes: u64,
    is_key: bool,
    is_hidden: bool,
    is_corrupt: bool,
}

/// The groups of pictures that have been seen.
#[derive(Debug, Default)]
struct Groups {
    /// Time and place of every key frame, in stored order.
    keys: Vec<(i64, u64)>,
    starts_with_one: bool,
    is_open: bool,
}

impl Packet {
    /// `pts=1001|dts=0|duration=1001|size=812|flags=K__`. Packets that an edit list hides carry `D`, damaged ones `C`. `None`
    /// when the line is something else.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let mut packet = Self::default();
        let mut is_packet = false;
        let mut decoded_at = None;
        for field in line.split('|') {
            match field.split_once('=') {
                Some(("pts", value)) => packet.time = value.parse().ok(),
                Some(("dts", value)) => decoded_at = value.parse().ok(),
                Some(("duration", value)) => packet.duration = value.parse().unwrap_or(0),
                Some(("size", value)) => packet.bytes = value.parse().unwrap_or(0),
                Some(("flags", value)) => {
                    is_packet = true;
                    packet.is_key = value.contains('K');
                    packet.is_hidden = value.contains('D');
                    packet.is_corrupt = value.contains('C');
                }
                _ => {}
            }
        }
        // Containers that know only the decoding time (AVI) are right about it whenever nothing is reordered.
        packet.time = packet.time.or(decoded_at);
        is_packet.then_some(packet)
    }
}

impl PacketScan {
    /// Takes the next packet.
    pub(super) fn take(&mut self, packet: &Packet) {
        self.stored += 1;
        self.bytes += packet.bytes;
        self.corrupt += u64::from(packet.is_corrupt);
        let Some(time) = packet.time else { return };
        if !(-FARTHEST_TICKS..=FARTHEST_TICKS).contains(&time) {
            self.absurd += 1;
            return;
        }
        self.groups.take(packet.is_key, time, self.stored);
        if packet.is_hidden {
            return;
        }
        let duration = packet.duration.clamp(0, FARTHEST_TICKS);
        if self.latest.is_none_or(|latest| time >= latest) {
            (self.latest, self.last_duration) = (Some(time), duration);
        }
        self.times.push(time);
        self.count += 1;
    }

    /// Ends the scan.
    pub(super) fn finish(&mut self) {
        self.times.sort_unstable();
    }

    /// Where decoding can start; `None` without any frame.
    pub(super) fn key_frames(&self, tick_s: f64) -> Option<KeyFrames> {
        let end = self.times.last()?.saturating_add(self.last_duration);
        let keys = &self.groups.keys;
        let mut longest_frames = 0;
        let mut longest_ticks = 0;
        let mut interval = None;
        let mut is_even = true;
        for (place, (time, stored)) in keys.iter().enumerate() {
            let next = keys.get(place + 1);
            let (next_time, next_stored) = next.copied().unwrap_or((end, self.stored + 1));
            let frames = next_stored - stored;
            longest_frames = longest_frames.max(frames);
            longest_ticks = longest_ticks.max(next_time - time);
            if next.is_some() {
                is_even &= *interval.get_or_insert(frames) == frames;
            } else {
                // The last group ends with the film.
                is_even &= interval.is_none_or(|usual| frames <= usual);
            }
        }
        Some(KeyFrames {
            count: keys.len() as u64,
            interval_frames: interval.filter(|_| is_even),
            longest_frames,
            longest_us: (longest_ticks.max(0) as f64 * tick_s * 1e6).round() as u64,
            starts_with_one: self.groups.starts_with_one,
            is_closed: !self.groups.is_open,
        })
    }
}

impl Groups {
    fn take(&mut self, is_key: bool, time: i64, stored: u64) {
        if is_key {
            self.starts_with_one |= stored == 1;
            self.keys.push((time, stored));
        } else if let Some((key_time, _)) = self.keys.last() {
            // Shown before the key frame that it is stored after: it may need the group before (H.264 recovery points, HEVC CRA).
            self.is_open |= time < *key_time;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(lines: &[&str]) -> PacketScan {
        let mut scan = PacketScan::default();
        for line in lines {
            scan.take(&Packet::parse(line).unwrap());
        }
        scan.finish();
        scan
    }

    #[test]
    fn a_packet_is_read_from_its_line() {
        let packet = Packet::parse("pts=1001|dts=0|duration=1001|size=812|flags=KDC").unwrap();
        let expect = Packet {
            time: Some(1001),
            duration: 1001,
            bytes: 812,
            is_key: true,
            is_hidden: true,
            is_corrupt: true,
        };
        assert_eq!(packet, expect);
        let undated = Packet::parse("pts=N/A|dts=7|duration=N/A|size=1|flags=___").unwrap();
        assert_eq!((undated.time, undated.duration), (Some(7), 0));
        assert_eq!(Packet::parse("side_data|"), None);
    }

    #[test]
    fn a_group_is_closed_when_no_frame_reaches_back_over_its_key_frame() {
        let closed = scan(&[
            "pts=0|duration=1|flags=K__",
            "pts=2|duration=1|flags=___",
            "pts=1|duration=1|flags=___",
            "pts=3|duration=1|flags=K__",
            "pts=4|duration=1|flags=___",
        ]);
        let found = closed.key_frames(1.0).unwrap();
        assert_eq!(
            (found.count, found.interval_frames, found.longest_frames),
            (2, Some(3), 3)
        );
        assert_eq!((found.longest_us, found.is_closed), (3_000_000, true));
        let open = scan(&[
            "pts=0|duration=1|flags=K__",
            "pts=1|duration=1|flags=___",
            "pts=3|duration=1|flags=K__",
            "pts=2|duration=1|flags=___",
        ]);
        assert!(!open.key_frames(1.0).unwrap().is_closed);
    }

    #[test]
    fn uneven_groups_and_a_start_without_a_key_frame_are_told() {
        let found = scan(&[
            "pts=0|duration=1|flags=___",
            "pts=1|duration=1|flags=K__",
            "pts=2|duration=1|flags=K__",
            "pts=3|duration=1|flags=___",
            "pts=4|duration=1|flags=___",
        ]);
        let found = found.key_frames(0.5).unwrap();
        assert!(!found.starts_with_one);
        assert_eq!(
            (
                found.interval_frames,
                found.longest_frames,
                found.longest_us
            ),
            (None, 3, 1_500_000)
        );
    }

    #[test]
    fn a_time_that_no_film_reaches_is_counted_and_not_computed_with() {
        let scan = scan(&[
            "pts=-9223372036854775807|duration=1|flags=K__",
            "pts=9223372036854775807|duration=9223372036854775807|flags=K__",
            "pts=5|duration=9223372036854775807|flags=K__",
        ]);
        assert_eq!((scan.absurd, scan.count), (2, 1));
        assert!(scan.key_frames(1.0).is_some());
    }
}
