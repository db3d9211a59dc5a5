//! Chunks fit together exactly, and sources of every shape come out right.

use serde_json::Value;
use shared::{
    asset::{Asset, VideoRange},
    ladder::Preset,
};

use crate::{
    films,
    studio::{Studio, frame_hashes, target},
};

fn asset(studio: &Studio) -> Asset {
    let bytes = std::fs::read(studio.object(&target().asset_key("asset.json"))).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// The hashes of a published track's pictures, decrypted.
fn published_frames(studio: &Studio, asset: &Asset, id: &str) -> Vec<String> {
    let track = asset
        .video
        .iter()
        .chain(&asset.trick)
        .find(|track| track.id == id)
        .unwrap();
    let seed = studio.engine.seeds.get(asset.key_seed).unwrap();
    let key = hex::encode(shared::cenc::content_key(seed, track.kid.unwrap()).expose());
    let file = studio.object(&target().asset_key(&track.file));
    frame_hashes(&["-decryption_key", &key, "-i", file.to_str().unwrap()])
}

/// The hashes of the pictures that the encoders wrote, chunk after chunk.
fn encoded_frames(studio: &Studio, results: &[(String, Value)], id: &str) -> Vec<String> {
    let mut chunks: Vec<_> = results
        .iter()
        .filter(|(kind, _)| kind == "encode")
        .collect();
    chunks.sort_by_key(|(_, result)| result["chunk"].as_u64());
    let mut hashes = Vec::new();
    for (_, result) in chunks {
        let outputs = result["outputs"].as_array().unwrap();
        let output = outputs
            .iter()
            .find(|output| output["rendition"] == id)
            .unwrap();
        let file = studio.object(output["key"].as_str().unwrap());
        hashes.extend(frame_hashes(&["-i", file.to_str().unwrap()]));
    }
    hashes
}

#[tokio::test]
async fn every_decrypted_rendition_decodes_to_the_frames_that_were_encoded() {
    let studio = Studio::open().await;
    studio.film(films::HDR10);
    let results = studio.publish().await.unwrap();
    let asset = asset(&studio);
    let ids: Vec<_> = asset.video.iter().map(|track| track.id.as_str()).collect();
    assert_eq!(ids, ["v234-145", "v360-365", "h360-686", "h360-1372"]);
    assert_eq!(asset.trick[0].id, "t360");
    for id in ids.iter().chain(&["t360"]) {
        let frames = published_frames(&studio, &asset, id);
        assert_eq!(frames, encoded_frames(&studio, &results, id), "{id}");
        assert_eq!(frames.len(), if *id == "t360" { 3 } else { 60 }, "{id}");
    }
    let hdr = asset.find_video("h360-686").unwrap();
    assert_eq!(hdr.range, VideoRange::Pq);
    assert!(hdr.codec.starts_with("hvc1.2.4."), "{}", hdr.codec);
    assert!(asset.audio.is_empty(), "a silent film needs no audio");
    let last = asset.trick[0]
        .segments
        .last()
        .unwrap()
        .fragments
        .last()
        .unwrap();
    assert_eq!(
        last.duration,
        12 * 1000,
        "the last trick frame lasts to the end of the programme"
    );
}

/// Each source frame shows its number as brightness: a shifted, lost or doubled frame at a join would show.
#[tokio::test]
async fn chunks_join_without_a_lost_or_doubled_frame() {
    let studio = Studio::open().await;
    // 14 s are two chunks of the fast preset; the luma rises by five in every frame and starts again after 40.
    studio.film(
        "-f lavfi -i 'color=black:s=320x180:r=30000/1001:d=14,format=yuv420p,geq=lum=40+5*mod(N\\,40):cb=128:cr=128' \
         -c:v libx264 -preset ultrafast -qp 0 -pix_fmt yuv420p -g 100 -bf 3 -f mp4",
    );
    studio.publish().await.unwrap();
    let asset = asset(&studio);
    assert_eq!(asset.video.len(), 2);
    let track = &asset.video[1];
    let seed = studio.engine.seeds.get(asset.key_seed).unwrap();
    let key = hex::encode(shared::cenc::content_key(seed, track.kid.unwrap()).expose());
    let file = studio.object(&target().asset_key(&track.file));
    let output = std::process::Command::new(crate::studio::ffmpeg_path())
        .args(["-v", "error", "-nostdin", "-decryption_key", &key, "-i"])
        .arg(file)
        .args([
            "-vf",
            "crop=2:2:160:90,extractplanes=y",
            "-fps_mode",
            "passthrough",
            "-f",
            "rawvideo",
            "-",
        ])
        .output()
        .unwrap();
    let luma: Vec<u8> = output.stdout.chunks(4).map(|pixels| pixels[0]).collect();
    assert_eq!(luma.len(), 420);
    for (place, pair) in luma.windows(2).enumerate() {
        let step = i32::from(pair[1]) - i32::from(pair[0]);
        let expect = if (place + 1) % 40 == 0 {
            -205..-185
        } else {
            3..8
        };
        assert!(expect.contains(&step), "frame {place}: {pair:?}");
    }
}

/// A source, and what its best rendition is.
async fn becomes(arguments: &str, size: (u32, u32), rate: (u32, u32), frames: u64) {
    let studio = Studio::open().await;
    studio.film(arguments);
    studio
        .publish()
        .await
        .unwrap_or_else(|error| panic!("{arguments}: {error:#}"));
    let asset = asset(&studio);
    let best = asset
        .video
        .iter()
        .max_by_key(|track| track.width * track.height)
        .unwrap();
    assert_eq!((best.width, best.height), size, "{arguments}");
    assert_eq!(
        (best.frame_rate.num, best.frame_rate.den),
        rate,
        "{arguments}"
    );
    let ticks: u64 = best.segments.iter().map(|segment| segment.duration).sum();
    let found = ticks * u64::from(rate.0) / u64::from(rate.1) / u64::from(best.timescale);
    assert_eq!(found, frames, "{arguments}");
}

const X264: &str = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";

#[tokio::test]
async fn sources_of_every_shape_keep_their_aspect() {
    // Anamorphic: 360x288 with 16:15 is shown as 384x288.
    becomes(
        &format!("-f lavfi -i testsrc2=s=360x288:r=25:d=2 -vf setsar=16/15 {X264} -f mp4"),
        (384, 288),
        (25, 1),
        50,
    )
    .await;
    // Portrait.
    becomes(
        &format!("-f lavfi -i testsrc2=s=180x320:r=24:d=2 {X264} -f mp4"),
        (180, 320),
        (24, 1),
        48,
    )
    .await;
    // Odd sizes.
    becomes(
        "-f lavfi -i testsrc2=s=321x181:r=24:d=2 -c:v libx264 -pix_fmt yuv444p -f mp4",
        (320, 180),
        (24, 1),
        48,
    )
    .await;
    // Held upright, recorded lying.
    let folder = tempfile::tempdir().unwrap();
    let lying = folder.path().join("lying.mp4");
    crate::studio::ffmpeg(
        &format!("-f lavfi -i testsrc2=s=320x180:r=24:d=2 {X264}"),
        &lying,
    );
    let turned = format!("-display_rotation 90 -i {} -c copy -f mp4", lying.display());
    becomes(&turned, (180, 320), (24, 1), 48).await;
}

#[tokio::test]
async fn every_rate_becomes_one_that_hls_allows() {
    becomes(
        &format!("-f lavfi -i testsrc2=s=320x180:r=60000/1001:d=3 {X264} -f mp4"),
        (320, 180),
        (60000, 1001),
        180,
    )
    .await;
    becomes(
        &format!("-f lavfi -i testsrc2=s=320x180:r=120:d=2 {X264} -f mp4"),
        (320, 180),
        (60, 1),
        120,
    )
    .await;
    becomes(
        &format!("-f lavfi -i testsrc2=s=320x180:r=15:d=2 {X264} -f mp4"),
        (320, 180),
        (30, 1),
        60,
    )
    .await;
    // A phone's variable rate, around 25; and Matroska, which rounds to milliseconds.
    becomes(
        &format!("-f lavfi -i testsrc2=s=320x180:r=50:d=13 -vf 'select=not(mod(n\\,2))*gt(random(1)\\,0.1)+mod(n\\,2)*lt(random(2)\\,0.1)' -fps_mode vfr {X264} -f mp4"),
        (320, 180),
        (25, 1),
        325,
    )
    .await;
    becomes(
        &format!("-f lavfi -i testsrc2=s=320x180:r=24000/1001:d=13 {X264} -f matroska"),
        (320, 180),
        (24000, 1001),
        312,
    )
    .await;
    // Fields.
    becomes("-f lavfi -i testsrc2=s=320x180:r=50:d=2 -vf interlace -c:v libx264 -flags +ildct+ilme -pix_fmt yuv420p -f mp4", (320, 180), (25, 1), 50).await;
}

#[tokio::test]
async fn a_second_run_reuses_every_output_and_the_work_is_not_done_again() {
    let studio = Studio::open().await;
    studio.film(films::SMALL);
    studio.publish().await.unwrap();
    let again = studio.publish().await.unwrap();
    for (kind, result) in again {
        if ["encode", "audio", "images"].contains(&kind.as_str()) {
            assert_eq!(result["reused"], true, "{kind}");
        }
    }
}

#[tokio::test]
async fn subtitles_from_the_container_and_from_files_become_webvtt() {
    let studio = Studio::open().await;
    let folder = tempfile::tempdir().unwrap();
    let subrip = folder.path().join("film.srt");
    std::fs::write(&subrip, "1\n00:00:00,500 --> 00:00:01,500\nHello <i>you</i>\n\n2\n00:00:01,900 --> 00:00:09,000\nToo long\n").unwrap();
    studio.film(&format!(
        "-f lavfi -i testsrc2=s=320x180:r=24:d=3 -i {} {X264} -c:s mov_text -metadata:s:s:0 language=eng -f mp4",
        subrip.display()
    ));
    let sidecar = studio.object("masters/film/sidecar");
    std::fs::write(
        &sidecar,
        b"1\r\n00:00:01,000 --> 00:00:02,000\r\n\x93Gr\xfc\xdf Gott\x94\r\n",
    )
    .unwrap();
    let signals = transcode_lambda::engine::Signals::unwatched();
    let spec = serde_json::json!({"masterKey": crate::studio::MASTER, "sidecars": [{"key": "masters/film/sidecar", "filename": "film.de.srt"}]});
    let spec = serde_json::from_value(spec).unwrap();
    let probed = transcode_lambda::probe::run(&studio.engine, target(), &spec, &signals)
        .await
        .unwrap();
    assert_eq!(probed.plan.preset, Preset::Fast);
    let mut texts = Vec::new();
    for follow_up in probed.follow_ups.iter().filter(|up| up.kind == "subtitles") {
        let spec = serde_json::from_value(follow_up.spec.clone()).unwrap();
        let made = transcode_lambda::subtitles::run(&studio.engine, target(), &spec, &signals)
            .await
            .unwrap();
        let output = &made.outputs[0];
        texts.push((
            output.rendition.clone(),
            std::fs::read_to_string(studio.object(&output.stored.key)).unwrap(),
        ));
    }
    assert_eq!(texts[0].0, "s-en");
    assert!(texts[0].1.starts_with("WEBVTT") && texts[0].1.contains("X-TIMESTAMP-MAP"));
    assert!(texts[0].1.contains("<i>you</i>"));
    assert!(
        texts[0].1.contains("--> 00:00:03.000"),
        "a cue ends with the film: {}",
        texts[0].1
    );
    assert_eq!(texts[1].0, "s-de");
    assert!(texts[1].1.contains("“Grüß Gott”"), "{}", texts[1].1);
}
