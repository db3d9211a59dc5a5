//! The filter graph: put frames on the grid, tone-map once, split, scale.

use std::fmt::Write as _;

use shared::{
    asset::VideoRange,
    ladder::{Chunk, Codec, Rung, VideoPlan},
};

use crate::tone;

/// Where to seek before decoding, seconds. Half a frame early, so that rounding never picks the next frame.
fn seek_s(video: &VideoPlan, chunk: Chunk) -> Option<f64> {
    let first = chunk.start_frame - preroll(video, chunk);
    (first > 0).then(|| (first as f64 - 0.5) * video.frame_rate.frame_s() + phase_s(video))
}

/// The same as ffmpeg's words.
pub(super) fn seek(video: &VideoPlan, chunk: Chunk) -> Vec<String> {
    let seconds = seek_s(video, chunk).into_iter();
    seconds
        .flat_map(|seconds| ["-ss".to_owned(), format!("{seconds:.9}")])
        .collect()
}

fn preroll(video: &VideoPlan, chunk: Chunk) -> u64 {
    u64::from(video.preroll_frames).min(chunk.start_frame)
}

fn phase_s(video: &VideoPlan) -> f64 {
    video.phase_us as f64 / 1e6
}

/// The chunk's frames, on the exact grid from 0: what every rendition and every picture is made from.
pub(super) fn grid(video: &VideoPlan, chunk: Chunk) -> String {
    // After the seek time is 0 where the seek pointed; move it so that the first wanted frame has time 0.
    let shift = match seek_s(video, chunk) {
        Some(_) => 0.5 * video.frame_rate.frame_s(),
        None => phase_s(video),
    };
    let mut chain = format!("[0:{}]setpts=PTS-({shift:.9})/TB,", video.stream);
    if video.deinterlace {
        chain.push_str("bwdif=mode=send_frame,");
    }
    let rate = video.frame_rate;
    let first = preroll(video, chunk);
    let end = first + chunk.frames;
    // Two frames at most are repeated at the very end, where containers round the duration; more missing is an error.
    write!(
        chain,
        "fps={}/{}:start_time=0:round=near,tpad=stop=2:stop_mode=clone,trim=start_frame={first}:end_frame={end},setpts=PTS-STARTPTS",
        rate.num, rate.den
    )
    .expect("a String takes everything");
    chain
}

/// The whole graph. Outputs are `[v0]`, `[v1]` … in the order of the rungs, and `[trick]` if it is wanted. Each gets its first
/// frame at once: ffmpeg reports no progress before, and would be taken for stalled.
pub(super) fn graph(video: &VideoPlan, chunk: Chunk, with_trick: bool) -> String {
    let of_range = |is_hdr: bool| {
        let rungs = video.rungs.iter().enumerate();
        rungs
            .filter(|(_, rung)| (rung.range != VideoRange::Sdr) == is_hdr)
            .collect::<Vec<_>>()
    };
    let (sdr, hdr) = (of_range(false), of_range(true));
    let labels = |letter: char, rungs: &[(usize, &Rung)]| {
        let each = rungs.iter().map(|(at, _)| format!("[{letter}{at}]"));
        each.collect::<Vec<_>>().concat()
    };
    let mut chains = Vec::new();
    let mut source = grid(video, chunk);
    let is_mapped = video.tone_map.is_some();
    let sdr_outputs = sdr.len() + usize::from(with_trick);
    if is_mapped {
        let mapped = if sdr_outputs > 0 { "[tone]" } else { "" };
        let outputs = hdr.len() + usize::from(sdr_outputs > 0);
        chains.push(format!(
            "{source},split={outputs}{}{mapped}",
            labels('h', &hdr)
        ));
        source = format!("[tone]{}", tone::filter(video, mapped_size(video, &sdr)));
    }
    if sdr_outputs > 0 {
        let trick = if with_trick { "[st]" } else { "" };
        chains.push(format!(
            "{source},split={sdr_outputs}{}{trick}",
            labels('s', &sdr)
        ));
    }
    for (at, rung) in &sdr {
        chains.push(format!("[s{at}]{}[v{at}]", rung_scale(video, rung)));
    }
    for (at, rung) in &hdr {
        chains.push(format!("[h{at}]{}[v{at}]", hdr_scale(video, rung)));
    }
    if with_trick {
        let trick = &video.trick;
        chains.push(format!(
            "[st]select='not(mod(n\\,{}))',{}[trick]",
            trick.interval_frames,
            sdr_scale(video, is_mapped, trick.width, trick.height)
        ));
    }
    chains.join(";")
}

/// The size at which the picture is tone-mapped: the largest that is wanted of it.
fn mapped_size(video: &VideoPlan, sdr: &[(usize, &Rung)]) -> (u32, u32) {
    let widest = sdr.iter().map(|(_, rung)| (rung.width, rung.height)).max();
    widest.unwrap_or((video.trick.width, video.trick.height))
}

fn rung_scale(video: &VideoPlan, rung: &Rung) -> String {
    let depth = match rung.codec {
        Codec::H264 => "yuv420p",
        // Ten bits of an eight bit source still spare the gradients a rounding.
        Codec::Hevc | Codec::Av1 => "yuv420p10le",
    };
    let size = (rung.width, rung.height);
    scale_to(video, video.tone_map.is_some(), size, depth) + side_data(rung)
}

/// An AV1 encoder writes what frames carry beside the picture into metadata OBUs, which the packager can't read.
const fn side_data(rung: &Rung) -> &'static str {
    match rung.codec {
        Codec::Av1 => ",sidedata=mode=delete",
        Codec::H264 | Codec::Hevc => "",
    }
}

/// The picture as SDR of that size, 8 bit, whatever the source is: tone-mapped when it is HDR.
pub(super) fn sdr(video: &VideoPlan, size: (u32, u32)) -> String {
    if video.tone_map.is_some() {
        format!("{},format=yuv420p", tone::filter(video, size))
    } else {
        sdr_scale(video, false, size.0, size.1)
    }
}

const BT709: &str = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709";

/// Scales and tags SDR, 8 bit. A tone-mapped picture is BT.709 already.
pub(crate) fn sdr_scale(video: &VideoPlan, is_mapped: bool, width: u32, height: u32) -> String {
    scale_to(video, is_mapped, (width, height), "yuv420p")
}

fn scale_to(
    video: &VideoPlan,
    is_mapped: bool,
    (width, height): (u32, u32),
    depth: &str,
) -> String {
    let colours = if is_mapped {
        String::new()
    } else {
        let range = if video.full_range { "pc" } else { "tv" };
        match scaler_matrix(&video.matrix) {
            Some(matrix) => format!(
                ":in_color_matrix={matrix}:out_color_matrix=bt709:in_range={range}:out_range=tv"
            ),
            None => ":out_color_matrix=bt709:out_range=tv".to_owned(),
        }
    };
    format!("scale={width}:{height}:flags=bicubic{colours},setsar=1,format={depth},{BT709}")
}

fn hdr_scale(video: &VideoPlan, rung: &Rung) -> String {
    let transfer = transfer(rung.range);
    let source_range = if video.full_range { "pc" } else { "tv" };
    format!(
        "scale={}:{}:flags=bicubic:in_range={source_range}:out_range=tv,setsar=1,format=yuv420p10le,\
         setparams=range=tv:color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc{}",
        rung.width,
        rung.height,
        side_data(rung)
    )
}

/// What the transfer function is called, by encoders and filters.
pub(super) const fn transfer(range: VideoRange) -> &'static str {
    match range {
        VideoRange::Sdr => "bt709",
        VideoRange::Pq => "smpte2084",
        VideoRange::Hlg => "arib-std-b67",
    }
}

/// swscale's names for matrices; `None` for RGB, which has none.
fn scaler_matrix(name: &str) -> Option<&'static str> {
    match name {
        "gbr" | "rgb" => None,
        "smpte170m" | "bt470bg" | "bt601" => Some("bt601"),
        "smpte240m" => Some("smpte240m"),
        "fcc" => Some("fcc"),
        "bt2020nc" | "bt2020c" => Some("bt2020"),
        _ => Some("bt709"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::ladder::{self, Preset, Source};

    use super::*;

    /// ffmpeg reports no progress before every output has had a frame, and is stopped when it reports none for too long.
    #[test]
    fn every_output_of_a_chunk_that_is_measured_begins_with_the_chunk() {
        let video = json!({
            "stream": 0, "codec": "hevc", "width": 3840, "height": 2160, "sampleAspect": [1, 1], "range": "PQ",
            "frameRate": {"num": 24, "den": 1}, "frames": 864, "durationUs": 36_000_000, "bitDepth": 10
        });
        let source = json!({"container": "mov", "video": video, "audio": [], "subtitles": [], "chapters": []});
        let source: Source = serde_json::from_value(source).unwrap();
        let plan = ladder::plan(&source, Preset::Standard).unwrap();
        let chunk = plan.chunks[1];
        for (band, video) in plan.video.bands().iter().enumerate() {
            let window = video.quality.unwrap().window(&chunk, video.gop_frames);
            assert!(window.unwrap().0 > 0, "what is compared begins later");
            let graph = graph(video, chunk, band == 0);
            let first = format!("trim=start_frame={}:", preroll(video, chunk));
            assert_eq!(graph.matches("trim=").count(), 1, "{graph}");
            assert!(graph.contains(&first), "{graph}");
        }
    }
}
