//! A film of one minute, indexed as the packaging job would: every number of it is a plain function of a rung.

use shared::{
    asset::{
        Asset, AudioTrack, ByteRange, Fragment, FrameRate, Rates, SCHEMA, Segment, SubtitleTrack,
        VideoRange, VideoTrack,
    },
    cenc::{ConstantIv, KeyId, Tier, constant_iv, key_id},
    ids::{AssetVersion, ContentId},
};
use uuid::Uuid;

pub(crate) const CID: ContentId =
    ContentId::from_uuid(Uuid::from_u128(0x0190_a2b4_0000_7000_8000_0000_0000_0001));
pub(crate) const VER: AssetVersion = AssetVersion(3);
pub(crate) const KID_SEED: [u8; 32] = [7; 32];

const GOPS: u64 = 30;
const GOPS_PER_SEGMENT: usize = 3;
/// Ticks of a 48 frame GOP at 24000/1001.
const GOP_TICKS: u64 = 48 * 1001;
const FILM: FrameRate = FrameRate {
    num: 24_000,
    den: 1001,
};

fn key(tier: Tier) -> (Option<KeyId>, Option<ConstantIv>) {
    let kid = key_id(&KID_SEED, CID, VER, tier);
    (Some(kid), Some(constant_iv(&KID_SEED, kid).into()))
}

/// Fragments of these durations, at about that rate: every third is a fifth larger.
fn segments(durations: &[u64], timescale: u64, bps: u64, one_sample: bool) -> Vec<Segment> {
    let mut offset = 1200;
    let mut fragment = |(at, duration): (usize, &u64)| {
        let weight = if at % 3 == 0 { 12 } else { 9 };
        let length = bps * duration / timescale / 8 * weight / 10;
        let keyframe_length = if one_sample { length } else { length / 4 };
        let fragment = Fragment {
            offset,
            length,
            duration: *duration,
            keyframe_length,
        };
        offset += length;
        fragment
    };
    let fragments: Vec<Fragment> = durations.iter().enumerate().map(&mut fragment).collect();
    let per_segment = if one_sample { 6 } else { GOPS_PER_SEGMENT };
    fragments
        .chunks(per_segment)
        .map(|chunk| Segment::new(chunk.to_vec()))
        .collect()
}

pub(crate) fn video(
    kbps: u64,
    codec: &str,
    width: u32,
    height: u32,
    range: VideoRange,
) -> VideoTrack {
    let tier = Tier::for_height(height);
    let (kid, iv) = key(tier);
    let family = codec.split('.').next().unwrap_or(codec);
    let id = format!("v{height}-{kbps}-{family}");
    let mut track = VideoTrack {
        file: format!("{id}.mp4"),
        id,
        codec: codec.to_owned(),
        supplemental_codec: None,
        width,
        height,
        frame_rate: FILM,
        range,
        tier,
        kid,
        iv,
        peak_bps: 0,
        average_bps: 0,
        timescale: 24_000,
        init: ByteRange {
            offset: 0,
            length: 900,
        },
        segments: segments(&[GOP_TICKS; GOPS as usize], 24_000, kbps * 1000, false),
        score: None,
    };
    measure_video(&mut track);
    track
}

pub(crate) fn measure_video(track: &mut VideoTrack) {
    Rates {
        peak_bps: track.peak_bps,
        average_bps: track.average_bps,
    } = track.media().index().rates();
}

/// One frame a second: the encoder makes the last as long as the others, past the programme's end.
fn trick(kbps: u64, codec: &str, width: u32, height: u32) -> VideoTrack {
    let durations = [24_000; 61];
    let mut track = video(1000, codec, width, height, VideoRange::Sdr);
    track.id = format!("t{height}");
    track.file = format!("t{height}.mp4");
    track.frame_rate = FrameRate { num: 1, den: 1 };
    track.segments = segments(&durations, 24_000, kbps * 1000, true);
    measure_video(&mut track);
    track
}

pub(crate) fn audio(
    group: &str,
    codec: &str,
    channels: &str,
    language: &str,
    name: &str,
    kbps: u64,
) -> AudioTrack {
    let (kid, iv) = key(Tier::Audio);
    let frame = if codec.starts_with("mp4a") {
        1024
    } else {
        1536
    };
    // Fragments end at the first frame boundary at or after each GOP's end.
    let end = |gop: u64| (gop * GOP_TICKS * 2).div_ceil(frame) * frame;
    let durations: Vec<u64> = (0..GOPS).map(|gop| end(gop + 1) - end(gop)).collect();
    let id = format!("a-{language}-{group}");
    let mut track = AudioTrack {
        file: format!("{id}.mp4"),
        id,
        group: group.to_owned(),
        also_in: Vec::new(),
        loudness_lufs: None,
        name: name.to_owned(),
        language: language.to_owned(),
        default: language == "en",
        describes_video: false,
        channels: channels.to_owned(),
        codec: codec.to_owned(),
        kid,
        iv,
        peak_bps: 0,
        average_bps: 0,
        timescale: 48_000,
        init: ByteRange {
            offset: 0,
            length: 800,
        },
        segments: segments(&durations, 48_000, kbps * 1000, false),
    };
    Rates {
        peak_bps: track.peak_bps,
        average_bps: track.average_bps,
    } = track.media().index().rates();
    track
}

pub(crate) fn subtitle(id: &str, name: &str, language: &str) -> SubtitleTrack {
    SubtitleTrack {
        id: id.to_owned(),
        file: format!("{id}.vtt"),
        name: name.to_owned(),
        language: language.to_owned(),
        forced: id.ends_with("forced"),
        sdh: id.ends_with("sdh"),
        default: false,
    }
}

/// Two languages, two audio codecs with their AC-3 fall-back, SDR and HDR up to 2160 lines.
pub(crate) fn film() -> Asset {
    let (sdr, pq) = (VideoRange::Sdr, VideoRange::Pq);
    let avc = |kbps, codec: &str, width, height| video(kbps, codec, width, height, sdr);
    Asset {
        schema: SCHEMA,
        content_id: CID,
        version: VER,
        key_seed: 1,
        duration_ms: 60_060,
        is_copy: false,
        video: vec![
            avc(365, "avc1.64001e", 640, 360),
            avc(730, "avc1.64001e", 768, 432),
            avc(1100, "avc1.64001e", 768, 432),
            avc(2000, "avc1.64001f", 960, 540),
            avc(3000, "avc1.64001f", 1280, 720),
            avc(4500, "avc1.64001f", 1280, 720),
            avc(7800, "avc1.640028", 1920, 1080),
            avc(6000, "avc1.640028", 1920, 1080),
            video(730, "hvc1.2.4.L90.90", 960, 540, pq),
            video(1090, "hvc1.2.4.L90.90", 960, 540, pq),
            video(1930, "hvc1.2.4.L90.90", 960, 540, pq),
            video(2900, "hvc1.2.4.L93.90", 1280, 720, pq),
            video(5400, "hvc1.2.4.L120.90", 1920, 1080, pq),
            video(9700, "hvc1.2.4.L150.90", 2560, 1440, pq),
            video(13_900, "hvc1.2.4.L150.90", 3840, 2160, pq),
            video(20_000, "hvc1.2.4.L150.90", 3840, 2160, pq),
        ],
        trick: vec![
            trick(45, "avc1.64001e", 640, 360),
            trick(375, "avc1.64001f", 1280, 720),
        ],
        audio: vec![
            audio("aac2", "mp4a.40.2", "2", "en", "English", 128),
            audio("aac2", "mp4a.40.2", "2", "de", "Deutsch", 128),
            audio("ac3", "ac-3", "6", "en", "English", 384),
            audio("ac3", "ac-3", "6", "de", "Deutsch", 384),
            audio("ec3", "ec-3", "6", "en", "English", 192),
            audio("ec3", "ec-3", "6", "de", "Deutsch", 192),
        ],
        subtitles: vec![
            subtitle("s-en-forced", "English (forced)", "en"),
            subtitle("s-en", "English", "en"),
            subtitle("s-en-sdh", "English (SDH)", "en"),
            subtitle("s-de", "Deutsch", "de"),
        ],
        storyboard: None,
        artwork: Vec::new(),
        chapters: Vec::new(),
        markers: Vec::new(),
        credits_start_ms: Some(54_000),
        intro: None,
    }
}
