use super::*;
use crate::{
    asset::VideoRange,
    ladder::{SourceAudio, SourceVideo},
};

const MASTER: &str = r#"{"container": "mov,mp4,m4a,3gp,3g2,mj2", "video": {"stream": 0, "codec": "h264", "profile": "High",
    "level": 40, "pixFmt": "yuv420p", "width": 1920, "height": 1080, "sampleAspect": [1, 1], "frameRate": {"num": 24000, "den": 1001},
    "frames": 0, "durationUs": 0, "bitDepth": 8, "range": "SDR", "primaries": "bt709", "transfer": "bt709", "matrix": "bt709"},
    "audio": [{"stream": 1, "codec": "aac", "profile": "LC", "channels": 2, "sampleRate": 48000, "durationUs": 60100000,
               "language": "eng", "isDefault": true}]}"#;

fn master() -> Source {
    serde_json::from_str(MASTER).unwrap()
}

fn with(change: impl FnOnce(&mut SourceVideo)) -> Source {
    let mut source = master();
    change(&mut source.video);
    source
}

/// Packets at 24000/1001 fps in a timescale of 24000: key frames at these places, two reordered frames in between.
fn timeline(keys: &[u64], frames: u64) -> Timeline {
    let mut stored = Vec::new();
    for (place, key) in keys.iter().enumerate() {
        let end = keys.get(place + 1).copied().unwrap_or(frames);
        stored.push(*key);
        let rest: Vec<u64> = (key + 1..end).collect();
        // P first, then the B-frames before it.
        for group in rest.chunks(3) {
            let (last, before) = group.split_last().unwrap();
            stored.push(*last);
            stored.extend(before);
        }
    }
    let packet = |place: &u64| Packet {
        time: (*place * 1001).cast_signed(),
        bytes: 30_000,
        is_key: keys.contains(place),
        is_hidden: false,
    };
    Timeline {
        tick_s: 1.0 / 24_000.0,
        packets: stored.iter().map(packet).collect(),
    }
}

fn regular(gop: u64, frames: u64) -> Timeline {
    let keys: Vec<u64> = (0..frames).step_by(gop as usize).collect();
    timeline(&keys, frames)
}

fn codes(found: Result<CopyPlan, Vec<Refusal>>) -> Vec<String> {
    let refusals = found.err().unwrap_or_default();
    refusals.into_iter().map(|refusal| refusal.code).collect()
}

#[test]
fn a_master_that_conforms_is_copied_frame_by_frame() {
    let plan = copy(&master(), &regular(48, 1440)).unwrap();
    assert_eq!(plan.duration_ms, 60_060);
    let video = &plan.video;
    assert_eq!((video.id.as_str(), video.frames), ("copy1080", 1440));
    assert_eq!((video.frame_rate.num, video.frame_rate.den), (24000, 1001));
    assert_eq!((video.reorder_frames, video.segment_frames), (1, 144));
    assert_eq!(video.colours, None);
    let audio = &plan.audio[0];
    assert_eq!(audio.id, "a-en-aac2");
    assert!(audio.is_copied && audio.default, "{:?}", plan.notes);
}

#[test]
fn every_obstacle_in_the_streams_is_told_at_once() {
    let check = |source: Source, expect: &[&str]| {
        assert_eq!(codes(copy(&source, &regular(48, 480))), expect);
    };
    check(
        with(|video| video.codec = "prores".to_owned()),
        &["copy_codec"],
    );
    check(
        with(|video| {
            video.is_interlaced = true;
            video.sample_aspect = (16, 15);
            video.profile = Some("High 4:2:2".to_owned());
        }),
        &["copy_profile", "copy_interlaced", "copy_geometry"],
    );
    check(with(|video| video.level = Some(52)), &["copy_profile"]);
    check(with(|video| video.range = VideoRange::Pq), &["copy_hdr"]);
    check(with(|video| video.full_range = true), &["copy_colours"]);
    check(
        with(|video| video.start_us = 80_000),
        &["copy_late_picture"],
    );
    let mut avi = master();
    avi.container = "avi".to_owned();
    check(avi, &["copy_container"]);
    let mut heavy = regular(48, 480);
    for packet in &mut heavy.packets {
        packet.bytes = 200_000;
    }
    assert_eq!(codes(copy(&master(), &heavy)), ["copy_rate"]);
}

#[test]
fn hevc_with_ten_bits_of_standard_range_is_copied() {
    let source = with(|video| {
        video.codec = "hevc".to_owned();
        video.profile = Some("Main 10".to_owned());
        video.pix_fmt = Some("yuv420p10le".to_owned());
        video.level = Some(120);
    });
    let plan = copy(&source, &regular(48, 480)).unwrap();
    assert_eq!(plan.video.codec, Codec::Hevc);
}

#[test]
fn frames_must_lie_on_an_exact_grid() {
    let refused = |change: &dyn Fn(&mut Timeline)| {
        let mut timeline = regular(48, 480);
        change(&mut timeline);
        codes(copy(&master(), &timeline))
    };
    assert_eq!(
        refused(&|timeline| timeline.packets[7].time += 500),
        ["copy_frame_rate"]
    );
    assert_eq!(
        refused(&|timeline| {
            timeline.packets.remove(200);
        }),
        ["copy_frame_rate"]
    );
    assert_eq!(
        refused(&|timeline| timeline.packets[3].is_hidden = true),
        ["copy_edited"]
    );
    assert_eq!(
        refused(&|timeline| timeline.packets.clear()),
        ["copy_no_frames"]
    );
    // Fifteen frames a second is a rate that HLS doesn't allow.
    assert_eq!(
        refused(&|timeline| timeline.tick_s = 1.6 / 24_000.0),
        ["copy_frame_rate"]
    );
    // Matroska rounds to milliseconds, which is close enough.
    let mut rounded = regular(48, 480);
    rounded.tick_s = 0.001;
    for packet in &mut rounded.packets {
        packet.time = (packet.time as f64 / 24.0).round() as i64;
    }
    assert!(copy(&master(), &rounded).is_ok());
}

#[test]
fn groups_of_pictures_must_be_closed() {
    // The B-frames before a key frame are stored after it.
    let mut open = regular(48, 480);
    let key = open
        .packets
        .iter()
        .position(|packet| packet.time == 96 * 1001)
        .unwrap();
    open.packets.swap(key - 1, key);
    assert_eq!(codes(copy(&master(), &open)), ["copy_open_gop"]);
    let mut late = regular(48, 480);
    late.packets[0].is_key = false;
    assert_eq!(codes(copy(&master(), &late)), ["copy_open_gop"]);
}

#[test]
fn segments_follow_from_where_key_frames_are() {
    let aim = |timeline: &Timeline| copy(&master(), timeline).map(|plan| plan.video.segment_frames);
    assert_eq!(aim(&regular(48, 1440)), Ok(144));
    assert_eq!(aim(&regular(120, 1440)), Ok(120), "5 s a segment");
    // Scene cuts between key frames that are 2 s apart at most.
    let cuts: Vec<u64> = (0..1440)
        .filter(|place| place % 48 == 0 || place % 37 == 0)
        .collect();
    let found = aim(&timeline(&cuts, 1440)).unwrap();
    assert!((96..=149).contains(&found), "{found}");
    assert_eq!(
        codes(copy(&master(), &regular(240, 1440))),
        ["copy_key_frames_far"]
    );
}

#[test]
fn sound_that_is_no_stereo_aac_in_step_is_encoded() {
    let encoded = |change: &dyn Fn(&mut SourceAudio)| {
        let mut source = master();
        change(&mut source.audio[0]);
        let plan = copy(&source, &regular(48, 1440)).unwrap();
        (!plan.audio[0].is_copied).then(|| plan.notes.concat())
    };
    assert_eq!(encoded(&|_| {}), None);
    for change in [
        (|audio| audio.codec = "ac3".to_owned()) as fn(&mut SourceAudio),
        |audio| audio.channels = 6,
        |audio| audio.profile = Some("HE-AAC".to_owned()),
        |audio| audio.start_us = 40_000,
        |audio| audio.duration_us = 59_000_000,
        |audio| audio.duration_us = 0,
    ] {
        let told = encoded(&change).expect("it is encoded");
        assert!(told.contains("Audio stream 1 is encoded"), "{told}");
    }
}

#[test]
fn sound_is_copied_only_where_the_container_can_tell_its_times_exactly() {
    let is_copied = |container: &str, sample_rate| {
        let mut source = master();
        source.container = container.to_owned();
        source.audio[0].sample_rate = sample_rate;
        copy(&source, &regular(48, 1440)).unwrap().audio[0].is_copied
    };
    assert!(is_copied("mov,mp4,m4a,3gp,3g2,mj2", 44_100));
    assert!(is_copied("mpegts", 48_000) && !is_copied("mpegts", 44_100));
    assert!(!is_copied("matroska,webm", 48_000));
}

#[test]
fn colours_that_are_not_told_follow_from_the_size() {
    let untold = |height| {
        let source = with(|video| {
            video.height = height;
            video.transfer = None;
        });
        let plan = copy(&source, &regular(48, 480)).unwrap();
        plan.video.colours.map(|colours| colours.matrix)
    };
    assert_eq!((untold(1080), untold(576)), (Some(1), Some(6)));
}
