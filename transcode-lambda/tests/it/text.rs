//! Text: every format and encoding comes out at the same times, and the times are the picture's.

use serde_json::json;
use shared::{
    ladder::SubtitlePlan,
    webvtt::{self, Document},
};
use transcode_lambda::{
    engine::Signals,
    failure::Refused,
    subtitles,
    task::{Made, SubtitlesSpec},
};

use crate::studio::{MASTER, Studio, ffmpeg, ffmpeg_path, target};

const SIDECAR: &str = "masters/film/sidecar";
const SRT: &str = "1\n00:00:01,001 --> 00:00:02,002\n<i>Où</i> & when?\n\n2\n00:00:02,502 --> 00:00:03,003\nHere.\n";

fn spec(stream: Option<u32>, phase_us: i64) -> SubtitlesSpec {
    SubtitlesSpec {
        master_key: MASTER.to_owned(),
        track: SubtitlePlan {
            id: "s-en".to_owned(),
            stream,
            key: stream.is_none().then(|| SIDECAR.to_owned()),
            language: "en".to_owned(),
            name: "English".to_owned(),
            forced: false,
            sdh: false,
        },
        duration_ms: 4004,
        phase_us,
    }
}

async fn convert(studio: &Studio, spec: &SubtitlesSpec) -> anyhow::Result<(Made, Document)> {
    let made = subtitles::run(&studio.engine, target(), spec, &Signals::unwatched()).await?;
    let text = std::fs::read_to_string(studio.object(&made.outputs[0].stored.key)).unwrap();
    let document = webvtt::parse(&text).unwrap();
    Ok((made, document))
}

async fn sidecar(bytes: &[u8]) -> anyhow::Result<(Made, Document)> {
    let studio = Studio::open().await;
    let path = studio.object(SIDECAR);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
    convert(&studio, &spec(None, 0)).await
}

fn cues(document: &Document) -> Vec<(u64, u64, &str)> {
    document
        .cues
        .iter()
        .map(|cue| (cue.start_ms, cue.end_ms, cue.text.as_str()))
        .collect()
}

#[tokio::test]
async fn every_encoding_and_both_formats_give_the_same_cues() {
    let expect = [(1001, 2002, "<i>Où</i> &amp; when?"), (2502, 3003, "Here.")];
    let vtt = format!(
        "WEBVTT\n\n{}",
        SRT.replace(',', ".")
            .replace("1\n00", "00")
            .replace("2\n00", "00")
    );
    let units: Vec<u16> = SRT.encode_utf16().collect();
    let wide: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let latin: Vec<u8> = SRT
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    for (name, bytes, notes) in [
        ("SubRip", SRT.as_bytes().to_vec(), 0),
        (
            "with a byte order mark",
            [b"\xef\xbb\xbf", SRT.as_bytes()].concat(),
            0,
        ),
        ("UTF-16", [b"\xff\xfe", wide.as_slice()].concat(), 0),
        ("UTF-16 without a mark", wide.clone(), 1),
        ("Latin-1", latin, 1),
        ("WebVTT", vtt.into_bytes(), 0),
        ("DOS line ends", SRT.replace('\n', "\r\n").into_bytes(), 0),
    ] {
        let (made, document) = sidecar(&bytes).await.unwrap();
        assert_eq!(cues(&document), expect, "{name}");
        assert_eq!(made.notes.len(), notes, "{name}: {:?}", made.notes);
    }
}

#[tokio::test]
async fn a_broken_sidecar_is_repaired_or_refused_with_its_line() {
    let (made, document) =
        sidecar(b"1\n0:00:01,5 --> 0:00:02,000\na\n2\n00:00:03,000 --> 00:00:03,500\nb\n")
            .await
            .unwrap();
    assert_eq!(document.cues.len(), 2);
    assert_eq!(made.notes.len(), 2, "{:?}", made.notes);
    assert!(made.notes[0].contains("line 2"), "{:?}", made.notes);
    for (bytes, place) in [
        (
            &b"1\n00:00:01,000 --> 00:00:02,000\na\n\n2\n00:00:0x,000 --> 00:00:09,000\nb\n"[..],
            "line 6",
        ),
        (b"1\n00:00:02,000 --> 00:00:01,000\na\n", "line 2"),
        (b"\x1a\x45\xdf\xa3\x00\x00\x01", "no text"),
    ] {
        let error = sidecar(bytes).await.unwrap_err();
        let Refused { reasons, .. } = error.downcast_ref().expect("a refusal");
        assert_eq!(reasons[0].code, "subtitles_unusable");
        assert!(reasons[0].problem.contains(place), "{}", reasons[0].problem);
    }
}

/// A master of 23.976 fps whose picture is white exactly while a cue shows, at frames 24 to 47 and 60 to 71: the published
/// cues must begin and end at those frames' times, whatever the container and wherever its clock starts.
#[tokio::test]
async fn a_cue_shows_within_a_frame_of_the_picture_that_it_belongs_to() {
    for (container, codec, offset) in [
        ("matroska", "srt", ""),
        ("matroska", "ass", "-output_ts_offset 10"),
        ("mp4", "mov_text", ""),
        ("mp4", "mov_text", "-output_ts_offset 5"),
        ("matroska", "webvtt", "-output_ts_offset 0.017"),
    ] {
        let studio = Studio::open().await;
        let folder = tempfile::tempdir().unwrap();
        let srt = folder.path().join("film.srt");
        std::fs::write(&srt, SRT).unwrap();
        studio.film(&format!(
            "-f lavfi -i 'color=black:s=320x180:r=24000/1001:d=4,format=yuv420p,geq=lum=if(between(N\\,24\\,47)+between(N\\,60\\,71)\\,200\\,30):cb=128:cr=128' \
             -f lavfi -i sine=440:d=4 -i {} -map 0 -map 1 -map 2 -c:v libx264 -preset ultrafast -bf 2 -c:a aac -c:s {codec} \
             -metadata:s:s:0 language=eng {offset} -f {container}",
            srt.display()
        ));
        let results = studio.publish().await.unwrap();
        let asset = std::fs::read(studio.object(&target().asset_key("asset.json"))).unwrap();
        let asset: shared::asset::Asset = serde_json::from_slice(&asset).unwrap();
        let text = std::fs::read_to_string(studio.object(&target().asset_key("s-en.vtt"))).unwrap();
        let document = webvtt::parse(&text).unwrap();
        let white = white_times(&studio, &asset);
        let name = format!("{container} {codec} {offset}");
        assert_eq!(document.cues.len(), white.len(), "{name}: {white:?}");
        for (cue, (start_ms, end_ms)) in document.cues.iter().zip(white) {
            let frame_ms = 1001.0 / 24.0;
            let off = |ms: u64, expect: f64| (ms as f64 - expect).abs();
            assert!(
                off(cue.start_ms, start_ms) <= frame_ms,
                "{name}: {} against {start_ms}",
                cue.start_ms
            );
            assert!(
                off(cue.end_ms, end_ms) <= frame_ms,
                "{name}: {} against {end_ms}",
                cue.end_ms
            );
        }
        let (_, verified) = results.last().unwrap();
        assert_eq!(verified["report"]["passed"], json!(true));
    }
}

/// When the published picture is white: first and one after the last frame of each run, milliseconds.
fn white_times(studio: &Studio, asset: &shared::asset::Asset) -> Vec<(f64, f64)> {
    let track = &asset.video[0];
    let seed = studio.engine.seeds.get(asset.key_seed).unwrap();
    let key = hex::encode(shared::cenc::content_key(seed, track.kid.unwrap()).expose());
    let output = std::process::Command::new(ffmpeg_path())
        .args(["-v", "error", "-nostdin", "-decryption_key", &key, "-i"])
        .arg(studio.object(&target().asset_key(&track.file)))
        .args([
            "-vf",
            "crop=2:2:100:90,extractplanes=y",
            "-fps_mode",
            "passthrough",
            "-f",
            "rawvideo",
            "-",
        ])
        .output()
        .unwrap();
    let is_white: Vec<bool> = output
        .stdout
        .chunks(4)
        .map(|pixels| pixels[0] > 100)
        .collect();
    let at = |frame: usize| frame as f64 * 1001.0 / 24.0;
    let mut runs = Vec::new();
    let mut begin = None;
    for (frame, white) in is_white.iter().chain([&false]).enumerate() {
        match (begin, white) {
            (None, true) => begin = Some(frame),
            (Some(first), false) => {
                runs.push((at(first), at(frame)));
                begin = None;
            }
            _ => {}
        }
    }
    runs
}

#[tokio::test]
async fn regular_subtitles_contain_the_forced_cues() {
    let studio = Studio::open().await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let regular = file("regular.srt", "1\n00:00:00,500 --> 00:00:01,000\nHello.\n");
    let forced = file("forced.srt", "1\n00:00:01,500 --> 00:00:02,000\nNO ENTRY\n");
    let master = folder.path().join("master.mkv");
    ffmpeg(
        &format!(
            "-f lavfi -i testsrc2=s=320x180:r=25:d=3 -f lavfi -i sine=d=3 -i {regular} -i {forced} \
             -map 0 -map 1 -map 2 -map 3 -c:v libx264 -preset ultrafast -c:a aac -c:s srt \
             -metadata:s:s language=eng -disposition:s:1 forced"
        ),
        &master,
    );
    studio.deliver(&std::fs::read(master).unwrap());
    // Delivered beside the master, in old bytes: what it is stands in its name.
    let sidecar = studio.object("masters/film/subtitles/film.en.sdh.srt");
    std::fs::create_dir_all(sidecar.parent().unwrap()).unwrap();
    std::fs::write(
        sidecar,
        b"1\n00:00:00,500 --> 00:00:01,000\n[caf\xe9] Hello.\n",
    )
    .unwrap();
    let results = studio.publish().await.unwrap();
    let read = |id: &str| std::fs::read_to_string(studio.object(&target().asset_key(id))).unwrap();
    assert!(read("s-en.vtt").contains("NO ENTRY") && read("s-en.vtt").contains("Hello."));
    assert!(read("s-en-sdh.vtt").contains("NO ENTRY") && read("s-en-sdh.vtt").contains("[café]"));
    assert!(!read("s-en-forced.vtt").contains("Hello."));
    let (_, verified) = results.last().unwrap();
    assert_eq!(verified["report"]["passed"], json!(true), "{verified:#}");
}
