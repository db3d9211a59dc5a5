//! From ffprobe's streams to the source that the plan is made from.

use shared::{
    asset::VideoRange,
    ladder::{DolbyVision, HdrMetadata, Source, SourceAudio, SourceSubtitles, SourceVideo},
};

use super::{
    ffprobe::{Container, Frame, SideData, Stream},
    timing::{Timing, ratio},
};
use crate::task::Sidecar;

/// Subtitles that ffmpeg turns into WebVTT.
const TEXT: [&str; 7] = ["subrip", "srt", "mov_text", "webvtt", "ass", "ssa", "text"];

/// The first video stream that is not a cover picture.
pub(super) fn picture(container: &Container) -> Option<&Stream> {
    container
        .streams
        .iter()
        .find(|stream| stream.is("video") && !stream.has("attached_pic"))
}

pub(super) fn source(
    picture: &Stream,
    container: &Container,
    timing: &Timing,
    first_frame: Option<&Frame>,
) -> Source {
    Source {
        video: video(picture, timing, first_frame),
        audio: of_kind(container, "audio").map(audio).collect(),
        subtitles: of_kind(container, "subtitle").map(subtitles).collect(),
    }
}

fn of_kind<'a>(container: &'a Container, kind: &'static str) -> impl Iterator<Item = &'a Stream> {
    container
        .streams
        .iter()
        .filter(move |stream| stream.is(kind))
}

fn video(picture: &Stream, timing: &Timing, first_frame: Option<&Frame>) -> SourceVideo {
    let transfer = picture
        .color_transfer
        .as_deref()
        .or_else(|| first_frame?.color_transfer.as_deref());
    let range = match transfer {
        Some("smpte2084") => VideoRange::Pq,
        Some("arib-std-b67") => VideoRange::Hlg,
        _ => VideoRange::Sdr,
    };
    let frame_data = first_frame.map_or(&[][..], |frame| &frame.side_data_list);
    let side_data = || picture.side_data_list.iter().chain(frame_data);
    let sample_aspect = ratio(picture.sample_aspect_ratio.as_deref());
    let field_coded = matches!(
        picture.field_order.as_deref(),
        Some("tt" | "bb" | "tb" | "bt")
    );
    let matrix = picture.color_space.clone();
    SourceVideo {
        stream: picture.index,
        codec: picture.codec().to_owned(),
        width: picture.width,
        height: picture.height,
        sample_aspect: sample_aspect.map_or((1, 1), |aspect| (aspect.num, aspect.den)),
        rotation: side_data()
            .find_map(|data| data.rotation)
            .map_or(0, |degrees| (-degrees).rem_euclid(360.0).round() as u32),
        frame_rate: timing.rate,
        is_variable: timing.is_variable,
        frames: timing.frames,
        start_us: timing.start_us,
        duration_us: timing.duration_us,
        is_interlaced: field_coded || first_frame.is_some_and(|frame| frame.is_interlaced == 1),
        bit_depth: bit_depth(picture.pix_fmt.as_deref().unwrap_or_default()),
        range,
        matrix: matrix.filter(|matrix| !matches!(matrix.as_str(), "unknown" | "reserved")),
        full_range: picture.color_range.as_deref() == Some("pc"),
        hdr: hdr(side_data),
        dolby_vision: side_data().find_map(dolby_vision),
    }
}

fn dolby_vision(data: &SideData) -> Option<DolbyVision> {
    let number = |name: &str| data.other.get(name)?.as_u64();
    let flag = |name: &str| number(name) == Some(1);
    Some(DolbyVision {
        profile: data.dv_profile?,
        level: number("dv_level").unwrap_or(0) as u32,
        compatibility_id: number("dv_bl_signal_compatibility_id").unwrap_or(0) as u32,
        has_rpu: flag("rpu_present_flag"),
        has_base_layer: flag("bl_present_flag"),
        has_enhancement_layer: flag("el_present_flag"),
    })
}

/// `yuv420p10le` → 10.
fn bit_depth(pix_fmt: &str) -> u32 {
    let depths = [("10", 10), ("12", 12), ("14", 14), ("16", 16), ("p9", 9)];
    let stem = pix_fmt.trim_end_matches("le").trim_end_matches("be");
    let found = depths.iter().find(|(digits, _)| stem.ends_with(digits));
    found.map_or(8, |(_, depth)| *depth)
}

fn hdr<'a, I: Iterator<Item = &'a SideData>>(side_data: impl Fn() -> I) -> Option<HdrMetadata> {
    let mastering = side_data().find(|data| data.kind.starts_with("Mastering display"))?;
    let read = |name: &str, unit: f64| {
        let text = mastering.other.get(name)?.as_str()?;
        let (num, den) = text.split_once('/')?;
        let value = num.parse::<f64>().ok()? / den.parse::<f64>().ok()?;
        value.is_finite().then(|| (value * unit).round() as u32)
    };
    let point = |name: &str| {
        Some((
            read(&format!("{name}_x"), 50_000.0)?,
            read(&format!("{name}_y"), 50_000.0)?,
        ))
    };
    let light = side_data().find(|data| data.max_content.is_some());
    Some(HdrMetadata {
        primaries: [
            point("green")?,
            point("blue")?,
            point("red")?,
            point("white_point")?,
        ],
        luminance: (
            read("max_luminance", 10_000.0)?,
            read("min_luminance", 10_000.0)?,
        ),
        content_light: light.map_or((0, 0), |light| {
            (
                light.max_content.unwrap_or(0),
                light.max_average.unwrap_or(0),
            )
        }),
    })
}

fn audio(stream: &Stream) -> SourceAudio {
    SourceAudio {
        stream: stream.index,
        // A codec that ffmpeg can't name has nothing to decode: no channels, so that the plan leaves it out and says so.
        channels: if stream.codec() == "unknown" {
            0
        } else {
            stream.channels
        },
        language: stream.tag("language"),
        title: stream.tag("title"),
        is_default: stream.has("default"),
        describes_video: stream.has("visual_impaired") || stream.has("descriptions"),
    }
}

fn subtitles(stream: &Stream) -> SourceSubtitles {
    SourceSubtitles {
        stream: Some(stream.index),
        key: None,
        is_text: TEXT.contains(&stream.codec()),
        language: stream.tag("language"),
        is_forced: stream.has("forced"),
        is_sdh: stream.has("hearing_impaired"),
    }
}

/// Subtitle files: `film.en.srt`, `film.pt-BR.forced.vtt`.
pub(super) fn sidecars(sidecars: &[Sidecar]) -> Vec<SourceSubtitles> {
    let read = |sidecar: &Sidecar| {
        let parts: Vec<&str> = sidecar.filename.split('.').collect();
        let middle = parts
            .get(1..parts.len().saturating_sub(1))
            .unwrap_or_default();
        let has = |word: &str| middle.iter().any(|part| part.eq_ignore_ascii_case(word));
        let named = middle
            .iter()
            .rev()
            .find(|part| matches!(part.len(), 2 | 3 | 5) && !has_flag(part));
        SourceSubtitles {
            stream: None,
            key: Some(sidecar.key.clone()),
            is_text: true,
            language: sidecar
                .language
                .clone()
                .or_else(|| named.map(|part| (*part).to_owned())),
            is_forced: sidecar.forced || has("forced"),
            is_sdh: sidecar.sdh || has("sdh") || has("cc"),
        }
    };
    sidecars.iter().map(read).collect()
}

fn has_flag(part: &str) -> bool {
    ["sdh", "cc"]
        .iter()
        .any(|flag| part.eq_ignore_ascii_case(flag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sidecar_is_what_its_name_says() {
        let check = |filename: &str, language: Option<&str>, forced: bool, sdh: bool| {
            let sidecar = Sidecar {
                key: "k".to_owned(),
                filename: filename.to_owned(),
                language: None,
                forced: false,
                sdh: false,
            };
            let found = sidecars(&[sidecar]).remove(0);
            assert_eq!(
                (found.language.as_deref(), found.is_forced, found.is_sdh),
                (language, forced, sdh),
                "{filename}"
            );
        };
        check("film.en.srt", Some("en"), false, false);
        check("film.pt-BR.forced.vtt", Some("pt-BR"), true, false);
        check("film.eng.sdh.srt", Some("eng"), false, true);
        check("film.srt", None, false, false);
        check("", None, false, false);
    }

    #[test]
    fn bits_per_component_follow_from_the_pixel_format() {
        for (pix_fmt, expect) in [
            ("yuv420p", 8),
            ("yuv420p10le", 10),
            ("yuv422p10be", 10),
            ("gbrp12le", 12),
            ("p010le", 10),
            ("rgb48le", 8),
        ] {
            assert_eq!(bit_depth(pix_fmt), expect, "{pix_fmt}");
        }
    }
}
