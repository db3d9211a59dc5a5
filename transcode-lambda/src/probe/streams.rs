//! From ffprobe's streams to the source that the plan is made from.

use shared::ladder::{Source, SourceAudio, SourceChapter, SourceSubtitles, SourceVideo};

use super::{
    colour,
    ffprobe::{Chapter, Container, Frame, Stream, tag},
    packets::PacketScan,
    timing::{Timing, ratio},
};
use crate::task::Sidecar;

/// Subtitles that ffmpeg turns into WebVTT.
const TEXT: [&str; 7] = ["subrip", "srt", "mov_text", "webvtt", "ass", "ssa", "text"];

/// The first video stream that is not a cover picture.
pub(super) fn picture(container: &Container) -> Option<&Stream> {
    container.streams.iter().find(|stream| {
        let is_cover = ["attached_pic", "still_image", "timed_thumbnails"]
            .iter()
            .any(|name| stream.has(name));
        stream.is("video") && !is_cover
    })
}

pub(super) fn source(
    picture: &Stream,
    container: &Container,
    (scan, timing): (&PacketScan, &Timing),
    first_frame: Option<&Frame>,
) -> Source {
    let file_start_s = seconds(container.format.start_time.as_deref()).unwrap_or(0.0);
    Source {
        container: container.format.names.clone(),
        video: video(picture, scan, timing, first_frame),
        audio: of_kind(container, "audio")
            .map(|stream| audio(stream, file_start_s))
            .collect(),
        subtitles: of_kind(container, "subtitle").map(subtitles).collect(),
        chapters: container
            .chapters
            .iter()
            .filter_map(|found| chapter(found, file_start_s))
            .collect(),
    }
}

/// Whether the container or the bitstream says that frames are progressive or fields.
pub(super) fn fields_are_known(picture: &Stream) -> bool {
    let order = picture.field_order.as_deref();
    order.is_some_and(|order| order != "unknown")
}

fn of_kind<'a>(container: &'a Container, kind: &'static str) -> impl Iterator<Item = &'a Stream> {
    container
        .streams
        .iter()
        .filter(move |stream| stream.is(kind))
}

fn video(
    picture: &Stream,
    scan: &PacketScan,
    timing: &Timing,
    first_frame: Option<&Frame>,
) -> SourceVideo {
    let frame_data = first_frame.map_or(&[][..], |frame| &frame.side_data_list);
    let side_data = || picture.side_data_list.iter().chain(frame_data);
    let colours = colour::colours(picture, first_frame);
    let sample_aspect = ratio(picture.sample_aspect_ratio.as_deref());
    let duration_s = timing.duration_us as f64 / 1e6;
    let bits_per_s = scan.bytes as f64 * 8.0 / duration_s;
    let (is_interlaced, top_field_first) = fields(picture, first_frame);
    SourceVideo {
        stream: picture.index,
        codec: picture.codec().to_owned(),
        profile: picture.profile.clone(),
        level: picture.level.and_then(|level| level.try_into().ok()),
        tag: picture.codec_tag_string.clone(),
        pix_fmt: picture.pix_fmt.clone(),
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
        is_interlaced,
        top_field_first,
        bits_per_s: if bits_per_s.is_finite() {
            bits_per_s.round() as u64
        } else {
            0
        },
        key_frames: scan.key_frames(timing.tick_s),
        is_reordered: picture.has_b_frames > 0,
        active: None,
        bit_depth: colour::bit_depth(picture.pix_fmt.as_deref().unwrap_or_default()),
        range: colours.range,
        primaries: colours.primaries,
        transfer: colours.transfer,
        chroma_location: colours.chroma_location,
        matrix: colours.matrix,
        full_range: colours.full_range,
        hdr: colour::hdr(side_data),
        has_hdr10_plus: side_data().any(|data| data.kind.contains("HDR10+")),
        dolby_vision: side_data().find_map(colour::dolby_vision),
    }
}

/// Interlaced or not, and which field comes first. `tb` and `bt` are stored in one order and shown in the other.
fn fields(picture: &Stream, first_frame: Option<&Frame>) -> (bool, Option<bool>) {
    match picture.field_order.as_deref() {
        Some("tt" | "bt") => (true, Some(true)),
        Some("bb" | "tb") => (true, Some(false)),
        _ => match first_frame {
            Some(frame) if frame.is_interlaced == 1 => (true, Some(frame.top_field_first == 1)),
            _ => (false, None),
        },
    }
}

fn audio(stream: &Stream, file_start_s: f64) -> SourceAudio {
    let number = |text: Option<&str>| text.and_then(|text| text.parse().ok());
    let start_s = seconds(stream.start_time.as_deref()).unwrap_or(file_start_s);
    // QuickTime can't mark what a track is for.
    let title = stream.tag("title");
    let says = |word: &str| {
        title
            .as_deref()
            .is_some_and(|title| title.to_lowercase().contains(word))
    };
    SourceAudio {
        stream: stream.index,
        codec: stream.codec().to_owned(),
        profile: stream.profile.clone(),
        is_joc: stream.codec() == "eac3"
            && stream
                .profile
                .as_deref()
                .is_some_and(|profile| profile.contains("Atmos")),
        // A codec that ffmpeg can't name has nothing to decode: no channels, so that the plan leaves it out and says so.
        channels: if stream.codec() == "unknown" {
            0
        } else {
            stream.channels
        },
        layout: stream.channel_layout.clone(),
        sample_rate: number(stream.sample_rate.as_deref()).unwrap_or(0),
        bits_per_s: number(stream.bit_rate.as_deref()).unwrap_or(0).into(),
        start_us: microseconds(start_s - file_start_s),
        duration_us: duration_s(stream).map_or(0, |found| microseconds(found).unsigned_abs()),
        language: stream.tag("language"),
        is_default: stream.has("default"),
        describes_video: stream.has("visual_impaired")
            || stream.has("descriptions")
            || says("descripti"),
        is_commentary: stream.has("comment") || says("commentary"),
        title,
        loudness: None,
    }
}

/// Matroska keeps a track's duration in a tag: `00:01:00.023000000`.
fn duration_s(stream: &Stream) -> Option<f64> {
    let stated = seconds(stream.duration.as_deref());
    stated.or_else(|| {
        let tagged = stream.tag("DURATION")?;
        let mut parts = tagged.split(':');
        let (hours, minutes, rest) = (parts.next()?, parts.next()?, parts.next()?);
        let whole = hours.parse::<f64>().ok()? * 3600.0 + minutes.parse::<f64>().ok()? * 60.0;
        Some(whole + rest.parse::<f64>().ok()?)
    })
}

fn subtitles(stream: &Stream) -> SourceSubtitles {
    // Many masters say in the title what they forgot to mark.
    let title = stream.tag("title").unwrap_or_default();
    let says = |word: &str| {
        title
            .split(|c: char| !c.is_alphanumeric())
            .any(|part| part.eq_ignore_ascii_case(word))
    };
    SourceSubtitles {
        stream: Some(stream.index),
        key: None,
        codec: stream.codec().to_owned(),
        title: stream.tag("title"),
        is_default: stream.has("default"),
        is_text: TEXT.contains(&stream.codec()),
        language: stream.tag("language"),
        is_forced: stream.has("forced") || says("forced"),
        is_sdh: stream.has("hearing_impaired") || says("SDH"),
        is_captions: stream.has("captions") || says("CC"),
    }
}

fn chapter(found: &Chapter, file_start_s: f64) -> Option<SourceChapter> {
    let place = |text: Option<&str>| Some(microseconds(seconds(text)? - file_start_s));
    Some(SourceChapter {
        start_us: place(found.start_time.as_deref())?,
        end_us: place(found.end_time.as_deref())?,
        title: tag(&found.tags, "title").filter(|title| !title.trim().is_empty()),
    })
}

fn seconds(text: Option<&str>) -> Option<f64> {
    text?.parse().ok().filter(|value: &f64| value.is_finite())
}

/// Conversion saturates: damaged times stay damaged and nothing overflows.
fn microseconds(seconds: f64) -> i64 {
    (seconds * 1e6).round() as i64
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
            is_sdh: sidecar.sdh || has("sdh"),
            is_captions: has("cc"),
            ..SourceSubtitles::default()
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
                (
                    found.language.as_deref(),
                    found.is_forced,
                    found.is_sdh || found.is_captions
                ),
                (language, forced, sdh),
                "{filename}"
            );
        };
        check("film.en.srt", Some("en"), false, false);
        check("film.pt-BR.forced.vtt", Some("pt-BR"), true, false);
        check("film.eng.sdh.srt", Some("eng"), false, true);
        check("film.en.cc.srt", Some("en"), false, true);
        check("film.srt", None, false, false);
        check("", None, false, false);
    }

    #[test]
    fn a_matroska_track_lasts_as_long_as_its_tag_says() {
        let mut stream = Stream::default();
        assert_eq!(duration_s(&stream), None);
        let tag = ("DURATION".to_owned(), "00:01:02.500000000".to_owned());
        stream.tags.extend([tag]);
        assert_eq!(duration_s(&stream), Some(62.5));
        stream.duration = Some("7.000000".to_owned());
        assert_eq!(duration_s(&stream), Some(7.0));
    }
}
