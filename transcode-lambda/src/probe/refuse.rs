//! What stands against a master that ffprobe could read. Every reason is told at once.

use shared::ladder::Refusal;

use super::{
    ffprobe::{Container, SideData, Stream},
    packets::PacketScan,
    timing::Timing,
};

/// Codecs that films are delivered in, as ffmpeg names them.
const CODECS: [&str; 33] = [
    "apv",
    "av1",
    "cfhd",
    "dirac",
    "dnxhd",
    "dvvideo",
    "ffv1",
    "ffvhuff",
    "h264",
    "hap",
    "hevc",
    "huffyuv",
    "jpeg2000",
    "jpegxs",
    "magicyuv",
    "mjpeg",
    "mpeg1video",
    "mpeg2video",
    "mpeg4",
    "png",
    "prores",
    "prores_raw",
    "qtrle",
    "r10k",
    "r210",
    "rawvideo",
    "utvideo",
    "v210",
    "v308",
    "v410",
    "vc1",
    "vp8",
    "vp9",
];

/// Sample entries of encrypted tracks: Common Encryption, and FairPlay of the iTunes store.
const ENCRYPTED_TAGS: [&str; 6] = ["encv", "enca", "enct", "drmi", "drms", "drmt"];

/// Longest time without a new picture. Recordings of a screen that stands still come close.
const LONGEST_GAP_S: f64 = 60.0;

/// The streams' own properties, before anything is decoded.
pub(super) fn of_streams(container: &Container, picture: &Stream) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let is_encrypted = container.streams.iter().any(is_encrypted);
    if is_encrypted {
        refusals.push(encrypted());
    }
    if !CODECS.contains(&picture.codec()) && !is_encrypted {
        refusals.push(codec_unsupported(picture));
    }
    if let Some(pix_fmt) = picture.pix_fmt.as_deref().filter(|name| !is_usable(name)) {
        refusals.push(Refusal::new(
            "pixel_format_unsupported",
            format!("The video's samples ({pix_fmt}) are not what films are delivered in."),
            "Deliver 8, 10 or 12 bit YCbCr or RGB, ProRes for example.",
        ));
    }
    let turned = |data: &SideData| data.rotation.filter(|degrees| degrees % 90.0 != 0.0);
    if let Some(degrees) = picture.side_data_list.iter().find_map(turned) {
        refusals.push(Refusal::new(
            "rotation_unsupported",
            format!("The picture is turned by {degrees} degrees."),
            "Export the film upright.",
        ));
    }
    refusals
}

/// What only the packets tell.
pub(super) fn of_packets(
    container: &Container,
    picture: &Stream,
    (scan, timing): (&PacketScan, &Timing),
) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let export_again = "Export the film again and check that it plays.";
    if scan.count == 0 {
        refusals.push(Refusal::new(
            "no_frames",
            "The video has no frames.",
            export_again,
        ));
    }
    if scan.count == 1 {
        refusals.push(Refusal::new(
            "still_picture",
            "The video is a single picture.",
            "Deliver the film, not a still of it.",
        ));
    }
    if let Some(problem) = cut_off(container, picture, scan) {
        refusals.push(Refusal::new(
            "truncated",
            problem,
            "Upload it again, and wait until the export has finished.",
        ));
    }
    if scan.absurd > 0 {
        refusals.push(Refusal::new(
            "timeline_absurd",
            format!("{} frames have a time that no film reaches.", scan.absurd),
            "Export the film again; its timestamps are damaged.",
        ));
    }
    if scan.count > 1 && timing.duration_us == 0 {
        refusals.push(Refusal::new(
            "no_duration",
            "The video's duration is unknown or zero.",
            "Export the film again into MP4, MOV or MXF.",
        ));
    }
    if scan.count > 1 && scan.absurd == 0 {
        refusals.extend(gaps(timing));
    }
    refusals
}

fn cut_off(container: &Container, picture: &Stream, scan: &PacketScan) -> Option<String> {
    let promised: u64 = picture
        .nb_frames
        .as_deref()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    // An edit list (MP4, MOV) may show less than is stored. Others may be wrong by a packet or two; a cut file lacks more.
    let is_edited = container.format.names.starts_with("mov");
    let is_short = !is_edited && scan.stored > 0 && scan.stored + 1 + promised / 1000 < promised;
    if promised > scan.stored && (scan.is_cut || is_short) {
        let stored = scan.stored;
        Some(format!(
            "The file is cut off: {stored} of its {promised} frames are there."
        ))
    } else {
        scan.is_cut
            .then(|| "The file is cut off: its end is missing.".to_owned())
    }
}

/// The file is shorter than its own header says.
pub(super) fn shorter_than_it_says() -> Refusal {
    Refusal::new(
        "truncated",
        "The file is cut off: it is shorter than its own header says.",
        "Upload it again, and wait until the export has finished.",
    )
}

/// Whether the reasons leave no film whose timing is worth a word.
pub(super) fn leave_no_timeline(refusals: &[Refusal]) -> bool {
    let codes = ["no_frames", "still_picture", "timeline_absurd"];
    refusals
        .iter()
        .any(|refusal| codes.contains(&refusal.code.as_str()))
}

fn gaps(timing: &Timing) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let (gap_s, begin_s) = timing.longest_gap_s;
    if gap_s > LONGEST_GAP_S {
        refusals.push(Refusal::new(
            "timeline_gap",
            format!("After {begin_s:.0} s no new picture comes for {gap_s:.0} s."),
            "Export the film again with a constant frame rate.",
        ));
    }
    let late_s = timing.start_us as f64 / 1e6;
    if late_s.abs() > LONGEST_GAP_S {
        refusals.push(Refusal::new(
            "timeline_gap",
            format!("The picture begins {late_s:.0} s after the start of the file."),
            "Export the film again so that picture and sound begin together.",
        ));
    }
    refusals
}

pub(super) fn encrypted() -> Refusal {
    Refusal::new(
        "encrypted_master",
        "The master is encrypted (DRM).",
        "Deliver the master without encryption.",
    )
}

pub(super) fn codec_unsupported(picture: &Stream) -> Refusal {
    let tag = picture
        .codec_tag_string
        .as_deref()
        .filter(|tag| !tag.starts_with('['));
    let name = match (picture.codec(), tag) {
        ("unknown", Some(tag)) => tag,
        (codec, _) => codec,
    };
    Refusal::new(
        "codec_unsupported",
        format!("The video ({name}) can't be decoded."),
        "Deliver H.264, HEVC, ProRes, DNxHR, MPEG-2 or AV1.",
    )
}

/// All pictures that were looked at are black and nothing is to be heard.
pub(super) fn nothing() -> Refusal {
    Refusal::new(
        "nothing_in_it",
        "Every picture that was looked at is black, and there is no sound.",
        "Export the film again and check that it plays.",
    )
}

/// A stream that says of itself that it is encrypted.
fn is_encrypted(stream: &Stream) -> bool {
    let tag = stream.codec_tag_string.as_deref().unwrap_or_default();
    ENCRYPTED_TAGS.contains(&tag) || stream.tag("enc_key_id").is_some()
}

/// Not palettes, single bits, sensor mosaics, cinema XYZ or floating point.
fn is_usable(pix_fmt: &str) -> bool {
    let starts = [
        "pal8", "mono", "bayer", "xyz12", "rgb4", "rgb8", "bgr4", "bgr8",
    ];
    let rgb48 = ["rgb48", "bgr48"]
        .iter()
        .any(|name| pix_fmt.starts_with(name));
    let holds = ["f16", "f32"].iter().any(|name| pix_fmt.contains(name));
    (rgb48 || !starts.iter().any(|name| pix_fmt.starts_with(name))) && !holds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn films_are_delivered_in_these_samples_and_not_in_those() {
        for usable in [
            "yuv420p",
            "yuv422p10le",
            "yuva444p12le",
            "gbrp",
            "rgb48be",
            "bgr24",
            "p010le",
            "gray",
            "gray10le",
        ] {
            assert!(is_usable(usable), "{usable}");
        }
        for other in [
            "pal8",
            "monob",
            "bayer_rggb8",
            "xyz12le",
            "gbrpf32le",
            "grayf32le",
            "rgb8",
            "rgbaf16le",
        ] {
            assert!(!is_usable(other), "{other}");
        }
    }
}
