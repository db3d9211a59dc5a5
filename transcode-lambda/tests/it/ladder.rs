//! Every family of the ladder, HDR10 metadata, measured quality, ladders fitted to titles.

use std::process::Command;

use serde_json::Value;
use shared::{
    asset::{Asset, VideoRange},
    cenc::Tier,
    hls::{Viewpoint, multivariant},
    ids::JobId,
    ladder::{Codec, HdrMetadata, Ladder, LadderRung, Preset, Settings},
    mp4,
};
use transcode_lambda::{
    encode,
    engine::{Signals, Target},
    pipeline, probe,
};

use crate::{
    films,
    studio::{MASTER, Studio, ffmpeg, target},
};

/// Two rungs of each family, small and quick.
fn small_ladder(families: &[(Codec, bool)]) -> Ladder {
    let rungs = families.iter().flat_map(|&(codec, hdr)| {
        [(300, 36), (600, 26)].map(|(kbps, crf)| LadderRung {
            codec,
            hdr,
            width: 320,
            height: 180,
            kbps,
            crf,
            max_kbps: None,
        })
    });
    Ladder {
        name: "small".to_owned(),
        speed: Some("veryfast".to_owned()),
        per_title: None,
        rungs: rungs.collect(),
    }
}

fn asset(studio: &Studio) -> Asset {
    let bytes = std::fs::read(studio.object(&target().asset_key("asset.json"))).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

async fn publish(studio: &mut Studio, settings: Settings) -> Asset {
    let preset = settings.preset;
    studio.engine.settings = settings;
    let signals = Signals::unwatched();
    pipeline::run(
        &studio.engine,
        target(),
        MASTER,
        preset,
        &signals,
        |_, _| {},
    )
    .await
    .unwrap_or_else(|error| panic!("{error:#}"));
    asset(studio)
}

#[tokio::test]
async fn every_family_is_encoded_as_asked_measured_scored_and_passes_verification() {
    let mut studio = Studio::open().await;
    studio.film(films::HDR10);
    let settings = Settings {
        ladder: Some(small_ladder(&[
            (Codec::H264, false),
            (Codec::Hevc, false),
            (Codec::Hevc, true),
            (Codec::Av1, false),
            (Codec::Av1, true),
        ])),
        ..Preset::Standard.into()
    };
    let asset = publish(&mut studio, settings).await;
    let count = |codec: &str, range| {
        let tracks = asset.video.iter();
        tracks
            .filter(|track| track.codec.starts_with(codec) && track.range == range)
            .count()
    };
    assert_eq!(count("avc1.6400", VideoRange::Sdr), 2);
    assert_eq!(count("hvc1.2.4.", VideoRange::Sdr), 2);
    assert_eq!(count("hvc1.2.4.", VideoRange::Pq), 2);
    assert_eq!(count("av01.0.", VideoRange::Sdr), 2);
    assert_eq!(count("av01.0.", VideoRange::Pq), 2);
    let av1 = asset
        .video
        .iter()
        .find(|track| track.id.starts_with("x180"));
    assert!(
        av1.unwrap().codec.ends_with("M.10.0.110.09.16.09.0"),
        "{av1:?}"
    );

    check_metadata(&studio, &asset);
    check_scores(&asset);
}

/// Above 1080p each dynamic range is a task of its own: the asset is whole nevertheless, and every variant has its score.
#[tokio::test]
async fn a_chunk_that_is_encoded_in_bands_becomes_one_asset() {
    let mut studio = Studio::open().await;
    studio.film(&films::HDR10.replace("640x360:r=24:d=2.5", "2560x1440:r=24:d=0.5"));
    let rung = |codec, hdr, (width, height), kbps| LadderRung {
        codec,
        hdr,
        width,
        height,
        kbps,
        crf: 30,
        max_kbps: None,
    };
    let ladder = Ladder {
        name: "banded".to_owned(),
        speed: Some("medium".to_owned()),
        per_title: Some(false),
        rungs: vec![
            rung(Codec::H264, false, (320, 180), 300),
            rung(Codec::H264, false, (320, 180), 600),
            rung(Codec::Hevc, false, (320, 180), 3000),
            rung(Codec::Hevc, false, (2560, 1440), 6000),
            rung(Codec::Hevc, true, (320, 180), 3000),
            rung(Codec::Hevc, true, (2560, 1440), 6000),
        ],
    };
    let settings = Settings {
        ladder: Some(ladder),
        ..Preset::Standard.into()
    };
    studio.engine.settings = settings;
    let mut encoded = Vec::new();
    let signals = Signals::unwatched();
    let told = |kind: &str, result: &Value| {
        if kind == "encode" {
            let outputs = result["outputs"].as_array().unwrap();
            let names = outputs
                .iter()
                .map(|output| output["rendition"].as_str().unwrap());
            encoded.push(names.map(str::to_owned).collect::<Vec<_>>());
        }
    };
    pipeline::run(
        &studio.engine,
        target(),
        MASTER,
        Preset::Standard,
        &signals,
        told,
    )
    .await
    .unwrap_or_else(|error| panic!("{error:#}"));
    assert_eq!(
        encoded,
        [
            &[
                "v180-300",
                "v180-600",
                "hs180-3000",
                "h180-3000",
                "t360",
                "quality"
            ][..],
            &["hs1440-6000", "quality"],
            &["h1440-6000", "quality"]
        ]
    );
    let asset = asset(&studio);
    assert_eq!(asset.video.len(), 6);
    assert!(asset.video.iter().all(|track| track.score.is_some()));
}

/// The master's metadata, exactly, from the published configuration record.
fn check_metadata(studio: &Studio, asset: &Asset) {
    let hdr = asset
        .video
        .iter()
        .find(|track| track.id.starts_with("h180"))
        .unwrap();
    let mut file = std::fs::File::open(studio.object(&target().asset_key(&hdr.file))).unwrap();
    let boxes = mp4::index(&mut file).unwrap();
    let entry = boxes.tracks[0].entry.as_ref().unwrap();
    assert_eq!(
        entry.config.hdr_metadata(),
        Some(HdrMetadata {
            primaries: [
                (13_250, 34_500),
                (7_500, 3_000),
                (34_000, 16_000),
                (15_635, 16_450)
            ],
            luminance: (10_000_000, 50),
            content_light: (1_000, 400),
        })
    );
}

/// A lower rate factor measures better in every family; SCORE stands on every variant.
fn check_scores(asset: &Asset) {
    let vmaf = |prefix: &str| {
        let mut tracks: Vec<_> = asset
            .video
            .iter()
            .filter(|track| track.id.split('-').next() == Some(prefix))
            .collect();
        tracks.sort_by_key(|track| track.average_bps);
        tracks
            .iter()
            .map(|track| track.score.unwrap())
            .collect::<Vec<_>>()
    };
    for family in ["v180", "hs180", "h180", "xs180", "x180"] {
        let [worse, better] = vmaf(family)[..] else {
            panic!("{family} has not two renditions")
        };
        assert!(
            worse < better && better <= 100.0,
            "{family}: {worse} {better}"
        );
    }
    let text = multivariant(asset, &Viewpoint::new(Tier::Uhd));
    let lines: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("#EXT-X-STREAM-INF"))
        .collect();
    assert_eq!(lines.len(), 10);
    assert!(lines.iter().all(|line| line.contains(",SCORE=")), "{text}");
}

#[tokio::test]
async fn two_machines_encode_and_measure_the_same_bytes_in_every_family() {
    let studio = Studio::open().await;
    studio.film(&films::HDR10.replace("d=2.5", "d=1"));
    let spec = serde_json::json!({"masterKey": MASTER, "preset": "standard", "ladder": small_ladder(&[
        (Codec::H264, false),
        (Codec::Hevc, false),
        (Codec::Hevc, true),
        (Codec::Av1, false),
        (Codec::Av1, true),
    ])});
    let spec = serde_json::from_value(spec).unwrap();
    let signals = Signals::unwatched();
    let probed = probe::run(&studio.engine, target(), &spec, &signals)
        .await
        .unwrap();
    let encode = probed.follow_ups.iter().find(|up| up.kind == "encode");
    let spec = serde_json::from_value(encode.unwrap().spec.clone()).unwrap();
    let mut runs = Vec::new();
    for job in [1, 2] {
        let target = Target {
            job: JobId::from_uuid(uuid::Uuid::from_u128(job)),
            ..target()
        };
        let made = encode::run(&studio.engine, target, &spec, &signals)
            .await
            .unwrap();
        assert!(!made.reused);
        let files = made.outputs.into_iter();
        runs.push(
            files
                .map(|output| (output.rendition, output.stored.sha256))
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(runs[0].len(), 12, "ten renditions, trick play, quality");
    assert_eq!(runs[0], runs[1]);
}

#[tokio::test]
async fn an_hlg_master_gives_an_hlg_ladder_and_a_tone_mapped_one() {
    let mut studio = Studio::open().await;
    studio.film(
        "-f lavfi -i testsrc2=s=320x180:r=25:d=1 -vf \
         'format=yuv420p10le,setparams=range=tv:color_primaries=bt2020:color_trc=arib-std-b67:colorspace=bt2020nc' \
         -c:v libx265 -preset ultrafast -profile:v main10 -tag:v hvc1 -x265-params log-level=error -f mp4",
    );
    let asset = publish(&mut studio, Preset::Fast.into()).await;
    let found: Vec<_> = asset
        .video
        .iter()
        .map(|track| (track.id.as_str(), track.range, track.score))
        .collect();
    assert_eq!(
        found,
        [
            ("v180-86", VideoRange::Sdr, None),
            ("v180-172", VideoRange::Sdr, None),
            ("h180-214", VideoRange::Hlg, None),
            ("h180-428", VideoRange::Hlg, None),
        ]
    );
}

#[tokio::test]
async fn a_cartoon_gets_lower_rates_than_grain_and_the_same_ones_every_time() {
    let studio = Studio::open().await;
    let spec = serde_json::json!({"masterKey": MASTER, "preset": "standard"});
    let spec = serde_json::from_value(spec).unwrap();
    let mut plans = Vec::new();
    for picture in [
        "smptebars=s=320x180:r=24:d=2,scroll=horizontal=0.01",
        "testsrc2=s=320x180:r=24:d=2,noise=alls=40:allf=t:all_seed=2",
    ] {
        studio.film(&format!(
            "-f lavfi -i '{picture}' -c:v libx264 -preset ultrafast -crf 8 -pix_fmt yuv420p -f mp4"
        ));
        for _ in 0..2 {
            let signals = Signals::unwatched();
            let probed = probe::run(&studio.engine, target(), &spec, &signals)
                .await
                .unwrap();
            plans.push(probed.plan);
        }
    }
    assert_eq!(plans[0], plans[1]);
    assert_eq!(plans[2], plans[3]);
    let [cartoon, grain] = [&plans[0], &plans[2]];
    for (flat, noisy) in cartoon.video.rungs.iter().zip(&grain.video.rungs) {
        assert!(
            flat.average_kbps < noisy.average_kbps,
            "{} {}",
            flat.id,
            noisy.id
        );
        assert!(flat.max_kbps < noisy.max_kbps);
    }
    let share = |plan: &shared::ladder::Plan| plan.complexity.as_ref().unwrap().fits[0].rate_share;
    assert!(
        share(cartoon) <= 0.6 && share(grain) >= 1.0,
        "{} {}",
        share(cartoon),
        share(grain)
    );
}

#[tokio::test]
async fn an_encoder_that_quietly_did_something_else_is_found_out() {
    let studio = Studio::open().await;
    studio.film(films::HDR10);
    let settings = Settings {
        ladder: Some(small_ladder(&[(Codec::H264, false), (Codec::Hevc, true)])),
        ..Preset::Fast.into()
    };
    let spec = serde_json::json!({"masterKey": MASTER, "ladder": settings.ladder});
    let spec = serde_json::from_value(spec).unwrap();
    let probed = probe::run(&studio.engine, target(), &spec, &Signals::unwatched())
        .await
        .unwrap();
    let video = probed.plan.video;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.mp4");
    let colours = "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc";
    let tags = "setparams=range=tv:color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc";
    let display =
        "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)";
    let check = |pix_fmt: &str, options: &str, expect: &str| {
        ffmpeg(
            &format!(
                "-f lavfi -i color=red:s=320x180:r=24:d=0.1 -frames:v 2 -c:v libx265 -preset ultrafast -pix_fmt {pix_fmt} \
                 -tag:v hvc1 -vf format={pix_fmt},{tags} -x265-params log-level=error:repeat-headers=0:{options}"
            ),
            &path,
        );
        let found = encode::inspect(&path, &video, "h180-300", 2);
        let found = found.map_or_else(|error| error.to_string(), |()| "as asked".to_owned());
        assert!(found.contains(expect), "{found}");
    };
    check(
        "yuv420p",
        &format!("{colours}:{display}:max-cll=1000,400"),
        "not Main 10",
    );
    check(
        "yuv420p10le",
        &format!("{colours}:{display}:max-cll=1000,300"),
        "not the source's",
    );
    check("yuv420p10le", colours, "not the source's");
    check(
        "yuv420p10le",
        &format!("{colours}:{display}:max-cll=1000,400"),
        "as asked",
    );
}

#[tokio::test]
async fn a_chunk_that_can_t_be_decoded_or_lacks_frames_is_found_out_where_it_was_made() {
    let studio = Studio::open().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.mp4");
    ffmpeg(
        "-f lavfi -i testsrc2=s=320x180:r=24:d=1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -f mp4",
        &path,
    );
    let signals = Signals::unwatched();
    let decoded = async |frames| encode::decode(&studio.engine, &path, frames, &signals).await;
    decoded(24).await.unwrap();
    let error = decoded(25).await.unwrap_err().to_string();
    assert!(error.contains("24 of 25"), "{error}");
    let mut bytes = std::fs::read(&path).unwrap();
    let media = bytes.windows(4).position(|name| name == b"mdat").unwrap();
    bytes[media + 2000..media + 2400].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    let error = decoded(24).await.unwrap_err().to_string();
    assert!(error.contains("can't be decoded"), "{error}");
}

#[test]
fn the_command_line_lists_every_fault_of_a_ladder_or_prints_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ladder.toml");
    let check = || {
        let run = Command::new(env!("CARGO_BIN_EXE_transcode"))
            .args(["ladder", "check"])
            .arg(&file)
            .output()
            .unwrap();
        let text = [run.stdout, run.stderr].concat();
        (run.status.success(), String::from_utf8(text).unwrap())
    };
    let example = include_str!("../../ladders/house.toml");
    std::fs::write(&file, example).unwrap();
    let (good, said) = check();
    assert!(good && said.contains("hevc  HDR   3840x2160"), "{said}");
    let broken = example
        .replace("kbps = 730", "kbps = 7300")
        .replace("codec = \"hevc\"", "codec = \"vp9\"");
    std::fs::write(&file, broken.replace("vp9", "hevc")).unwrap();
    let (good, said) = check();
    assert!(
        !good && said.contains("rung 3, kbps: 7300 is 20.86 times"),
        "{said}"
    );
    assert!(said.contains("rung 4, kbps"), "{said}");
    std::fs::write(&file, broken).unwrap();
    let (good, said) = check();
    assert!(
        !good && said.matches("There is no codec `vp9`").count() == 4,
        "{said}"
    );
}
