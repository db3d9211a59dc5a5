use std::io::Cursor as Bytes;

use super::*;

fn boxed(kind: &str, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len() + 8).unwrap();
    [&length.to_be_bytes(), kind.as_bytes(), payload].concat()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

const AVCC: [u8; 8] = [1, 0x64, 0, 0x1e, 0xff, 0xe1, 0, 0];

/// An encrypted H.264 track of two fragments, one `sidx` entry each.
fn file() -> Vec<u8> {
    let tenc = [
        vec![1, 0, 0, 0, 0, 0x19, 1, 0],
        vec![7; 16],
        vec![16],
        vec![9; 16],
    ]
    .concat();
    let sinf = [
        boxed("frma", b"avc1"),
        boxed(
            "schm",
            &[&words(&[0])[..], b"cbcs", &words(&[0x1_0000])].concat(),
        ),
        boxed("schi", &boxed("tenc", &tenc)),
    ]
    .concat();
    let mut visual = vec![0; 78];
    visual[24..28].copy_from_slice(&[0x02, 0x80, 0x01, 0x68]); // 640 x 360
    let colr = [b"nclx".to_vec(), vec![0, 1, 0, 1, 0, 1, 0]].concat();
    let encv = [
        visual,
        boxed("avcC", &AVCC),
        boxed("colr", &colr),
        boxed("sinf", &sinf),
    ]
    .concat();
    let stbl = [
        boxed("stsd", &[words(&[0, 1]), boxed("encv", &encv)].concat()),
        boxed("stsz", &words(&[0, 0, 0])),
    ]
    .concat();
    let mdia = [
        boxed("mdhd", &words(&[0, 0, 0, 24000, 0, 0])),
        boxed(
            "hdlr",
            &[&words(&[0, 0])[..], b"vide", &words(&[0, 0, 0])].concat(),
        ),
        boxed("minf", &boxed("stbl", &stbl)),
    ]
    .concat();
    let elst = boxed("elst", &words(&[0, 1, 0, 2002, 0x1_0000]));
    let trak = [boxed("edts", &elst), boxed("mdia", &mdia)].concat();
    let trex = boxed("trex", &words(&[0, 1, 1, 1001, 0, 0x0101_0000]));
    let moov = [boxed("trak", &trak), boxed("mvex", &trex)].concat();
    let mut file = [boxed("ftyp", b"mp41\0\0\0\0iso8cmfc"), boxed("moov", &moov)].concat();
    let fragments = [fragment(0), fragment(2002)];
    let sizes = fragments
        .each_ref()
        .map(|bytes| u32::try_from(bytes.len()).unwrap());
    let sidx = [
        words(&[0, 1, 24000, 0, 0, 2]),
        words(&[sizes[0], 2002, 0x9000_0000, sizes[1], 2002, 0x9000_0000]),
    ]
    .concat();
    file.extend(boxed("sidx", &sidx));
    file.extend(fragments.concat());
    file
}

fn fragment(decode_time: u32) -> Vec<u8> {
    let traf = |offset: u32| {
        [
            boxed("tfhd", &words(&[0x02_0000, 1])),
            boxed("tfdt", &words(&[0, decode_time])),
            // data offset, first flags, sizes, offsets; version 1
            boxed(
                "trun",
                &words(&[
                    0x0100_0a05,
                    2,
                    offset,
                    0x0200_0000,
                    5,
                    0,
                    3,
                    (-1001_i32).cast_unsigned(),
                ]),
            ),
            boxed("senc", &words(&[0, 0])),
        ]
        .concat()
    };
    let length = boxed("moof", &boxed("traf", &traf(0))).len();
    let offset = u32::try_from(length + 8).unwrap();
    let moof = boxed("moof", &boxed("traf", &traf(offset)));
    [moof, boxed("mdat", &[0, 0, 0, 1, 0x65, 0, 0, 0])].concat()
}

#[test]
fn an_encrypted_fragmented_track_is_read_to_the_last_field() {
    let bytes = file();
    let found = index(&mut Bytes::new(&bytes)).unwrap();
    assert_eq!(found.brands, [*b"mp41", *b"iso8", *b"cmfc"]);
    assert!(found.is_fragmented);
    let track = &found.tracks[0];
    assert_eq!((track.handler, track.timescale), (Handler::Video, 24000));
    assert_eq!(
        track.edits,
        [Edit {
            duration: 0,
            media_time: 2002
        }]
    );
    let entry = track.entry.as_ref().unwrap();
    assert_eq!(entry.codec_string().as_deref(), Some("avc1.64001e"));
    assert_eq!(entry.display_size(), (640, 360));
    assert_eq!(entry.colour.map(|colour| colour.transfer), Some(1));
    let protection = entry.protection.unwrap();
    assert_eq!(&protection.scheme, b"cbcs");
    assert_eq!((protection.crypt_blocks, protection.skip_blocks), (1, 9));
    assert_eq!(protection.kid.as_bytes(), &[7; 16]);
    assert_eq!(
        protection.constant_iv.map(|iv| *iv.as_bytes()),
        Some([9; 16])
    );
    let first = &found.fragments[0];
    assert_eq!(first.duration(), 2002);
    assert_eq!(
        first.samples.iter().map(|s| s.is_sync).collect::<Vec<_>>(),
        [true, false]
    );
    assert_eq!(first.earliest_presentation(), Some(0));
    assert!(first.base_is_moof && first.aux_count.is_none() && first.fills_mdat());
    assert_eq!(
        first.senc.as_ref().and_then(|senc| senc.subsamples(0)),
        Some(vec![])
    );
}

#[test]
fn segments_are_adjacent_and_a_key_frame_range_ends_with_the_first_sample() {
    let bytes = file();
    let found = index(&mut Bytes::new(&bytes)).unwrap();
    let segments = found.segments().unwrap();
    assert_eq!(segments.len(), 2);
    assert_eq!(segments[0].bytes().end(), segments[1].bytes().offset);
    assert_eq!(segments[1].bytes().end(), bytes.len() as u64);
    let fragment = segments[0].fragments[0];
    let end = usize::try_from(fragment.offset + fragment.keyframe_length).unwrap();
    assert_eq!(bytes[end - 5..end], [0, 0, 0, 1, 0x65]);
    let sample = found.fragments[0].first_sample().unwrap();
    let at = usize::try_from(sample.offset).unwrap();
    let config = &found.tracks[0].entry.as_ref().unwrap().config;
    assert_eq!(
        nal_units(config, &bytes[at..at + 5]).unwrap(),
        [NalUnit {
            kind: NalKind::Idr,
            offset: 0,
            head: 5,
            length: 5
        }]
    );
}

#[test]
fn a_file_cut_anywhere_is_an_error_or_a_shorter_index_never_a_panic() {
    let bytes = file();
    for length in 0..bytes.len() {
        if let Ok(found) = index(&mut Bytes::new(&bytes[..length])) {
            assert!(
                found.segments().is_err() || found.fragments.len() < 2,
                "{length}"
            );
        }
    }
}

#[test]
fn a_damaged_byte_anywhere_never_panics() {
    let bytes = file();
    for place in 0..bytes.len() {
        for value in [0, 1, 0x7f, 0xff] {
            let mut damaged = bytes.clone();
            damaged[place] = value;
            if let Ok(found) = index(&mut Bytes::new(&damaged)) {
                let _ = found.segments();
            }
        }
    }
}

#[test]
fn codec_strings_follow_from_the_records() {
    let check = |format: &[u8; 4], config: CodecConfig, expect: Option<&str>| {
        assert_eq!(
            codec::codec_string(*format, &config).as_deref(),
            expect,
            "{config:?}"
        );
    };
    check(
        b"avc1",
        CodecConfig::Avc(AVCC.to_vec()),
        Some("avc1.64001e"),
    );
    check(b"avc1", CodecConfig::Avc(vec![1, 0x64]), None);
    // As x265 writes Main 10, level 2.1: the constraint byte is 0x90.
    let hevc = vec![1, 2, 0x20, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 63];
    check(b"hvc1", CodecConfig::Hevc(hevc), Some("hvc1.2.4.L63.90"));
    let hevc = vec![1, 0x22, 0x20, 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 150];
    check(b"hvc1", CodecConfig::Hevc(hevc), Some("hvc1.2.4.H150.B0"));
    let av1 = vec![0x81, 0x01, 0x4c, 0];
    check(b"av01", CodecConfig::Av1(av1), Some("av01.0.01M.10"));
    let aac = CodecConfig::Aac {
        object_type: 0x40,
        config: vec![0x11, 0x90, 0x56, 0xe5, 0],
    };
    assert_eq!(aac.aac_channels(), Some(2));
    check(b"mp4a", aac, Some("mp4a.40.2"));
    check(b"ec-3", CodecConfig::Eac3(vec![]), Some("ec-3"));
    check(b"what", CodecConfig::None, None);
}

#[test]
fn hdr10_metadata_is_read_through_the_bytes_that_keep_start_codes_out() {
    let display: Vec<u8> = [
        13_250_u16, 34_500, 7_500, 3_000, 34_000, 16_000, 15_635, 16_450,
    ]
    .into_iter()
    .flat_map(u16::to_be_bytes)
    .chain(10_000_000_u32.to_be_bytes())
    // 50, with the byte that breaks three zeros.
    .chain([0, 0, 3, 0, 50])
    .collect();
    let display = [&[0x4e, 0x01, 137, 24][..], &display, &[0x80]].concat();
    let light = [0x4e, 0x01, 144, 4, 0x03, 0xe8, 0x01, 0x90, 0x80];
    let mut record = vec![0; 22];
    record.extend([1, 39, 0, 2]);
    for unit in [&display[..], &light[..]] {
        record.extend((unit.len() as u16).to_be_bytes());
        record.extend(unit);
    }
    let found = CodecConfig::Hevc(record).hdr_metadata().unwrap();
    assert_eq!(found.primaries[0], (13_250, 34_500));
    assert_eq!(found.luminance, (10_000_000, 50));
    assert_eq!(found.content_light, (1000, 400));
    assert_eq!(CodecConfig::Hevc(vec![0; 23]).hdr_metadata(), None);
}
