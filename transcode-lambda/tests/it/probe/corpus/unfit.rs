//! Whole films that can't be published.

use super::{Case, case, clip};
use crate::probe::{
    make, remux,
    surgery::{Mp4, element, mp4_box, position, replace},
};

/// Files that only a key opens.
pub(super) fn encrypted() -> Vec<Case> {
    let locked: &[&str] = &["encrypted_master"];
    let cenc = "-encryption_scheme cenc-aes-ctr -encryption_key 00112233445566778899aabbccddeeff \
        -encryption_kid ffeeddccbbaa99887766554433221100";
    let matroska = {
        let name = "X".repeat(48);
        let encryption = element(b"\x50\x35", &element(b"\x47\xe1", &[5]));
        let encoding = element(
            b"\x62\x40",
            &[element(b"\x50\x33", &[1]), encryption].concat(),
        );
        let mut encodings = element(b"\x6d\x80", &encoding);
        // Void takes what is left of the name's place.
        let rest = 3 + name.len() - encodings.len() - 2;
        encodings.extend(element(b"\xec", &vec![0; rest]));
        let clear = remux(&format!("-metadata:s:v title={name}"), "matroska");
        replace(clear, &element(b"\x53\x6e", name.as_bytes()), &encodings)
    };
    let mxf = {
        let clear = make(
            "-f lavfi -i testsrc2=s=320x180:r=25:d=1 -c:v mpeg2video -b:v 2M",
            "mxf",
        );
        let label = position(
            &clear,
            b"\x06\x0e\x2b\x34\x04\x01\x01\x02\x0d\x01\x03\x01\x02",
        )
        .unwrap();
        let mut locked = clear;
        locked[label..label + 16]
            .copy_from_slice(b"\x06\x0e\x2b\x34\x04\x01\x01\x07\x0d\x01\x03\x01\x02\x0b\x01\x00");
        locked
    };
    let mut stream = remux("", "mpegts");
    for packet in stream.chunks_exact_mut(188).skip(6) {
        packet[3] |= 0x80;
    }
    vec![
        case("Common Encryption", remux(cenc, "mp4"), locked),
        case(
            "an encrypted sample entry",
            clip().rename("avc1", "encv").0,
            locked,
        ),
        case(
            "encrypted sound beside a clear picture",
            clip().rename("mp4a", "enca").0,
            locked,
        ),
        case(
            "FairPlay of the iTunes store",
            clip().rename("avc1", "drmi").0,
            locked,
        ),
        case("an encrypted Matroska track", matroska, locked),
        case("encrypted MXF", mxf, locked),
        case("a scrambled transport stream", stream, locked),
    ]
}

fn h264(source: &str) -> Vec<u8> {
    let encoder = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";
    make(&format!("-f lavfi -i {source} {encoder}"), "mp4")
}

/// Films that no screen shows.
pub(super) fn absurd() -> Vec<Case> {
    vec![
        case(
            "16K",
            h264("color=gray:s=16384x4096:r=24:d=0.1"),
            &["size_unsupported"],
        ),
        case(
            "a stamp",
            h264("testsrc2=s=48x32:r=24:d=1"),
            &["size_unsupported"],
        ),
        case(
            "a ribbon",
            h264("testsrc2=s=1600x128:r=24:d=1"),
            &["aspect_unsupported"],
        ),
        case(
            "a thousand frames a second",
            h264("testsrc2=s=64x64:r=1000:d=0.5"),
            &["frame_rate_unsupported"],
        ),
        case(
            "a stamp at 500 frames a second",
            h264("testsrc2=s=48x32:r=500:d=0.5"),
            &["size_unsupported", "frame_rate_unsupported"],
        ),
        case(
            "a picture turned by 45 degrees",
            turned(),
            &["rotation_unsupported"],
        ),
        case(
            "one frame in two seconds",
            h264("testsrc2=s=64x64:r=0.5:d=10"),
            &["frame_rate_unsupported"],
        ),
    ]
}

/// Films without a picture that moves, or whose time makes no sense.
pub(super) fn motionless() -> Vec<Case> {
    let gap = "-f lavfi -i testsrc2=s=320x180:r=24:d=2 -vf setpts='if(gte(N\\,24)\\,PTS+7200/TB\\,PTS)' -fps_mode passthrough -c:v libx264 -preset ultrafast";
    let unedited = Mp4(remux("-an -use_editlist 0", "mp4"));
    let hours = unedited.clone().put("mdhd", 16, 1);
    let month = unedited.put("mdhd", 16, 1).put("stts", 16, 50_000);
    vec![
        case(
            "no frame",
            make(
                "-f lavfi -i testsrc2=s=320x180:r=24:d=1 -frames:v 0 -c:v libx264 -movflags +frag_keyframe+empty_moov",
                "mp4",
            ),
            &["no_frames"],
        ),
        case(
            "an empty sample table",
            clip().put("stsz", 12, 0).put("stts", 8, 0).0,
            &["no_frames"],
        ),
        case(
            "an edit list that shows nothing",
            clip().put("elst", 16, 0x7000_0000).0,
            &["no_frames"],
        ),
        case(
            "one frame",
            h264("testsrc2=s=320x180:r=24:d=0.04"),
            &["still_picture"],
        ),
        case(
            "a nothing of two hours in the middle",
            make(gap, "mp4"),
            &["timeline_gap"],
        ),
        case(
            "hours of single frames",
            hours.0,
            &["timeline_gap", "frame_rate_unsupported"],
        ),
        case(
            "a month",
            month.0,
            &["timeline_gap", "frame_rate_unsupported", "duration_absurd"],
        ),
        case(
            "sound alone",
            make("-f lavfi -i sine=440:d=2 -c:a aac", "mp4"),
            &["no_video"],
        ),
        case(
            "a picture that the index has forgotten",
            clip().rename("trak", "free").0,
            &["no_video"],
        ),
        case(
            "a minute of black and silence",
            make(
                "-f lavfi -i color=black:s=64x64:r=2:d=62 -c:v libx264 -preset ultrafast",
                "mp4",
            ),
            &["nothing_in_it"],
        ),
    ]
}

/// The display matrix of a picture that leans.
fn turned() -> Vec<u8> {
    let half = 46_341; // cos 45° in 16.16
    clip()
        .put("tkhd", 44, half)
        .put("tkhd", 48, half)
        .put("tkhd", 56, half.wrapping_neg())
        .put("tkhd", 60, half)
        .0
}

/// Samples that we publish nothing of.
pub(super) fn strange_samples() -> Vec<Case> {
    let samples = |pix_fmt: &str| {
        let zeros = format!("-f rawvideo -video_size 320x180 -pixel_format {pix_fmt} -i /dev/zero");
        make(&format!("{zeros} -frames:v 5 -c:v copy"), "nut")
    };
    vec![
        case("a palette", samples("pal8"), &["pixel_format_unsupported"]),
        case(
            "single bits",
            samples("monob"),
            &["pixel_format_unsupported"],
        ),
        case(
            "floating point",
            samples("gbrpf32le"),
            &["pixel_format_unsupported"],
        ),
        case(
            "cinema XYZ",
            samples("xyz12le"),
            &["pixel_format_unsupported"],
        ),
        case(
            "the mosaic of a sensor",
            samples("bayer_rggb8"),
            &["pixel_format_unsupported"],
        ),
    ]
}

/// Pictures that can't be decoded, or not into anything that we publish.
pub(super) fn undecodable() -> Vec<Case> {
    let raw = |words: &str, format| {
        make(
            &format!("-f lavfi -i testsrc2=s=320x180:r=24:d=0.2 {words}"),
            format,
        )
    };
    vec![
        case(
            "a codec that nobody knows",
            clip().rename("avc1", "zzzz").0,
            &["codec_unsupported"],
        ),
        case(
            "Windows Media Video",
            raw("-c:v wmv2", "avi"),
            &["codec_unsupported"],
        ),
        case(
            "Flash video",
            raw("-c:v flv1", "avi"),
            &["codec_unsupported"],
        ),
        case(
            "no pixels at all",
            nothing_by_nothing(),
            &["size_unsupported"],
        ),
        case(
            "media that were wiped",
            clip().wipe_media(0.0..1.0).0,
            &["codec_unsupported"],
        ),
        case(
            "more than half of it wiped",
            clip().wipe_media(0.4..1.0).0,
            &["video_damaged"],
        ),
        case(
            "a decoder configuration of nothing",
            clip()
                .put("avcC", 4, 0)
                .put("avcC", 8, 0)
                .put("avcC", 12, 0)
                .0,
            &["codec_unsupported"],
        ),
        case(
            "Dolby Vision without a base",
            dolby_vision(5, 0),
            &["dolby_vision_profile_5"],
        ),
    ]
}

/// Raw pictures have the size that the header says.
fn nothing_by_nothing() -> Vec<u8> {
    let raw = make(
        "-f lavfi -i testsrc2=s=320x180:r=24:d=0.1 -c:v rawvideo -pix_fmt uyvy422",
        "mov",
    );
    Mp4(raw)
        .put("2vuy", 28, 0)
        .put("tkhd", 80, 0)
        .put("tkhd", 84, 0)
        .0
}

/// The clip with a Dolby Vision configuration record (Dolby Vision Streams Within the ISO Base Media File Format §3.2).
pub(in crate::probe) fn dolby_vision(profile: u8, compatibility: u8) -> Vec<u8> {
    let mut record = vec![1, 0, profile << 1, (6 << 3) | 0b101, compatibility << 4];
    record.resize(24, 0);
    let path = ["moov", "trak", "mdia", "minf", "stbl", "stsd", "hvc1"];
    let hevc = "-f lavfi -i testsrc2=s=320x180:r=24:d=0.5 -c:v libx265 -preset ultrafast -x265-params log-level=error -pix_fmt yuv420p10le -tag:v hvc1";
    let name = if profile > 7 { "dvvC" } else { "dvcC" };
    Mp4(make(hevc, "mp4"))
        .append(&path, &mp4_box(name, &record))
        .0
}
