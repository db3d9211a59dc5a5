//! Sound: groups and languages, loudness, downmix, Dolby's headers, objects that are passed through.

use std::{path::Path, process::Command};

use serde_json::json;
use shared::{
    asset::{Asset, AudioTrack},
    cenc::{Tier, content_key},
    hls::{self, Viewpoint},
    ladder::{AudioCodec, AudioPlan},
};
use transcode_lambda::{
    audio::{self, TARGET_LUFS},
    engine::Signals,
    task::AudioSpec,
};

use crate::{
    dolby,
    studio::{MASTER, Studio, ffmpeg, ffmpeg_path, target},
};

const PICTURE: &str = "-f lavfi -i testsrc2=s=320x180:r=24000/1001:d=4 ";
const SMALL_PICTURE: &str = "-map 0:v -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 48 ";

/// A tone in each channel: FL 440, FR 550, FC 660, LFE 60, BL 770, BR 880 Hz.
const TONES: &str = "-f lavfi -i 'aevalsrc=0.1*sin(440*2*PI*t)|0.1*sin(550*2*PI*t)|0.1*sin(660*2*PI*t)|0.3*sin(60*2*PI*t)|\
    0.1*sin(770*2*PI*t)|0.1*sin(880*2*PI*t):c=5.1:s=48000:d=4.2' ";

async fn published(studio: &Studio) -> Asset {
    let results = studio.publish().await.unwrap();
    let (_, verified) = results.last().unwrap();
    assert_eq!(verified["report"]["passed"], true, "{verified:#}");
    // What is only recommended holds too, as far as sound goes.
    let checks = verified["report"]["checks"].as_array().unwrap();
    for rule in [
        "40", "41", "42", "43", "44", "45", "46", "49", "50", "57", "58", "88",
    ] {
        for check in checks.iter().filter(|check| check["rule"] == rule) {
            assert_eq!(check["findings"], json!([]), "{check:#}");
        }
    }
    let bytes = std::fs::read(studio.object(&target().asset_key("asset.json"))).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// Runs ffmpeg over a published track, decrypted; returns what it printed and what it said.
fn over(
    studio: &Studio,
    asset: &Asset,
    track: &AudioTrack,
    arguments: &[&str],
) -> (Vec<u8>, String) {
    let seed = studio.engine.seeds.get(asset.key_seed).unwrap();
    let key = hex::encode(content_key(seed, track.kid.unwrap()).expose());
    let output = Command::new(ffmpeg_path())
        .args([
            "-hide_banner",
            "-nostats",
            "-nostdin",
            "-decryption_key",
            &key,
            "-i",
        ])
        .arg(studio.object(&target().asset_key(&track.file)))
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    (output.stdout, said)
}

/// Integrated loudness and true peak.
fn loudness(studio: &Studio, asset: &Asset, track: &AudioTrack) -> (f64, f64) {
    let (_, said) = over(
        studio,
        asset,
        track,
        &["-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-"],
    );
    let (_, summary) = said.rsplit_once("Summary:").unwrap();
    let value = |label: &str| {
        let line = summary
            .lines()
            .find_map(|line| line.trim().strip_prefix(label));
        line.unwrap()
            .split_whitespace()
            .next()
            .unwrap()
            .parse::<f64>()
            .unwrap()
    };
    (value("I:"), value("Peak:"))
}

/// The amplitude of a tone in the last second of a channel.
fn amplitude(samples: &[f32], channel: usize, channels: usize, hertz: f64) -> f64 {
    let of_channel: Vec<f64> = samples
        .iter()
        .skip(channel)
        .step_by(channels)
        .map(|s| f64::from(*s))
        .collect();
    let middle = &of_channel[48_000..96_000];
    let (mut sine, mut cosine) = (0.0, 0.0);
    for (place, sample) in middle.iter().enumerate() {
        let angle = std::f64::consts::TAU * hertz * place as f64 / 48_000.0;
        sine += sample * angle.sin();
        cosine += sample * angle.cos();
    }
    2.0 * sine.hypot(cosine) / middle.len() as f64
}

fn decoded(studio: &Studio, asset: &Asset, track: &AudioTrack) -> Vec<f32> {
    let (bytes, _) = over(studio, asset, track, &["-f", "f32le", "-"]);
    bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect()
}

/// A raw E-AC-3 stream of four seconds and a bit that declares objects.
fn object_stream(folder: &Path) -> std::path::PathBuf {
    let plain = folder.join("plain.eac3");
    ffmpeg(&format!("{TONES} -c:a eac3 -b:a 384k -f eac3"), &plain);
    let path = folder.join("objects.eac3");
    std::fs::write(
        &path,
        dolby::with_objects(&std::fs::read(plain).unwrap(), 16),
    )
    .unwrap();
    path
}

#[tokio::test]
async fn surround_becomes_stereo_and_dolby_groups_that_all_list_every_language() {
    let studio = Studio::open().await;
    // English 5.1, French stereo, far too loud; a quiet description in English.
    studio.film(&format!(
        "{PICTURE}{TONES}-f lavfi -i 'anoisesrc=d=4.2:c=pink:r=44100:a=0.7:seed=1,aformat=channel_layouts=stereo' \
         -f lavfi -i 'anoisesrc=d=3:c=pink:r=48000:a=0.01:seed=2' {SMALL_PICTURE}\
         -map 1:a -c:a:0 pcm_s24le -map 2:a -c:a:1 pcm_s16le -map 3:a -c:a:2 pcm_s16le \
         -metadata:s:a:0 language=eng -metadata:s:a:1 language=fra -metadata:s:a:2 language=eng \
         -disposition:a:0 default -disposition:a:2 visual_impaired+descriptions -f matroska"
    ));
    let asset = published(&studio).await;
    let listed: Vec<_> = asset
        .audio
        .iter()
        .map(|track| {
            (
                track.id.as_str(),
                track.codec.as_str(),
                track.channels.as_str(),
            )
        })
        .collect();
    assert_eq!(
        listed,
        [
            ("a-en-aac2", "mp4a.40.2", "2"),
            ("a-fr-aac2", "mp4a.40.2", "2"),
            ("a-en-ad-aac2", "mp4a.40.2", "2"),
            ("a-en-ec3", "ec-3", "6"),
            ("a-fr-ec3", "ec-3", "6"),
            ("a-en-ad-ec3", "ec-3", "6"),
            ("a-en-ac3", "ac-3", "6"),
            ("a-fr-ac3", "ac-3", "6"),
            ("a-en-ad-ac3", "ac-3", "6"),
        ]
    );
    let text = hls::multivariant(&asset, &Viewpoint::new(Tier::Uhd));
    assert_eq!(
        text.matches("CHARACTERISTICS=\"public.accessibility.describes-video\"")
            .count(),
        3
    );
    assert_eq!(
        text.matches("#EXT-X-STREAM-INF").count(),
        3 * asset.video.len()
    );

    stereo_has_one_loudness(&studio, &asset);
    the_downmix_is_itu(&studio, &asset);
    surround_keeps_its_level_and_says_it(&studio, &asset);
}

/// Peaks below −1 dBTP, whatever the master was.
fn stereo_has_one_loudness(studio: &Studio, asset: &Asset) {
    for id in ["a-en-aac2", "a-fr-aac2", "a-en-ad-aac2"] {
        let track = asset.find_audio(id).unwrap();
        let (integrated, peak) = loudness(studio, asset, track);
        let expect = track.loudness_lufs.unwrap();
        assert!(
            (integrated - expect).abs() < 0.7,
            "{id}: {integrated} LUFS, {expect} expected"
        );
        if id != "a-en-ad-aac2" {
            assert!((expect - TARGET_LUFS).abs() < 0.1, "{id}: {expect}");
        }
        assert!(peak < -1.0, "{id}: {peak} dBTP");
    }
}

/// Centre and surround at −3 dB beside the front, no LFE, nothing on the wrong side (ITU-R BS.775).
fn the_downmix_is_itu(studio: &Studio, asset: &Asset) {
    let stereo = decoded(studio, asset, asset.find_audio("a-en-aac2").unwrap());
    let left = |hertz| amplitude(&stereo, 0, 2, hertz);
    for (hertz, expect) in [
        (660.0, 0.707),
        (770.0, 0.707),
        (60.0, 0.0),
        (550.0, 0.0),
        (880.0, 0.0),
    ] {
        let share = left(hertz) / left(440.0);
        assert!((share - expect).abs() < 0.02, "{hertz} Hz: {share}");
    }
}

/// Stereo stands in the front channels.
fn surround_keeps_its_level_and_says_it(studio: &Studio, asset: &Asset) {
    let surround = asset.find_audio("a-en-ec3").unwrap();
    let (stream, _) = over(studio, asset, surround, &["-c", "copy", "-f", "eac3", "-"]);
    let measured = surround.loudness_lufs.unwrap();
    assert!(
        (f64::from(dolby::dialnorm(dolby::frames(&stream)[1])) - measured).abs() <= 0.5,
        "{measured}"
    );
    let french = decoded(studio, asset, asset.find_audio("a-fr-ec3").unwrap());
    let energy = |channel: usize| {
        french
            .iter()
            .skip(channel)
            .step_by(6)
            .map(|s| f64::from(s.abs()))
            .sum::<f64>()
    };
    assert!(energy(0) > 50.0 * energy(2).max(energy(4)));
}

#[tokio::test]
async fn objects_are_passed_through_frame_by_frame_and_named_by_their_complexity() {
    let studio = Studio::open().await;
    let folder = tempfile::tempdir().unwrap();
    let objects = object_stream(folder.path());
    studio.film(&format!(
        "{PICTURE}-i {} -f lavfi -i sine=330:d=4.2 {SMALL_PICTURE}-map 1:a -c:a:0 copy -map 2:a -c:a:1 aac \
         -metadata:s:a:0 language=eng -metadata:s:a:1 language=deu -f mp4",
        objects.display()
    ));
    assert!(studio.object(MASTER).exists());
    let asset = published(&studio).await;
    let track = asset.find_audio("a-en-joc").unwrap();
    assert_eq!(
        (track.codec.as_str(), track.channels.as_str()),
        ("ec-3", "16/JOC")
    );
    let (copied, _) = over(&studio, &asset, track, &["-c", "copy", "-f", "eac3", "-"]);
    let source = std::fs::read(objects).unwrap();
    // 4.004 s are 125.1 frames: the first that begin before the picture's end.
    assert_eq!(dolby::frames(&copied).len(), 126);
    assert!(source.starts_with(&copied), "a frame was changed");
    let text = hls::multivariant(&asset, &Viewpoint::new(Tier::Uhd));
    let group: Vec<_> = text
        .lines()
        .filter(|line| line.contains("GROUP-ID=\"joc\""))
        .collect();
    assert_eq!(group.len(), 2, "{text}");
    assert!(
        group[0].contains("NAME=\"English\"") && group[0].contains("CHANNELS=\"16/JOC\""),
        "{}",
        group[0]
    );
    assert!(
        group[1].contains("NAME=\"German\"") && group[1].contains("URI=\"a-de-ec3.m3u8\""),
        "{}",
        group[1]
    );
}

/// Loud enough for the limiter, which has a memory.
#[tokio::test]
async fn the_same_track_gives_the_same_bytes_again() {
    let mut hashes = Vec::new();
    for _ in 0..2 {
        let studio = Studio::open().await;
        studio.film(r"-f lavfi -i 'anoisesrc=d=3:c=pink:r=48000:a=0.02:seed=7' -af 'volume=if(lt(mod(t\,1)\,0.01)\,20\,1):eval=frame' -f wav");
        let spec = AudioSpec {
            master_key: MASTER.to_owned(),
            track: AudioPlan {
                id: "a-und-aac2".to_owned(),
                group: "aac2".to_owned(),
                also_in: Vec::new(),
                stream: 0,
                language: "und".to_owned(),
                name: "Original".to_owned(),
                codec: AudioCodec::Aac,
                channels: 2,
                kbps: 128,
                default: true,
                describes_video: false,
            },
            duration_us: 2_500_000,
            phase_us: 0,
        };
        let signals = Signals::unwatched();
        let run = || audio::run(&studio.engine, target(), &spec, &signals);
        let made = run().await.unwrap();
        let again = run().await.unwrap();
        assert!(again.reused);
        assert_eq!(
            again.outputs, made.outputs,
            "what was there is answered as before"
        );
        hashes.push(made.outputs[0].stored.sha256.clone());
    }
    assert_eq!(hashes[0], hashes[1]);
}
