//! A published film: two rungs, a UHD one, sound and subtitles, each file with bytes that say where they are.

use bytes::Bytes;
use shared::{
    asset::{
        Asset, AudioTrack, ByteRange, Chapter, Fragment, FrameRate, SCHEMA, Segment, Storyboard,
        SubtitleTrack, VideoRange, VideoTrack, object_key,
    },
    cenc::{ConstantIv, KeyId, KidSeed, Tier, constant_iv, key_id},
    ids::{AssetVersion, ContentId},
};
use uuid::Uuid;

pub(crate) const CID: ContentId =
    ContentId::from_uuid(Uuid::from_u128(0x0190_a2b4_0000_7000_8000_0000_0000_0001));
pub(crate) const OTHER_CID: ContentId =
    ContentId::from_uuid(Uuid::from_u128(0x0190_a2b4_0000_7000_8000_0000_0000_0002));
pub(crate) const VERSION: AssetVersion = AssetVersion(1);
pub(crate) const KID_SEED: &str =
    "0707070707070707070707070707070707070707070707070707070707070707";
pub(crate) const SEEDS: &str = "1:0101010101010101010101010101010101010101010101010101010101010101,\
                                2:0202020202020202020202020202020202020202020202020202020202020202";
/// What is published next: the same film.
pub(crate) const NEXT_VERSION: AssetVersion = AssetVersion(2);
/// Large enough that nobody could hold it back unnoticed.
const FILE_BYTES: u64 = 3 << 20;

pub(crate) struct Film;

impl Film {
    /// Every object of the published version, by key, and the description of the next.
    pub(crate) fn published() -> Vec<(String, Bytes)> {
        let asset = Self::asset();
        let json = serde_json::to_vec(&asset).expect("an asset is a plain struct");
        let next = Asset {
            version: NEXT_VERSION,
            ..asset
        };
        let next = serde_json::to_vec(&next).expect("an asset is a plain struct");
        let object = |file: &str, bytes: Bytes| (object_key(CID, VERSION, file), bytes);
        vec![
            (
                object_key(CID, NEXT_VERSION, "asset.json"),
                Bytes::from(next),
            ),
            object("asset.json", json.into()),
            object("v720.mp4", Self::bytes()),
            object(
                "s-en.vtt",
                Bytes::from_static(b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"),
            ),
            (
                format!("artwork/{CID}/{VERSION}/poster.jpg"),
                Bytes::from_static(b"\xff\xd8poster"),
            ),
        ]
    }

    /// A media file whose byte at `n` is `n % 251`.
    pub(crate) fn bytes() -> Bytes {
        (0..FILE_BYTES).map(|n| (n % 251) as u8).collect()
    }

    /// The key's name of a tier.
    pub(crate) fn kid(tier: Tier) -> KeyId {
        key_id(
            &KidSeed::parse(KID_SEED).expect("a seed"),
            CID,
            VERSION,
            tier,
        )
    }

    fn asset() -> Asset {
        Asset {
            schema: SCHEMA,
            content_id: CID,
            version: VERSION,
            key_seed: 1,
            duration_ms: 60_000,
            is_copy: false,
            video: vec![
                video("v360", 640, 360),
                video("v720", 1280, 720),
                video("v2160", 3840, 2160),
            ],
            trick: Vec::new(),
            audio: vec![audio()],
            subtitles: vec![subtitles()],
            storyboard: Some(Storyboard {
                vtt: "storyboard.vtt".to_owned(),
                images: vec!["storyboard-0.jpg".to_owned()],
                tile_width: 160,
                tile_height: 90,
                interval_ms: 10_000,
            }),
            artwork: Vec::new(),
            chapters: [(0, "Harbour"), (30_000, "Storm")]
                .map(|(start_ms, title)| Chapter {
                    start_ms,
                    title: title.to_owned(),
                })
                .into(),
            markers: Vec::new(),
            credits_start_ms: Some(50_000),
            intro: None,
        }
    }
}

fn key(tier: Tier) -> (Option<KeyId>, Option<ConstantIv>) {
    let kid = Film::kid(tier);
    (
        Some(kid),
        Some(constant_iv(&KidSeed::parse(KID_SEED).expect("a seed"), kid).into()),
    )
}

/// Ten segments of three fragments, 2 s each.
fn segments(timescale: u64) -> Vec<Segment> {
    let fragment = |n: u64| Fragment {
        offset: 1_000 + n * 10_000,
        length: 10_000,
        duration: 2 * timescale,
        keyframe_length: 3_000,
    };
    (0..10)
        .map(|segment| Segment::new((0..3).map(|n| fragment(segment * 3 + n)).collect()))
        .collect()
}

fn video(id: &str, width: u32, height: u32) -> VideoTrack {
    let tier = Tier::for_height(height);
    let (kid, iv) = key(tier);
    VideoTrack {
        id: id.to_owned(),
        file: format!("{id}.mp4"),
        codec: "avc1.640028".to_owned(),
        supplemental_codec: None,
        width,
        height,
        frame_rate: FrameRate { num: 24, den: 1 },
        range: VideoRange::Sdr,
        tier,
        kid,
        iv,
        peak_bps: u64::from(height) * 2_000,
        average_bps: u64::from(height) * 1_000,
        timescale: 24_000,
        init: ByteRange {
            offset: 0,
            length: 1_000,
        },
        segments: segments(24_000),
        score: None,
    }
}

fn audio() -> AudioTrack {
    let (kid, iv) = key(Tier::Audio);
    AudioTrack {
        id: "a-en-aac2".to_owned(),
        file: "a-en-aac2.mp4".to_owned(),
        group: "aac2".to_owned(),
        also_in: Vec::new(),
        loudness_lufs: None,
        name: "English".to_owned(),
        language: "en".to_owned(),
        default: true,
        describes_video: false,
        channels: "2".to_owned(),
        codec: "mp4a.40.2".to_owned(),
        kid,
        iv,
        peak_bps: 130_000,
        average_bps: 128_000,
        timescale: 48_000,
        init: ByteRange {
            offset: 0,
            length: 1_000,
        },
        segments: segments(48_000),
    }
}

fn subtitles() -> SubtitleTrack {
    SubtitleTrack {
        id: "s-en".to_owned(),
        file: "s-en.vtt".to_owned(),
        name: "English".to_owned(),
        language: "en".to_owned(),
        forced: false,
        sdh: false,
        default: false,
    }
}
