//! Defects in the media files themselves, box by box and sample by sample.

use shared::hls::validate::Severity::{Must, Should};

use super::{Mutation, Which};
use crate::surgery::{
    COMPOSITION, FLAGS, SIZE, add, append, boxed, fragment, media, number, payload, rename,
    replace, sample_field, whole,
};

const ENTRY: &str = "moov/trak/mdia/minf/stbl/stsd/*";
const TENC: &str = "moov/trak/mdia/minf/stbl/stsd/*/sinf/schi/tenc";
/// Where the default duration stands in the payload of a `tfhd` as the packager writes them.
const DURATION: usize = 12;
/// `trun` of the first fragment, and of the second.
const TRUN: &str = "moof/traf/trun";
const SECOND_TRUN: &str = "moof:1/traf/trun";

fn in_entry(name: &str) -> String {
    format!("{ENTRY}/{name}")
}

/// Adds to a field of a sample of the first fragment.
fn shift(bytes: &mut [u8], path: &str, sample: usize, field: u32, by: i32) {
    let trun = payload(bytes, path);
    let at = sample_field(trun, sample, field);
    add(trun, at, by);
}

fn swap_fragments(bytes: &mut Vec<u8>) {
    let (first, second) = (fragment(bytes, 0), fragment(bytes, 1));
    let parts = [&bytes[second.clone()], &bytes[first.clone()]].concat();
    bytes.splice(first.start..second.end, parts);
}

/// Samples of the first fragment whose NAL unit types `wanted` picks: each header's place in the file.
fn nal_headers(bytes: &mut [u8], sample: usize) -> Vec<usize> {
    let start = media(bytes, 0);
    let trun = payload(bytes, TRUN).to_vec();
    let size = |sample: usize| number(&trun, sample_field(&trun, sample, SIZE)) as usize;
    let mut at = start + (0..sample).map(size).sum::<usize>();
    let end = at + size(sample);
    let mut headers = Vec::new();
    while at < end {
        headers.push(at + 4);
        at += 4 + number(bytes, at) as usize;
    }
    headers
}

/// Gives the first picture of a sample another NAL unit type.
fn retype_avc(bytes: &mut [u8], sample: usize, to: u8) {
    let headers = nal_headers(bytes, sample);
    let picture = headers
        .into_iter()
        .find(|at| (1..=5).contains(&(bytes[*at] & 0x1f)))
        .unwrap();
    bytes[picture] = bytes[picture] & 0xe0 | to;
}

fn retype_hevc(bytes: &mut [u8], sample: usize, to: u8) {
    let headers = nal_headers(bytes, sample);
    let picture = headers
        .into_iter()
        .find(|at| bytes[*at] >> 1 & 0x3f < 32)
        .unwrap();
    bytes[picture] = bytes[picture] & 0x81 | to << 1;
}

/// The place of an SEI message of that type in the `hvcC`.
fn message(bytes: &mut [u8], kind: u8) -> &mut u8 {
    let record = payload(bytes, &in_entry("hvcC"));
    let at = record
        .windows(3)
        .position(|window| window == [0x4e, 0x01, kind])
        .unwrap();
    &mut record[at + 2]
}

/// Where boxes are, and what times they say.
pub(super) const CONTAINER: &[Mutation] = &[
    ("two fragments that changed places", "84", Must, |c| {
        swap_fragments(c.file(Which::Avc));
    }),
    ("a fragment that is missing", "84", Must, |c| {
        let bytes = c.file(Which::Avc);
        let range = fragment(bytes, 1);
        bytes.drain(range);
    }),
    ("a fragment that stands twice", "84", Must, |c| {
        let bytes = c.file(Which::Avc);
        let range = fragment(bytes, 1);
        let copy = bytes[range.clone()].to_vec();
        bytes.splice(range.end..range.end, copy);
    }),
    ("a decode time one tick late", "84", Must, |c| {
        let tfdt = payload(c.file(Which::Avc), "moof:1/traf/tfdt");
        let last = tfdt.len() - 4;
        add(tfdt, last, 1);
    }),
    ("a film that begins two frames late", "84", Must, |c| {
        let bytes = c.file(Which::Avc);
        let count = number(payload(bytes, TRUN), 4) as usize;
        for sample in 0..count {
            shift(bytes, TRUN, sample, COMPOSITION, 2000);
        }
    }),
    ("frames that last twice as long", "84", Must, |c| {
        add(
            payload(c.file(Which::Hevc), "moof/traf/tfhd"),
            DURATION,
            1000,
        );
    }),
    ("a track too many", "85", Must, |c| {
        let bytes = c.file(Which::Avc);
        let track = whole(bytes, "moov/trak");
        append(bytes, "moov", &track);
    }),
    ("no fragments announced", "85", Must, |c| {
        rename(c.file(Which::Avc), "moov/mvex", *b"free");
    }),
    ("no moov", "85", Must, |c| {
        rename(c.file(Which::Avc), "moov", *b"free");
    }),
    ("samples in moov", "85", Must, |c| {
        add(
            payload(c.file(Which::Avc), "moov/trak/mdia/minf/stbl/stsz"),
            8,
            1,
        );
    }),
    ("brands of another age", "85", Must, |c| {
        let brands = payload(c.file(Which::Avc), "ftyp");
        brands
            .chunks_mut(4)
            .for_each(|brand| brand.copy_from_slice(b"mp41"));
    }),
    ("offsets that count from the file", "85", Must, |c| {
        add(payload(c.file(Which::Avc), "moof/traf/tfhd"), 0, -0x02_0000);
    }),
    ("a film that is cut off", "85", Must, |c| {
        let bytes = c.file(Which::Avc);
        bytes.truncate(bytes.len() * 9 / 10);
    }),
    ("a last byte that is missing", "85", Must, |c| {
        c.file(Which::Aac).pop();
    }),
    ("an empty file", "85", Must, |c| c.file(Which::Avc).clear()),
    ("no configuration record", "85", Must, |c| {
        rename(c.file(Which::Avc), &in_entry("avcC"), *b"free");
    }),
    ("samples that begin one byte late", "85", Must, |c| {
        add(payload(c.file(Which::Avc), TRUN), 8, 1);
    }),
    ("a sample that is one byte larger", "85", Must, |c| {
        shift(c.file(Which::Avc), TRUN, 1, SIZE, 1);
    }),
    ("two samples that changed sizes", "85", Must, |c| {
        let bytes = c.file(Which::Avc);
        let trun = payload(bytes, TRUN);
        let places = [1, 2].map(|sample| sample_field(trun, sample, SIZE));
        let sizes = places.map(|at| number(trun, at));
        assert_ne!(sizes[0], sizes[1]);
        let by = sizes[1].cast_signed() - sizes[0].cast_signed();
        add(trun, places[0], by);
        add(trun, places[1], -by);
    }),
    ("two fragments of one track in a moof", "85", Must, |c| {
        let bytes = c.file(Which::Avc);
        let traf = whole(bytes, "moof/traf");
        append(bytes, "moof", &traf);
    }),
    ("an edit list in video", "86", Should, |c| {
        let entry = [0_u32, 1, 0, 0, 0x1_0000].map(u32::to_be_bytes).concat();
        append(
            c.file(Which::Avc),
            "moov/trak",
            &boxed(*b"edts", &boxed(*b"elst", &entry)),
        );
    }),
    ("unsigned composition offsets", "86", Should, |c| {
        payload(c.file(Which::Avc), TRUN)[0] = 0;
    }),
    ("a frame that is shown one late", "87", Must, |c| {
        shift(c.file(Which::Avc), TRUN, 5, COMPOSITION, 1000);
    }),
    ("another timescale in the file", "71", Must, |c| {
        let bytes = c.file(Which::Hevc);
        add(payload(bytes, "moov/trak/mdia/mdhd"), 12, 1000);
    }),
    ("a trick-play file that is the film", "105", Should, |c| {
        *c.file(Which::Trick) = c.file(Which::Avc).clone();
    }),
    ("two renditions that changed places", "61", Must, |c| {
        let (avc, hevc) = (c.file(Which::Avc).clone(), c.file(Which::Hevc).clone());
        (*c.file(Which::Avc), *c.file(Which::Hevc)) = (hevc, avc);
    }),
];

/// What pictures are.
pub(super) const PICTURES: &[Mutation] = &[
    (
        "a Dolby Vision record that nothing announces",
        "33",
        Must,
        |c| {
            append(
                c.file(Which::Hevc),
                ENTRY,
                &boxed(*b"dvvC", &[1, 0, 16, 13, 16, 0, 0, 0]),
            );
        },
    ),
    ("avc3", "69", Must, |c| {
        payload(c.file(Which::Avc), &in_entry("sinf/frma")).copy_from_slice(b"avc3");
    }),
    ("hev1", "69", Must, |c| {
        payload(c.file(Which::Hevc), &in_entry("sinf/frma")).copy_from_slice(b"hev1");
    }),
    ("another level in avcC", "68", Must, |c| {
        payload(c.file(Which::Avc), &in_entry("avcC"))[3] = 51;
    }),
    ("other constraints in hvcC", "68", Must, |c| {
        payload(c.file(Which::Hevc), &in_entry("hvcC"))[6] = 0xb0;
    }),
    ("a larger picture in the sample entry", "70", Must, |c| {
        payload(c.file(Which::Avc), ENTRY)[25] += 2;
    }),
    ("pixels twice as wide", "70", Must, |c| {
        append(
            c.file(Which::Avc),
            ENTRY,
            &boxed(*b"pasp", &[0, 0, 0, 2, 0, 0, 0, 1]),
        );
    }),
    ("another rendition's parameter sets", "70", Must, |c| {
        let files: Vec<String> = c
            .asset
            .video
            .iter()
            .filter(|track| track.codec.starts_with("avc1"))
            .map(|track| track.file.clone())
            .collect();
        let record = whole(&c.files[&files[1]], &in_entry("avcC"));
        replace(c.file(Which::Avc), &in_entry("avcC"), &record);
    }),
    ("colours of PQ in colr alone", "72", Must, |c| {
        payload(c.file(Which::Avc), &in_entry("colr"))[7] = 16;
    }),
    ("no colr", "72", Must, |c| {
        rename(c.file(Which::Avc), &in_entry("colr"), *b"free");
    }),
    ("an unknown transfer", "72", Must, |c| {
        payload(c.file(Which::Hevc), &in_entry("colr"))[7] = 2;
    }),
    ("a key frame that isn't marked", "74", Must, |c| {
        let bytes = c.file(Which::Avc);
        shift_flags(bytes, SECOND_TRUN, 0, 0x0001_0000);
    }),
    ("a mark on a frame that is no key frame", "74", Must, |c| {
        let bytes = c.file(Which::Avc);
        shift_flags(bytes, TRUN, 3, 0);
    }),
    ("a key frame that is no IDR", "74", Must, |c| {
        retype_avc(c.file(Which::Avc), 0, 1);
    }),
    ("a CRA", "74", Must, |c| {
        retype_hevc(c.file(Which::Hevc), 0, 21);
    }),
    ("a RASL picture", "76", Must, |c| {
        retype_hevc(c.file(Which::Hevc), 1, 9);
    }),
    ("a frame before its IDR", "76", Must, |c| {
        shift(c.file(Which::Avc), SECOND_TRUN, 1, COMPOSITION, -8000);
    }),
    ("fields", "80", Must, |c| {
        // An x264 record with frame_mbs_only_flag off.
        let record = hex::decode(FIELDS).unwrap();
        replace(
            c.file(Which::Avc),
            &in_entry("avcC"),
            &boxed(*b"avcC", &record),
        );
    }),
    ("BT.709 primaries under PQ", "81", Must, |c| {
        payload(c.file(Which::Hevc), &in_entry("colr"))[5] = 1;
    }),
    ("no mastering display", "82", Should, |c| {
        *message(c.file(Which::Hevc), 137) = 1;
    }),
    ("no content light level", "82", Should, |c| {
        *message(c.file(Which::Hevc), 144) = 1;
    }),
    ("an encoder's banner", "83", Should, |c| {
        *message(c.file(Which::Hevc), 144) = 5;
    }),
];

const FIELDS: &str =
    "01640015ffe1001967640015acd941433f260220000003002000000643e28532c001000468fe8fcbfdf8f800";

/// Sets the flags of a sample.
fn shift_flags(bytes: &mut [u8], path: &str, sample: usize, to: u32) {
    let trun = payload(bytes, path);
    let at = sample_field(trun, sample, FLAGS);
    trun[at..at + 4].copy_from_slice(&to.to_be_bytes());
}

/// The AAC configuration in `esds`: LC, 48 kHz, stereo.
fn audio_config(bytes: &mut [u8]) -> &mut [u8] {
    let esds = payload(bytes, &in_entry("esds"));
    let at = esds.windows(2).position(|pair| pair == [0x11, 0x90]);
    &mut esds[at.unwrap()..]
}

/// What sound is.
pub(super) const SOUND: &[Mutation] = &[
    ("one channel in the configuration", "41", Must, |c| {
        let config = audio_config(c.file(Which::Aac));
        config[1] = config[1] & 0x87 | 1 << 3;
    }),
    (
        "another object type in the configuration",
        "68",
        Must,
        |c| {
            let config = audio_config(c.file(Which::Aac));
            config[0] = config[0] & 0x07 | 1 << 3;
        },
    ),
    ("audio frames of another length", "91", Must, |c| {
        let bytes = c.file(Which::Aac);
        let tfhd = payload(bytes, "moof/traf/tfhd");
        assert_eq!(number(tfhd, DURATION), 1024);
        add(tfhd, DURATION, 1);
    }),
    ("no roll group", "92", Should, |c| {
        payload(c.file(Which::Aac), "moov/trak/mdia/minf/stbl/sgpd")[4..8].copy_from_slice(b"xxxx");
    }),
    ("priming that is played", "92", Should, |c| {
        rename(c.file(Which::Aac), "moov/trak/edts", *b"free");
    }),
];

/// How samples are encrypted.
pub(super) const PROTECTION: &[Mutation] = &[
    ("another scheme", "108", Must, |c| {
        payload(c.file(Which::Avc), &in_entry("sinf/schm"))[4..8].copy_from_slice(b"cenc");
    }),
    ("a clear sample entry", "108", Must, |c| {
        rename(c.file(Which::Avc), &in_entry("sinf"), *b"free");
    }),
    ("a pattern of 1:8", "109", Must, |c| {
        payload(c.file(Which::Avc), TENC)[5] = 0x18;
    }),
    ("a pattern in sound", "109", Must, |c| {
        payload(c.file(Which::Aac), TENC)[5] = 0x19;
    }),
    ("another constant IV in tenc", "109", Must, |c| {
        payload(c.file(Which::Avc), TENC)[25] ^= 1;
    }),
    ("an IV for each sample", "109", Must, |c| {
        payload(c.file(Which::Avc), TENC)[7] = 8;
    }),
    ("another KID in tenc", "112", Must, |c| {
        payload(c.file(Which::Avc), TENC)[8] ^= 1;
    }),
    ("a pssh box of another key", "112", Must, |c| {
        append(c.file(Which::Avc), "moov", &boxed(*b"pssh", &[3; 40]));
    }),
    (
        "a content key in the initialization section",
        "113",
        Must,
        |c| {
            let key = *c.content_keys[0].expose();
            append(c.file(Which::Avc), "moov", &boxed(*b"free", &key));
        },
    ),
    ("no senc in sound", "114", Must, |c| {
        rename(c.file(Which::Aac), "moof/traf/senc", *b"free");
    }),
    ("neither senc nor saiz in video", "114", Must, |c| {
        rename(c.file(Which::Avc), "moof/traf/senc", *b"free");
        rename(c.file(Which::Avc), "moof/traf/saiz", *b"free");
    }),
    ("senc for one sample less", "114", Must, |c| {
        add(payload(c.file(Which::Avc), "moof/traf/senc"), 4, -1);
    }),
    ("saiz for one sample more", "114", Must, |c| {
        add(payload(c.file(Which::Avc), "moof/traf/saiz"), 5, 1);
    }),
    ("saio that leads elsewhere", "114", Must, |c| {
        let saio = payload(c.file(Which::Avc), "moof/traf/saio");
        let last = saio.len() - 4;
        add(saio, last, 8);
    }),
    (
        "subsamples that don't fill their sample",
        "114",
        Must,
        |c| add(payload(c.file(Which::Avc), "moof/traf/senc"), 12, 1),
    ),
    ("whole samples in video", "114", Must, |c| {
        add(payload(c.file(Which::Avc), "moof/traf/senc"), 0, -2);
    }),
    ("encrypted headers", "115", Must, |c| {
        let senc = payload(c.file(Which::Avc), "moof/traf/senc");
        // The first subsample of the first sample: all of it protected, from its length field on.
        let clear = u32::from(u16::from_be_bytes([senc[10], senc[11]]));
        (senc[10], senc[11]) = (0, 0);
        add(senc, 12, clear.cast_signed());
    }),
];
