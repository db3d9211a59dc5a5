//! Dolby Vision 8.1 and 8.4: the master's metadata reaches the viewer, one RPU for each frame, over a base that is HDR10 or HLG.

use std::{path::Path, process::Command};

use shared::{
    asset::{Asset, VideoRange},
    cenc::Tier,
    hls::{Viewpoint, multivariant},
    ladder::{Codec, Ladder, LadderRung, Preset, Settings},
};
use transcode_lambda::{engine::Signals, pipeline};

use crate::studio::{MASTER, Studio, ffmpeg, target, tool_paths};

/// An RPU of profile 8 as a NAL unit (type 62): the identity mapping, and level 1 metadata of a scene up to 1000 cd/m².
const RPU: &str = "7c0119080908406136506f003ff801ffc00fffd0000008000006800000400000340000030200000301a2566000035ea2566f9fceb1c2\
    56644ca00000100000030080000003008000000301c36224301860a5e308e0514000001a63e5affff000000300000300000300060200f80e152030080060\
    39f400658e199180";

const START: [u8; 4] = [0, 0, 0, 1];

/// What x265 is told of an HDR10 base.
const HDR10: &str = "hdr10=1:transfer=smpte2084:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50):max-cll=1000,400";

/// Of an HLG base.
const HLG: &str = "transfer=arib-std-b67";

/// A picture of that many frames over such a base, with an RPU at the end of each: what an authoring tool would deliver.
fn master(frames: u32, base_layer: &str, path: &Path) {
    let transfer = base_layer
        .split(':')
        .find_map(|option| option.strip_prefix("transfer="));
    let transfer = transfer.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base.hevc");
    ffmpeg(
        &format!(
            "-f lavfi -i testsrc2=s=320x180:r=24:d=20 -frames:v {frames} -vf \
             'format=yuv420p10le,setparams=range=tv:color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc' \
             -c:v libx265 -preset ultrafast -profile:v main10 -x265-params \
             log-level=error:aud=1:bframes=0:colorprim=bt2020:colormatrix=bt2020nc:range=limited:{base_layer} -f hevc"
        ),
        &base,
    );
    let base = std::fs::read(&base).unwrap();
    let delimiter = [&START[..], &[0x46, 0x01]].concat();
    let starts: Vec<usize> = (0..base.len())
        .filter(|at| base[*at..].starts_with(&delimiter))
        .collect();
    assert_eq!(starts.len(), frames as usize);
    let rpu: String = RPU.split_whitespace().collect();
    let rpu = hex::decode(rpu).unwrap();
    let mut stream = Vec::new();
    for (place, start) in starts.iter().enumerate() {
        let end = starts.get(place + 1).copied().unwrap_or(base.len());
        stream.extend([&base[*start..end], &START, &rpu].concat());
    }
    let injected = folder.path().join("injected.hevc");
    std::fs::write(&injected, stream).unwrap();
    ffmpeg(
        &format!(
            "-framerate 24 -f hevc -i {} -c copy -bsf:v dovi_rpu=compression=none -strict unofficial -tag:v hvc1 -f mp4",
            injected.display()
        ),
        path,
    );
}

/// Frames of a published track that carry an RPU, in the order in which they are shown.
fn frames_with_rpu(studio: &Studio, asset: &Asset, id: &str) -> usize {
    let track = asset.find_video(id).unwrap();
    let seed = studio.engine.seeds.get(asset.key_seed).unwrap();
    let key = shared::cenc::content_key(seed, track.kid.unwrap());
    let key = hex::encode(key.expose());
    let run = Command::new(tool_paths().ffprobe.unwrap())
        .args(["-v", "error", "-decryption_key", &key, "-show_frames"])
        .arg(studio.object(&target().asset_key(&track.file)))
        .output()
        .unwrap();
    let text = String::from_utf8(run.stdout).unwrap();
    text.split("[/FRAME]")
        .filter(|frame| frame.matches("Dolby Vision RPU Data").count() == 1)
        .count()
}

#[tokio::test]
async fn the_metadata_of_an_8_1_master_reaches_every_frame_across_chunks() {
    // Twelve seconds are a chunk: the last frames are in the second.
    check(12 * 24 + 10, HDR10, (VideoRange::Pq, "dvh1.08.01/db1p")).await;
}

#[tokio::test]
async fn the_metadata_of_an_8_4_master_reaches_every_frame() {
    check(2 * 24, HLG, (VideoRange::Hlg, "dvh1.08.01/db4h")).await;
}

/// Publishes such a master: the renditions of that range carry its metadata and are named so, the others are not.
async fn check(frames: u32, base_layer: &str, (range, supplement): (VideoRange, &str)) {
    let mut studio = Studio::open().await;
    studio.deliver(b"");
    master(frames, base_layer, &studio.object(MASTER));
    let rung = |codec, hdr, kbps| LadderRung {
        codec,
        hdr,
        width: 160,
        height: 90,
        kbps,
        crf: 30,
        max_kbps: None,
    };
    studio.engine.settings = Settings {
        ladder: Some(Ladder {
            name: "small".to_owned(),
            speed: Some("veryfast".to_owned()),
            per_title: None,
            rungs: vec![
                rung(Codec::H264, false, 200),
                rung(Codec::H264, false, 400),
                rung(Codec::Hevc, true, 200),
                rung(Codec::Hevc, true, 400),
            ],
        }),
        ..Preset::Fast.into()
    };
    let signals = Signals::unwatched();
    pipeline::run(
        &studio.engine,
        target(),
        MASTER,
        Preset::Fast,
        &signals,
        |_, _| {},
    )
    .await
    .unwrap_or_else(|error| panic!("{error:#}"));
    let bytes = std::fs::read(studio.object(&target().asset_key("asset.json"))).unwrap();
    let asset: Asset = serde_json::from_slice(&bytes).unwrap();
    for track in &asset.video {
        let expect = (track.range == range).then_some(supplement);
        assert_eq!(track.supplemental_codec.as_deref(), expect, "{}", track.id);
        let carried = frames_with_rpu(&studio, &asset, &track.id);
        let wanted = if expect.is_some() { frames as usize } else { 0 };
        assert_eq!(carried, wanted, "{}", track.id);
    }
    let text = multivariant(&asset, &Viewpoint::new(Tier::Uhd));
    assert_eq!(
        text.matches(&format!("SUPPLEMENTAL-CODECS=\"{supplement}\""))
            .count(),
        2,
        "{text}"
    );
}
