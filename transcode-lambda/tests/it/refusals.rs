//! Masters that can't be used: each is refused with every reason, before money is spent.

use shared::ladder::Refusal;
use transcode_lambda::failure::Refused;

use crate::{
    films,
    studio::{Studio, ffmpeg, target},
};

async fn refused(studio: &Studio) -> Vec<Refusal> {
    match studio.publish().await {
        Err(error) => match error.downcast::<Refused>() {
            Ok(refused) => refused.reasons,
            Err(other) => panic!("not refused, but: {other:#}"),
        },
        Ok(_) => panic!("published"),
    }
}

async fn check(studio: &Studio, name: &str, expect: &[&str]) {
    let reasons = refused(studio).await;
    let codes: Vec<_> = reasons.iter().map(|reason| reason.code.as_str()).collect();
    assert_eq!(codes, expect, "{name}: {reasons:#?}");
    assert!(!studio.object(&target().asset_key("asset.json")).exists());
}

#[tokio::test]
async fn a_master_that_is_missing_empty_cut_off_or_no_film_is_refused() {
    let studio = Studio::open().await;
    check(&studio, "missing", &["master_missing"]).await;
    for (name, bytes, expect) in [
        ("empty", &b""[..], "master_empty"),
        (
            "text",
            &b"Once upon a time there was a film."[..],
            "not_a_film",
        ),
        ("zeros", &[0; 10_000][..], "master_unreadable"),
    ] {
        studio.deliver(bytes);
        check(&studio, name, &[expect]).await;
    }
    let whole = std::fs::read(studio.film(films::SMALL)).unwrap();
    studio.deliver(&whole[..whole.len() / 2]);
    check(&studio, "moov is cut off", &["truncated"]).await;
    let whole =
        std::fs::read(studio.film(&format!("{} -movflags +faststart", films::SMALL))).unwrap();
    studio.deliver(&whole[..whole.len() / 2]);
    check(&studio, "the second half is missing", &["truncated"]).await;
    let noise: Vec<u8> = (0..200_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    studio.deliver(&noise);
    let codes = refused(&studio).await;
    assert!(!codes.is_empty());
}

#[tokio::test]
async fn a_master_without_pictures_that_move_is_refused() {
    let studio = Studio::open().await;
    studio.film("-f lavfi -i sine=440:d=2 -c:a aac -f mp4");
    check(&studio, "audio only", &["no_video"]).await;
    let folder = tempfile::tempdir().unwrap();
    let song = folder.path().join("song.m4a");
    ffmpeg(
        "-f lavfi -i sine=440:d=2 -f lavfi -i color=red:s=64x64:d=0.04 -c:a aac -c:v mjpeg -frames:v 1 -disposition:v attached_pic",
        &song,
    );
    studio.deliver(&std::fs::read(song).unwrap());
    check(&studio, "a song with a cover", &["no_video"]).await;
    studio.film("-f lavfi -i testsrc2=s=320x180:r=24:d=1 -frames:v 0 -c:v libx264 -f mp4 -movflags +frag_keyframe+empty_moov");
    let reasons = refused(&studio).await;
    assert!(!reasons.is_empty(), "no frames");
}

#[tokio::test]
async fn a_picture_that_no_screen_shows_is_refused_with_every_reason() {
    let studio = Studio::open().await;
    studio.film("-f lavfi -i testsrc2=s=48x32:r=24:d=1 -c:v libx264 -f mp4");
    check(&studio, "tiny", &["size_unsupported"]).await;
    studio.film("-f lavfi -i testsrc2=s=1600x128:r=24:d=1 -c:v libx264 -f mp4");
    check(&studio, "a ribbon", &["aspect_unsupported"]).await;
    studio.film("-f lavfi -i testsrc2=s=48x32:r=500:d=1 -c:v libx264 -preset ultrafast -f mp4");
    check(
        &studio,
        "tiny and too fast",
        &["size_unsupported", "frame_rate_unsupported"],
    )
    .await;
}

#[tokio::test]
async fn an_encrypted_master_is_refused() {
    let studio = Studio::open().await;
    studio.film(films::SMALL);
    studio.publish().await.unwrap();
    let published = std::fs::read(studio.object(&target().asset_key("v234-145.mp4"))).unwrap();
    std::fs::remove_file(studio.object(&target().asset_key("asset.json"))).unwrap();
    studio.deliver(&published);
    check(&studio, "our own encrypted track", &["encrypted_master"]).await;
}
