//! Copy first: a conforming master becomes a verified version without encoding; any other says why not.

use shared::asset::Asset;
use transcode_lambda::{
    copy::{self, CopyResult},
    engine::Signals,
    task::ProbeSpec,
};

use crate::studio::{MASTER, Studio, frame_hashes, target};

/// Twelve seconds with a closed group of pictures every 2 s, B-frames and colours that aren't told.
const CONFORMING: &str = "-f lavfi -i testsrc2=s=320x180:r=24000/1001:d=12.012 -f lavfi -i sine=440:r=48000:d=12.2 -ac 2 \
    -c:v libx264 -preset ultrafast -bf 2 -g 48 -pix_fmt yuv420p -c:a aac -b:a 96k -metadata:s:a:0 language=eng";

async fn copied(studio: &Studio) -> CopyResult {
    let spec = serde_json::json!({ "masterKey": MASTER });
    let spec: ProbeSpec = serde_json::from_value(spec).unwrap();
    copy::run(&studio.engine, target(), &spec, &Signals::unwatched())
        .await
        .unwrap()
}

fn asset(studio: &Studio) -> Asset {
    let bytes = std::fs::read(studio.object(&target().asset_key("asset.json"))).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn obstacles(result: &CopyResult) -> Vec<&str> {
    let obstacles = result.obstacles.iter();
    obstacles.map(|refusal| refusal.code.as_str()).collect()
}

/// The hashes of the copy's pictures, decrypted.
fn published_frames(studio: &Studio, asset: &Asset) -> Vec<String> {
    let track = &asset.video[0];
    let seed = studio.engine.seeds.get(asset.key_seed).unwrap();
    let key = hex::encode(shared::cenc::content_key(seed, track.kid.unwrap()).expose());
    let file = studio.object(&target().asset_key(&track.file));
    frame_hashes(&["-decryption_key", &key, "-i", file.to_str().unwrap()])
}

#[tokio::test]
async fn a_conforming_master_plays_frame_for_frame_from_its_copy() {
    let studio = Studio::open().await;
    let master = studio.film(&format!("{CONFORMING} -f mp4"));
    let result = copied(&studio).await;
    assert!(result.plan.is_some(), "{:?}", result.obstacles);
    assert!(result.report.unwrap().passed);
    let asset = asset(&studio);
    assert!(asset.is_copy && asset.trick.is_empty());
    assert_eq!(asset.duration_ms, 12_012);
    let [video] = asset.video.as_slice() else {
        panic!("{} renditions", asset.video.len());
    };
    assert_eq!((video.id.as_str(), video.height), ("copy180", 180));
    assert_eq!(
        (video.frame_rate.num, video.frame_rate.den),
        (24000, 1001),
        "measured, not planned"
    );
    let segments: Vec<_> = video
        .segments
        .iter()
        .map(|segment| (segment.duration, segment.fragments.len()))
        .collect();
    assert_eq!(segments, [(144_144, 3), (144_144, 3)]);
    assert_eq!(asset.audio[0].language, "en");
    assert_eq!(
        published_frames(&studio, &asset),
        frame_hashes(&["-i", master.to_str().unwrap()])
    );
}

#[tokio::test]
async fn every_container_gives_the_same_exact_timeline() {
    for container in ["mov", "matroska", "mpegts"] {
        let studio = Studio::open().await;
        studio.film(&format!("{CONFORMING} -f {container}"));
        let result = copied(&studio).await;
        assert!(result.plan.is_some(), "{container}: {:?}", result.obstacles);
        let asset = asset(&studio);
        let ticks: u64 = asset.video[0]
            .segments
            .iter()
            .map(|segment| segment.duration)
            .sum();
        assert_eq!(ticks, 288 * 1001, "{container}");
    }
}

#[tokio::test]
async fn key_frames_at_scene_cuts_still_make_segments_of_six_seconds_at_most() {
    let studio = Studio::open().await;
    studio.film(
        "-f lavfi -i testsrc2=s=320x180:r=25:d=20 -c:v libx264 -preset ultrafast -bf 2 -g 60 -pix_fmt yuv420p \
         -force_key_frames 1,3.4,5.2,9,11.04,17 -f mp4",
    );
    let result = copied(&studio).await;
    assert!(result.report.unwrap().passed, "{:?}", result.obstacles);
    let track = asset(&studio).video.remove(0);
    let longest = track.segments.iter().map(|segment| segment.duration).max();
    let longest_s = longest.unwrap() as f64 / f64::from(track.timescale);
    assert!((4.0..=6.49).contains(&longest_s), "{longest_s}");
}

#[tokio::test]
async fn sound_in_another_codec_is_encoded_beside_the_copied_picture() {
    let studio = Studio::open().await;
    studio.film(
        "-f lavfi -i testsrc2=s=320x180:r=25:d=4 -f lavfi -i sine=440:r=48000:d=3 -ac 6 -c:v libx264 -preset ultrafast -g 50 \
         -pix_fmt yuv420p -c:a ac3 -f matroska",
    );
    let result = copied(&studio).await;
    assert!(result.report.unwrap().passed, "{:?}", result.obstacles);
    let plan = result.plan.unwrap();
    assert!(
        plan.notes[0].contains("encoded, not copied"),
        "{:?}",
        plan.notes
    );
    let audio = asset(&studio).audio.remove(0);
    assert_eq!(
        (audio.codec.as_str(), audio.channels.as_str()),
        ("mp4a.40.2", "2")
    );
}

#[tokio::test]
async fn what_does_not_conform_says_why_and_leaves_nothing_to_play() {
    for (arguments, code) in [
        (
            "-f lavfi -i testsrc2=s=320x180:r=25:d=4 -c:v libx264 -preset ultrafast -g 50 -pix_fmt yuv444p -f mp4",
            "copy_profile",
        ),
        (
            "-f lavfi -i testsrc2=s=320x180:r=25:d=30 -c:v libx264 -preset ultrafast -g 500 -pix_fmt yuv420p -f mp4",
            "copy_key_frames_far",
        ),
        (
            "-f lavfi -i testsrc2=s=320x180:r=25:d=4 -c:v libx264 -preset veryfast -g 25 -x264-params open-gop=1 \
             -pix_fmt yuv420p -f matroska",
            "copy_open_gop",
        ),
        (
            "-f lavfi -i testsrc2=s=320x180:r=25:d=2 -c:v mpeg4 -f mp4",
            "copy_codec",
        ),
    ] {
        let studio = Studio::open().await;
        studio.film(arguments);
        let result = copied(&studio).await;
        assert_eq!(obstacles(&result), [code]);
        assert!(result.plan.is_none());
        assert!(!studio.object(&target().asset_key("asset.json")).exists());
    }
}

#[tokio::test]
async fn a_file_that_is_no_film_is_left_to_the_probe_to_refuse() {
    let studio = Studio::open().await;
    studio.deliver(b"This is not a film.");
    let result = copied(&studio).await;
    assert_eq!(obstacles(&result), ["not_a_film"]);
}

/// One damaged frame in the middle of a group that is sampled: nothing is published.
#[tokio::test]
async fn a_picture_that_does_not_decode_is_no_copy() {
    let studio = Studio::open().await;
    let master = studio.film(&format!("{CONFORMING} -f mp4"));
    let mut bytes = std::fs::read(&master).unwrap();
    let media = bytes
        .windows(4)
        .position(|window| window == b"mdat")
        .unwrap();
    for byte in &mut bytes[media + 3000..media + 6000] {
        *byte ^= 0x55;
    }
    std::fs::write(&master, bytes).unwrap();
    let result = copied(&studio).await;
    assert!(
        result.plan.is_none(),
        "{:?}",
        result.report.map(|report| report.checks)
    );
    assert!(!studio.object(&target().asset_key("asset.json")).exists());
}
