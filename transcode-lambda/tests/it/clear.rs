//! An asset without its encryption, byte for byte in its places: what clients without our keys can be shown.

use std::{collections::BTreeMap, process::Command};

use shared::{asset::Asset, cenc::content_key, mp4};

use crate::{
    mutations::Case,
    studio::{Studio, ffmpeg_path, target},
    surgery::rename,
};

const ENTRY: &str = "moov/trak/mdia/minf/stbl/stsd/*";

/// The description and the media files of a clear copy. Samples keep their sizes under `cbcs`, so every range of the index
/// still holds.
pub(crate) fn copy(studio: &Studio, case: &Case) -> (Asset, BTreeMap<String, Vec<u8>>) {
    let mut asset = case.asset.clone();
    let seed = studio.engine.seeds.get(asset.key_seed).unwrap();
    let mut files = BTreeMap::new();
    for track in shared::hls::validate::Published::all(&case.asset) {
        let media = track.media();
        let key = hex::encode(content_key(seed, media.kid.unwrap()).expose());
        let samples = decrypted_samples(studio, media.file, &key);
        files.insert(
            media.file.to_owned(),
            clear_file(&case.files[media.file], &samples),
        );
    }
    for track in asset.video.iter_mut().chain(&mut asset.trick) {
        (track.kid, track.iv) = (None, None);
    }
    for track in &mut asset.audio {
        (track.kid, track.iv) = (None, None);
    }
    (asset, files)
}

/// All samples of a file, one after the other.
fn decrypted_samples(studio: &Studio, file: &str, key: &str) -> Vec<u8> {
    let output = Command::new(ffmpeg_path())
        .args([
            "-v",
            "error",
            "-nostdin",
            "-ignore_editlist",
            "1",
            "-decryption_key",
            key,
            "-i",
        ])
        .arg(studio.object(&target().asset_key(file)))
        .args(["-map", "0", "-c", "copy", "-f", "data", "-"])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

fn clear_file(encrypted: &[u8], samples: &[u8]) -> Vec<u8> {
    let mut bytes = encrypted.to_vec();
    let index = mp4::index(&mut std::io::Cursor::new(encrypted)).unwrap();
    let mut rest = samples;
    for (place, fragment) in index.fragments.iter().enumerate() {
        let payload = usize::try_from(fragment.payload_offset).unwrap()
            ..usize::try_from(fragment.range.end()).unwrap();
        let (own, others) = rest.split_at(payload.len());
        bytes[payload].copy_from_slice(own);
        rest = others;
        for name in ["senc", "saiz", "saio"] {
            let is_there = encrypted[usize::try_from(fragment.range.offset).unwrap()
                ..usize::try_from(fragment.payload_offset).unwrap()]
                .windows(4)
                .any(|window| window == name.as_bytes());
            if is_there {
                rename(&mut bytes, &format!("moof:{place}/traf/{name}"), *b"free");
            }
        }
    }
    assert!(rest.is_empty(), "samples are left over");
    let format = index.tracks[0].entry.as_ref().unwrap().format;
    rename(&mut bytes, &format!("{ENTRY}/sinf"), *b"free");
    rename(&mut bytes, ENTRY, format);
    bytes
}
