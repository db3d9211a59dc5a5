//! Pictures of the catalogue: chosen from what is worth seeing, without the film's bars, and in SDR.

use std::{path::Path, process::Command};

use shared::{
    asset::Asset,
    ladder::{Preset, plan},
};
use transcode_lambda::{
    engine::Signals,
    images,
    probe::{Master, Probe},
    task::{ImagesSpec, Made},
};

use crate::{
    films,
    studio::{MASTER, Studio, ffmpeg_path, target},
};

async fn pictures(studio: &Studio) -> Made {
    let signals = Signals::unwatched();
    let input = studio.object(MASTER);
    let master = Master::file(&input).await.unwrap();
    let probe = Probe::new(&studio.engine.tools, &master, &signals.cancel);
    let source = probe.inspect().await.unwrap().source;
    let spec = ImagesSpec {
        master_key: MASTER.to_owned(),
        video: plan(&source, Preset::Fast).unwrap().video,
    };
    images::run(&studio.engine, target(), &spec, &signals)
        .await
        .unwrap()
}

/// The picture's mean luma by row, 0 to 255, at 16 by 18 pixels.
fn rows(path: &Path) -> Vec<f64> {
    let output = Command::new(ffmpeg_path())
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(path)
        .args([
            "-frames:v",
            "1",
            "-vf",
            "scale=16:18:flags=area:out_range=pc,format=gray",
            "-f",
            "rawvideo",
            "-",
        ])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
        .stdout
        .chunks(16)
        .map(|row| row.iter().map(|v| f64::from(*v)).sum::<f64>() / 16.0)
        .collect()
}

fn mean(path: &Path) -> f64 {
    let rows = rows(path);
    rows.iter().sum::<f64>() / rows.len() as f64
}

/// 24 s: black, a blur, then something to see.
#[tokio::test]
async fn candidates_are_frames_worth_seeing_best_first_and_made_once() {
    let studio = Studio::open().await;
    studio.film(
        "-f lavfi -i 'testsrc2=s=320x180:r=6:d=24,gblur=sigma=20:enable=lt(t\\,14),drawbox=t=fill:color=black:enable=lt(t\\,8)' \
         -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 12 -f mp4",
    );
    let made = pictures(&studio).await;
    assert!(made.candidates.len() >= 3, "{:?}", made.candidates);
    for (place, pair) in made.candidates.windows(2).enumerate() {
        assert_eq!(pair[1].index as usize, place + 1);
        assert!(pair[0].score >= pair[1].score, "{pair:?}");
    }
    assert!(made.candidates[0].at_ms > 14_000, "{:?}", made.candidates);
    assert!(
        made.candidates
            .iter()
            .all(|candidate| candidate.at_ms > 8_000),
        "{:?}",
        made.candidates
    );
    assert_eq!(made.outputs.len(), 3 * made.candidates.len());
    for name in ["poster", "thumb-1", "hero-2"] {
        let file = studio.object(&target().artwork_key(&format!("{name}.jpg")));
        assert!(mean(&file) > 40.0, "{name}");
    }
    let again = pictures(&studio).await;
    assert!(again.reused);
    assert_eq!(
        (again.outputs, again.candidates),
        (made.outputs, made.candidates)
    );
}

#[tokio::test]
async fn a_letterboxed_film_has_pictures_without_bars() {
    let studio = Studio::open().await;
    studio.film(
        "-f lavfi -i 'testsrc2=s=320x136:r=6:d=6,pad=320:180:0:22:black' -c:v libx264 -preset ultrafast -pix_fmt yuv420p -f mp4",
    );
    pictures(&studio).await;
    for name in ["poster", "thumb", "hero"] {
        let rows = rows(&studio.object(&target().artwork_key(&format!("{name}.jpg"))));
        assert!(rows[0] > 25.0 && rows[17] > 25.0, "{name}: {rows:?}");
    }
}

#[tokio::test]
async fn pictures_and_sprites_of_an_hdr_film_are_tone_mapped() {
    let studio = Studio::open().await;
    studio.film(films::HDR10);
    studio.publish().await.unwrap();
    let bytes = std::fs::read(studio.object(&target().asset_key("asset.json"))).unwrap();
    let asset: Asset = serde_json::from_slice(&bytes).unwrap();
    assert!(!asset.artwork.is_empty());
    let sdr = asset.find_video("v360-365").unwrap();
    let seed = studio.engine.seeds.get(asset.key_seed).unwrap();
    let key = hex::encode(shared::cenc::content_key(seed, sdr.kid.unwrap()).expose());
    let decoded = studio.objects().join("sdr.ppm");
    let status = Command::new(ffmpeg_path())
        .args(["-v", "error", "-nostdin", "-decryption_key", &key, "-i"])
        .arg(studio.object(&target().asset_key(&sdr.file)))
        .args(["-frames:v", "1", "-update", "1"])
        .arg(&decoded)
        .status()
        .unwrap();
    assert!(status.success());
    let expect = mean(&decoded);
    let thumb = mean(&studio.object(&target().artwork_key("thumb.jpg")));
    assert!((thumb - expect).abs() < 12.0, "{thumb} against {expect}");
    // The sheet's first tile: 320x180 of a sheet of 1600x900.
    let sheet = studio.object(&target().asset_key("storyboard-1.jpg"));
    let tile = studio.objects().join("tile.ppm");
    let status = Command::new(ffmpeg_path())
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(&sheet)
        .args(["-vf", "crop=320:180:0:0", "-frames:v", "1", "-update", "1"])
        .arg(&tile)
        .status()
        .unwrap();
    assert!(status.success());
    assert!((mean(&tile) - expect).abs() < 12.0);
}
