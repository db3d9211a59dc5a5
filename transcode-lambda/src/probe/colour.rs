//! Colours and dynamic range: signalled by the container, else by the first frame.

use shared::{
    asset::VideoRange,
    ladder::{DolbyVision, HdrMetadata},
};

use super::ffprobe::{Frame, SideData, Stream};

/// What samples mean.
#[derive(Debug)]
pub(super) struct Colours {
    pub(super) range: VideoRange,
    pub(super) primaries: Option<String>,
    pub(super) transfer: Option<String>,
    pub(super) matrix: Option<String>,
    pub(super) chroma_location: Option<String>,
    pub(super) full_range: bool,
}

pub(super) fn colours(picture: &Stream, first_frame: Option<&Frame>) -> Colours {
    let frame = |member: fn(&Frame) -> Option<&String>| first_frame.and_then(member);
    let transfer = signalled(
        picture.color_transfer.as_ref(),
        frame(|frame| frame.color_transfer.as_ref()),
    );
    let samples = signalled(
        picture.color_range.as_ref(),
        frame(|frame| frame.color_range.as_ref()),
    );
    Colours {
        range: match transfer.as_deref() {
            Some("smpte2084") => VideoRange::Pq,
            Some("arib-std-b67") => VideoRange::Hlg,
            _ => VideoRange::Sdr,
        },
        transfer,
        primaries: signalled(
            picture.color_primaries.as_ref(),
            frame(|frame| frame.color_primaries.as_ref()),
        ),
        matrix: signalled(
            picture.color_space.as_ref(),
            frame(|frame| frame.color_space.as_ref()),
        ),
        chroma_location: signalled(
            picture.chroma_location.as_ref(),
            frame(|frame| frame.chroma_location.as_ref()),
        ),
        full_range: samples.as_deref() == Some("pc"),
    }
}

/// The container's word, or the frame's when it has none.
fn signalled(container: Option<&String>, frame: Option<&String>) -> Option<String> {
    let is_known =
        |name: &&String| !matches!(name.as_str(), "unknown" | "reserved" | "unspecified");
    container
        .filter(is_known)
        .or(frame.filter(is_known))
        .cloned()
}

/// `yuv420p10le` → 10.
pub(super) fn bit_depth(pix_fmt: &str) -> u32 {
    let depths = [
        ("48", 16),
        ("64", 16),
        ("16", 16),
        ("14", 14),
        ("12", 12),
        ("10", 10),
        ("p9", 9),
    ];
    let stem = pix_fmt.trim_end_matches("le").trim_end_matches("be");
    let found = depths.iter().find(|(digits, _)| stem.ends_with(digits));
    found.map_or(8, |(_, depth)| *depth)
}

/// The Dolby Vision configuration record.
pub(super) fn dolby_vision(data: &SideData) -> Option<DolbyVision> {
    let number = |name: &str| {
        let value = data.other.get(name).and_then(serde_json::Value::as_u64);
        value
            .and_then(|value| u32::try_from(value).ok())
            .unwrap_or(0)
    };
    Some(DolbyVision {
        profile: data.dv_profile?,
        level: number("dv_level"),
        compatibility_id: number("dv_bl_signal_compatibility_id"),
        has_rpu: number("rpu_present_flag") == 1,
        has_base_layer: number("bl_present_flag") == 1,
        has_enhancement_layer: number("el_present_flag") == 1,
    })
}

/// Mastering display and content light level.
pub(super) fn hdr<'a, I: Iterator<Item = &'a SideData>>(
    side_data: impl Fn() -> I,
) -> Option<HdrMetadata> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_per_component_follow_from_the_pixel_format() {
        for (pix_fmt, expect) in [
            ("yuv420p", 8),
            ("yuv420p10le", 10),
            ("yuv422p10be", 10),
            ("gbrp12le", 12),
            ("p010le", 10),
            ("rgb48le", 16),
            ("rgba64be", 16),
            ("rgb24", 8),
        ] {
            assert_eq!(bit_depth(pix_fmt), expect, "{pix_fmt}");
        }
    }

    #[test]
    fn a_frame_tells_the_colours_that_the_container_keeps_silent_about() {
        let mut picture = Stream {
            color_transfer: Some("unknown".to_owned()),
            ..Stream::default()
        };
        let frame = Frame {
            color_transfer: Some("arib-std-b67".to_owned()),
            color_space: Some("bt2020nc".to_owned()),
            ..Frame::default()
        };
        let found = colours(&picture, Some(&frame));
        assert_eq!(found.range, VideoRange::Hlg);
        assert_eq!(found.matrix.as_deref(), Some("bt2020nc"));
        picture.color_transfer = Some("smpte2084".to_owned());
        assert_eq!(colours(&picture, Some(&frame)).range, VideoRange::Pq);
    }
}
