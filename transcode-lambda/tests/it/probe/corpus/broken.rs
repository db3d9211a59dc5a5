//! Files that are no films, or not whole ones.

use super::{Case, case, clip};
use crate::probe::{
    make, remux,
    surgery::{cut, mp4_box, position},
};

/// Something else than a film.
pub(super) fn others() -> Vec<Case> {
    let noise: Vec<u8> = (0..200_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let picture = |words: &str| {
        make(
            &format!("-f lavfi -i testsrc2=s=320x180 -frames:v 1 {words}"),
            "image2pipe",
        )
    };
    let text = &["not_a_film"];
    vec![
        case("empty", [], &["master_empty"]),
        case("one byte", [0], &["master_unreadable"]),
        case("zeros", [0; 10_000], &["master_unreadable"]),
        case("noise", noise, &["master_unreadable"]),
        case("prose", *b"Once upon a time there was a film.", text),
        case(
            "subtitles",
            *b"1\n00:00:01,000 --> 00:00:02,000\nHello.\n",
            text,
        ),
        case("a web page", *b"<!doctype html><title>Film</title>", text),
        case("JSON", *b"{\"film\": true}", text),
        case("a PNG picture", picture("-c:v png"), text),
        case("a JPEG picture", picture("-c:v mjpeg"), text),
        case(
            "a GIF animation",
            make("-f lavfi -i testsrc2=s=64x64:d=1", "gif"),
            text,
        ),
        case(
            "a WAV recording",
            make("-f lavfi -i sine=440:d=1", "wav"),
            text,
        ),
        case("a PDF document", *b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", text),
        case(
            "a ZIP archive",
            *b"PK\x03\x04\x14\0\0\0\x08\0film.mp4",
            text,
        ),
        case(
            "an MP3 without a tag",
            make(
                "-f lavfi -i sine=440:d=1 -c:a libmp3lame -id3v2_version 0 -write_xing 0",
                "mp3",
            ),
            &["container_unsupported"],
        ),
        case(
            "a bare H.264 stream",
            remux("-an", "h264"),
            &["container_unsupported"],
        ),
        case(
            "raw pictures (Y4M)",
            make("-f lavfi -i testsrc2=s=64x64:d=0.2", "yuv4mpegpipe"),
            &["container_unsupported"],
        ),
    ]
}

/// Films that are not all there.
pub(super) fn cut_off() -> Vec<Case> {
    let early_index = remux("-movflags +faststart", "mp4");
    let matroska = remux("", "matroska");
    let mxf = make(
        "-f lavfi -i testsrc2=s=320x180:r=25:d=2 -c:v mpeg2video -b:v 2M",
        "mxf",
    );
    let avi = remux("-an -bsf:v h264_mp4toannexb", "avi");
    let clip = clip();
    let without_index = clip.0[..clip.at("moov") - 4].to_vec();
    vec![
        case(
            "the first half, without its index",
            cut(&clip.0, 0.5),
            &["truncated"],
        ),
        case("everything but the index", without_index, &["truncated"]),
        case("half of the index", cut(&clip.0, 0.99), &["truncated"]),
        case(
            "the index and half of the media",
            cut(&early_index, 0.5),
            &["truncated"],
        ),
        case("the brand alone", clip.0[..32].to_vec(), &["truncated"]),
        case("half a Matroska file", cut(&matroska, 0.5), &["truncated"]),
        case(
            "a Matroska header alone",
            cut(&matroska, 0.005),
            &["no_frames", "truncated"],
        ),
        case("half an MXF file", cut(&mxf, 0.5), &["truncated"]),
        case("half an AVI file", cut(&avi, 0.5), &["truncated"]),
    ]
}

/// Headers that lie or make no sense.
pub(super) fn damaged_headers() -> Vec<Case> {
    let fragmented = || {
        remux(
            "-an -movflags +frag_keyframe+empty_moov+default_base_moof",
            "mp4",
        )
    };
    let mut far = fragmented();
    let tfdt = position(&far, b"tfdt").unwrap();
    far[tfdt + 8..tfdt + 16].copy_from_slice(&(1_u64 << 55).to_be_bytes());
    let nested = (0..2000).fold(Vec::new(), |inner, _| mp4_box("moov", &inner));
    let brand = mp4_box("ftyp", b"isom\0\0\x02\0isom");
    let traks = clip().cut_out("trak").repeat(400);
    vec![
        case(
            "an index of 4 GiB",
            clip().resize("moov", u32::MAX).0,
            &["truncated"],
        ),
        case(
            "an index smaller than its header",
            clip().resize("moov", 4).0,
            &["truncated"],
        ),
        case(
            "two thousand nested indexes",
            [brand, nested].concat(),
            &["master_damaged"],
        ),
        case(
            "four hundred tracks",
            clip().append(&["moov"], &traks).0,
            &["too_many_streams"],
        ),
        case(
            "a time scale of zero",
            clip().put("mdhd", 16, 0).0,
            &["still_picture"],
        ),
        case(
            "a frame that ends before it begins",
            clip().put("stts", 16, 0xffff_ff00).0,
            &["frame_rate_unsupported"],
        ),
        case("fragments after the end of time", far, &["timeline_absurd"]),
        case(
            "a box of no size in the sample table",
            clip().resize("stts", 0).0,
            &["no_frames"],
        ),
    ]
}

/// Tables that are larger than the file, or point out of it.
pub(super) fn damaged_tables() -> Vec<Case> {
    vec![
        case(
            "two thousand million sample sizes",
            clip().put("stsz", 12, 0x7fff_ffff).0,
            &["master_damaged"],
        ),
        case(
            "a hundred million frames of one byte",
            clip()
                .put("stsz", 8, 1)
                .put("stsz", 12, 100_000_000)
                .put("stts", 12, 100_000_000)
                .put("stsc", 16, 100_000_000)
                .0,
            &["no_frames"],
        ),
        case(
            "two thousand million chunks",
            clip().put("stsc", 8, 0x7fff_ffff).0,
            &["master_damaged"],
        ),
        case(
            "chunks far behind the end of the file",
            clip().put("stco", 12, 0x7fff_0000).0,
            &["video_damaged"],
        ),
    ]
}
