//! The filter graph: put frames on the grid, tone-map once, split, scale.

use std::fmt::Write as _;

use shared::{
    asset::VideoRange,
    ladder::{Chunk, Codec, VideoPlan},
};

/// Where to seek before decoding, seconds. Half a frame early, so that rounding never picks the next frame.
pub(super) fn seek_s(video: &VideoPlan, chunk: Chunk) -> Option<f64> {
    let first = chunk.start_frame - preroll(video, chunk);
    (first > 0).then(|| (first as f64 - 0.5) * video.frame_rate.frame_s() + phase_s(video))
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

/// The whole graph. Outputs are `[v0]`, `[v1]` … in the order of the rungs, and `[trick]`.
pub(super) fn graph(video: &VideoPlan, chunk: Chunk) -> String {
    let place = |codec: Codec| {
        let of_codec = move |(_, rung): &(usize, &shared::ladder::Rung)| rung.codec == codec;
        video
            .rungs
            .iter()
            .enumerate()
            .filter(of_codec)
            .collect::<Vec<_>>()
    };
    let (sdr, hdr) = (place(Codec::H264), place(Codec::Hevc));
    let mut graph = grid(video, chunk);
    let trick = &video.trick;
    let mut sdr_source = String::new();
    if let Some(range) = video.tone_map {
        write!(graph, ",split={}", hdr.len() + 1).expect("a String takes everything");
        for (at, _) in &hdr {
            write!(graph, "[h{at}]").expect("a String takes everything");
        }
        graph.push_str("[tone];");
        let widest = sdr.iter().map(|(_, rung)| (rung.width, rung.height)).max();
        sdr_source = format!(
            "[tone]{}",
            tone_map(video, range, widest.unwrap_or((trick.width, trick.height)))
        );
    }
    let mut tail = format!(",split={}", sdr.len() + 1);
    for (at, _) in &sdr {
        write!(tail, "[s{at}]").expect("a String takes everything");
    }
    tail.push_str("[st]");
    graph.push_str(&sdr_source);
    graph.push_str(&tail);
    let is_mapped = video.tone_map.is_some();
    for (at, rung) in &sdr {
        let scale = sdr_scale(video, is_mapped, rung.width, rung.height);
        write!(graph, ";[s{at}]{scale}[v{at}]").expect("a String takes everything");
    }
    for (at, rung) in &hdr {
        let scale = hdr_scale(video, rung.range, rung.width, rung.height);
        write!(graph, ";[h{at}]{scale}[v{at}]").expect("a String takes everything");
    }
    let scale = sdr_scale(video, is_mapped, trick.width, trick.height);
    write!(
        graph,
        ";[st]select='not(mod(n\\,{}))',{scale}[trick]",
        trick.interval_frames
    )
    .expect("a String takes everything");
    graph
}

const BT709: &str = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709";

/// Scales and tags SDR. A tone-mapped picture is BT.709 already.
pub(crate) fn sdr_scale(video: &VideoPlan, is_mapped: bool, width: u32, height: u32) -> String {
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
    format!("scale={width}:{height}:flags=bicubic{colours},setsar=1,format=yuv420p,{BT709}")
}

fn hdr_scale(video: &VideoPlan, range: VideoRange, width: u32, height: u32) -> String {
    let transfer = transfer(range);
    let source_range = if video.full_range { "pc" } else { "tv" };
    format!(
        "scale={width}:{height}:flags=bicubic:in_range={source_range}:out_range=tv,setsar=1,format=yuv420p10le,\
         setparams=range=tv:color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc"
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

/// HDR to SDR, once, at the size of the largest SDR rendition: the float steps cost by the pixel.
pub(crate) fn tone_map(
    video: &VideoPlan,
    range: VideoRange,
    (width, height): (u32, u32),
) -> String {
    let transfer = transfer(range);
    let source_range = if video.full_range { "full" } else { "limited" };
    format!(
        "scale={width}:{height}:flags=bicubic,setsar=1,format=yuv420p10le,\
         zscale=tin={transfer}:min=bt2020nc:pin=bt2020:rin={source_range}:t=linear:npl=203,format=gbrpf32le,\
         zscale=p=bt709,tonemap=mobius:param=0.5:desat=0:peak=5,zscale=t=bt709:m=bt709:r=limited,format=yuv420p,{BT709}"
    )
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
