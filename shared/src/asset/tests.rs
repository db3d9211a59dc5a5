use uuid::Uuid;

use super::*;

fn asset() -> Asset {
    let fragment = |n: u64| Fragment {
        offset: 800 + n * 100,
        length: 100,
        duration: 48_048,
        keyframe_length: 40,
    };
    let segment = |n: u64| Segment::new((0..3).map(|k| fragment(3 * n + k)).collect());
    let video = VideoTrack {
        id: "v720-3000".to_owned(),
        file: "v720-3000.mp4".to_owned(),
        codec: "avc1.64001f".to_owned(),
        supplemental_codec: None,
        width: 1280,
        height: 720,
        frame_rate: FrameRate {
            num: 24000,
            den: 1001,
        },
        range: VideoRange::Sdr,
        tier: Tier::Hd,
        kid: Some(KeyId::from_bytes([2; 16])),
        iv: None,
        peak_bps: 400,
        average_bps: 400,
        timescale: 24_000,
        init: ByteRange {
            offset: 0,
            length: 800,
        },
        segments: vec![segment(0), segment(1)],
        score: None,
    };
    Asset {
        schema: SCHEMA,
        content_id: ContentId::from_uuid(Uuid::nil()),
        version: AssetVersion(3),
        key_seed: 1,
        duration_ms: 12_012,
        is_copy: false,
        video: vec![video],
        trick: vec![],
        audio: vec![audio()],
        subtitles: vec![],
        storyboard: None,
        artwork: Vec::new(),
        chapters: Vec::new(),
        markers: Vec::new(),
        credits_start_ms: None,
        intro: None,
    }
}

fn audio() -> AudioTrack {
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
        kid: Some(KeyId::from_bytes([1; 16])),
        iv: None,
        peak_bps: 1,
        average_bps: 1,
        timescale: 48_000,
        init: ByteRange {
            offset: 0,
            length: 700,
        },
        segments: vec![],
    }
}

#[test]
fn an_asset_survives_a_round_trip_with_its_index_as_plain_rows() {
    let asset = asset();
    let text = serde_json::to_string(&asset).unwrap();
    assert!(
        text.contains(r#""segments":[[[800,100,48048,40],[900,100,48048,40],"#),
        "{text}"
    );
    assert!(
        text.contains(r#""range":"SDR","tier":"hd","kid":"02020202020202020202020202020202""#),
        "{text}"
    );
    assert_eq!(serde_json::from_str::<Asset>(&text).unwrap(), asset);
}

#[test]
fn a_segment_without_fragments_is_refused() {
    assert!(serde_json::from_str::<Segment>("[]").is_err());
}

#[test]
fn a_segment_is_the_union_of_its_fragments() {
    let asset = asset();
    let second = &asset.video[0].segments[1];
    assert_eq!(
        second.bytes(),
        ByteRange {
            offset: 1100,
            length: 300
        }
    );
    assert_eq!(second.duration, 144_144);
}

#[test]
fn rates_and_target_duration_come_from_the_index() {
    let asset = asset();
    let index = asset.video[0].media().index();
    assert_eq!(index.target_duration_s(), 6);
    assert_eq!(
        index.rates(),
        Rates {
            peak_bps: 400,
            average_bps: 400
        }
    );
    assert_eq!(
        index.keyframe_rates(),
        Rates {
            peak_bps: 160,
            average_bps: 160
        }
    );
    assert_eq!(asset.video[0].frame_rate.to_string(), "23.976");
}

#[test]
fn the_key_ids_are_listed_once_per_tier() {
    let mut asset = asset();
    asset.video.push(asset.video[0].clone());
    assert_eq!(
        asset.key_ids(),
        [
            (Tier::Audio, KeyId::from_bytes([1; 16])),
            (Tier::Hd, KeyId::from_bytes([2; 16]))
        ]
    );
    assert_eq!(
        asset.object_key("asset.json"),
        "assets/00000000-0000-0000-0000-000000000000/3/asset.json"
    );
}
