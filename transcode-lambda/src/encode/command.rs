//! ffmpeg's arguments for a chunk (HLS.md 2.2, 2.3, 2.6).

use shared::{
    asset::VideoRange,
    ladder::{Chunk, Codec, HdrMetadata, Rung, VideoPlan},
};

use super::{file_name, filter, trick_frames};

/// The arguments. Outputs go to the working folder, named by rendition.
pub(super) fn arguments(
    input: &str,
    video: &VideoPlan,
    chunk: Chunk,
    with_trick: bool,
) -> Vec<String> {
    let mut words = words("-v error -nostdin -y -progress pipe:1 -stats_period 1");
    words.extend(filter::seek(video, chunk));
    words.extend(["-i".to_owned(), input.to_owned()]);
    words.extend([
        "-filter_complex".to_owned(),
        filter::graph(video, chunk, with_trick),
    ]);
    for (place, rung) in video.rungs.iter().enumerate() {
        words.extend(rendition(video, chunk, place, rung));
    }
    if with_trick {
        words.extend(trick(video, chunk));
    }
    words
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn rendition(video: &VideoPlan, chunk: Chunk, place: usize, rung: &Rung) -> Vec<String> {
    let mut output = words(&format!(
        "-map [v{place}] -frames:v {} -fps_mode passthrough -an",
        chunk.frames
    ));
    output.extend(match rung.codec {
        Codec::H264 => h264(video, rung),
        Codec::Hevc => hevc(video, rung),
        Codec::Av1 => av1(video, rung),
    });
    output.extend(container(video));
    output.push(file_name(&rung.id));
    output
}

/// Exact timestamps and no trace of when, where and by whom: the same plan gives the same bytes.
fn container(video: &VideoPlan) -> Vec<String> {
    words(&format!(
        "-video_track_timescale {} -fflags +bitexact -map_metadata -1 -map_chapters -1",
        timescale(video)
    ))
}

/// Ticks per second of every video file.
pub(crate) fn timescale(video: &VideoPlan) -> u32 {
    video.frame_rate.timescale()
}

fn h264(video: &VideoPlan, rung: &Rung) -> Vec<String> {
    let gop = video.gop_frames;
    let Rung {
        crf,
        max_kbps,
        buffer_kbits,
        ..
    } = rung;
    words(&format!(
        "-c:v libx264 -preset {} -threads {} -profile:v high -pix_fmt yuv420p -crf {crf} -maxrate {max_kbps}k \
         -bufsize {buffer_kbits}k -g {gop} -keyint_min {gop} -sc_threshold 0 -bf 3 -flags +cgop+bitexact \
         -x264-params open-gop=0:scenecut=0:stitchable=1 \
         -color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv",
        video.speed, video.threads
    ))
}

/// What the samples of a range are, as ffmpeg's options name it: primaries, transfer, matrix.
const fn colours(range: VideoRange) -> (&'static str, &'static str, &'static str) {
    match range {
        VideoRange::Sdr => ("bt709", "bt709", "bt709"),
        VideoRange::Pq | VideoRange::Hlg => ("bt2020", filter::transfer(range), "bt2020nc"),
    }
}

/// Ten bits, whichever the range: HEVC's and AV1's 8-bit profiles save nothing.
fn ten_bits(range: VideoRange) -> String {
    let (primaries, transfer, matrix) = colours(range);
    format!(
        "-pix_fmt yuv420p10le -flags +bitexact -color_primaries {primaries} -color_trc {transfer} \
         -colorspace {matrix} -color_range tv"
    )
}

/// Metadata of the source's Dolby Vision goes along only where it fits: a PQ or HLG base in HEVC.
fn keeps_dolby_vision(video: &VideoPlan, rung: &Rung) -> bool {
    video.dolby_vision && rung.codec == Codec::Hevc && rung.range != VideoRange::Sdr
}

fn hevc(video: &VideoPlan, rung: &Rung) -> Vec<String> {
    // x265's presets are slower than x264's of the same name.
    let speed = match video.speed.as_str() {
        "veryfast" => "ultrafast",
        "slow" => "medium",
        _ => "fast",
    };
    let dolby_vision = if keeps_dolby_vision(video, rung) {
        "-dolbyvision 1 -strict unofficial"
    } else {
        "-dolbyvision 0"
    };
    let mut output = words(&format!(
        "-c:v libx265 -preset {speed} -profile:v main10 -crf {} -tag:v hvc1 {dolby_vision} {}",
        rung.crf,
        ten_bits(rung.range)
    ));
    output.extend(["-x265-params".to_owned(), x265(video, rung)]);
    output
}

fn x265(video: &VideoPlan, rung: &Rung) -> String {
    let gop = video.gop_frames;
    let (primaries, transfer, matrix) = colours(rung.range);
    let mut options = vec![
        "log-level=error:info=0:scenecut=0:open-gop=0:repeat-headers=0".to_owned(),
        format!("keyint={gop}:min-keyint={gop}"),
        format!(
            "vbv-maxrate={}:vbv-bufsize={}",
            rung.max_kbps, rung.buffer_kbits
        ),
        threads_of_x265(video.threads),
        format!("colorprim={primaries}:transfer={transfer}:colormatrix={matrix}:range=limited"),
    ];
    if rung.range != VideoRange::Sdr {
        options.push("chromaloc=2".to_owned());
    }
    if let (Some(hdr), VideoRange::Pq) = (&video.hdr, rung.range) {
        options.push("hdr10=1:hdr10-opt=1".to_owned());
        options.push(mastering_display(hdr));
    }
    options.join(":")
}

/// SVT-AV1: closed GOPs on the grid, one picture after the other. Without HDR10 metadata: it would come as metadata OBUs, which
/// the packager can't read (v3.8).
fn av1(video: &VideoPlan, rung: &Rung) -> Vec<String> {
    let speed = match video.speed.as_str() {
        "veryfast" => 10,
        "slow" => 6,
        _ => 8,
    };
    let gop = video.gop_frames;
    let mut output = words(&format!(
        "-c:v libsvtav1 -preset {speed} -crf {} -maxrate {}k -bufsize {}k -g {gop} -dolbyvision 0 {}",
        rung.crf,
        rung.max_kbps,
        rung.buffer_kbits,
        ten_bits(rung.range)
    ));
    let options = format!(
        "keyint={gop}:irefresh-type=2:scd=0:lp={}",
        video.threads.max(1)
    );
    output.extend(["-svtav1-params".to_owned(), options]);
    output
}

/// Wavefronts are threads over rows, see [`VideoPlan::threads`].
fn threads_of_x265(threads: u32) -> String {
    match threads {
        0 | 1 => "pools=none:frame-threads=1:wpp=0:pmode=0:pme=0".to_owned(),
        several => format!("pools={several}:frame-threads={several}"),
    }
}

fn mastering_display(hdr: &HdrMetadata) -> String {
    let [green, blue, red, white] = hdr.primaries.map(|(x, y)| format!("({x},{y})"));
    let (brightest, darkest) = hdr.luminance;
    let (peak, average) = hdr.content_light;
    format!(
        "master-display=G{green}B{blue}R{red}WP{white}L({brightest},{darkest}):max-cll={peak},{average}"
    )
}

fn trick(video: &VideoPlan, chunk: Chunk) -> Vec<String> {
    let mut output = words(&format!(
        "-map [trick] -frames:v {} -fps_mode passthrough -an -c:v libx264 -preset {} -threads {} -profile:v high \
         -pix_fmt yuv420p -crf {} -g 1 -keyint_min 1 -bf 0 -flags +bitexact -x264-params stitchable=1 \
         -color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv",
        trick_frames(video, chunk),
        video.speed,
        video.threads,
        video.trick.crf
    ));
    output.extend(container(video));
    output.push(file_name(&video.trick.id));
    output
}
