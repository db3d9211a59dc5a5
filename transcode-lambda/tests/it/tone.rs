//! The reference chart: known BT.2020 patches through the real filters, against the mapping they stand for.

use std::process::Command;

use serde_json::json;
use shared::{
    asset::VideoRange,
    ladder::{self, Preset, Source, VideoPlan},
};
use transcode_lambda::tone::{self, REFERENCE_WHITE, ToneMap, pq_signal};

use crate::studio::ffmpeg_path;

/// Pixels on each side of a patch; its middle is read, where no neighbour shines in.
const SIDE: usize = 16;

/// What the mapping depends on: the range and a peak of 1000 cd/m².
fn plan(range: VideoRange) -> VideoPlan {
    let source = json!({"video": {
        "stream": 0, "codec": "rawvideo", "width": 128, "height": 72, "sampleAspect": [1, 1],
        "frameRate": {"num": 24, "den": 1}, "frames": 1, "durationUs": 41_667, "bitDepth": 10, "range": range,
        "hdr": {"primaries": [[0, 0], [0, 0], [0, 0], [0, 0]], "luminance": [10_000_000, 50], "contentLight": [1000, 400]}
    }});
    let source: Source = serde_json::from_value(source).unwrap();
    ladder::plan(&source, Preset::Fast).unwrap().video
}

/// Limited-range 10-bit YCbCr of a signal, and back.
fn to_codes([r, g, b]: [f64; 3], (kr, kb): (f64, f64)) -> [u16; 3] {
    let y = kr * r + (1.0 - kr - kb) * g + kb * b;
    let (cb, cr) = ((b - y) / (2.0 * (1.0 - kb)), (r - y) / (2.0 * (1.0 - kr)));
    [64.0 + 876.0 * y, 512.0 + 896.0 * cb, 512.0 + 896.0 * cr].map(|code| code.round() as u16)
}

fn from_codes([y, cb, cr]: [u16; 3], (kr, kb): (f64, f64)) -> [f64; 3] {
    let y = (f64::from(y) - 64.0) / 876.0;
    let (cb, cr) = (
        (f64::from(cb) - 512.0) / 896.0,
        (f64::from(cr) - 512.0) / 896.0,
    );
    let (r, b) = (y + 2.0 * (1.0 - kr) * cr, y + 2.0 * (1.0 - kb) * cb);
    [r, (y - kr * r - kb * b) / (1.0 - kr - kb), b].map(|channel| channel.clamp(0.0, 1.0))
}

const BT2020: (f64, f64) = (0.2627, 0.0593);
const BT709: (f64, f64) = (0.2126, 0.0722);

/// ΔE ITP (BT.2124) of two BT.709 signals on a display whose white is reference white.
fn delta_e(a: [f64; 3], b: [f64; 3]) -> f64 {
    let itp = |signal: [f64; 3]| {
        let [red, green, blue] = signal.map(|channel| channel.powf(2.4) * REFERENCE_WHITE);
        let wide = [
            0.627_404 * red + 0.329_282 * green + 0.043_314 * blue,
            0.069_097 * red + 0.919_541 * green + 0.011_362 * blue,
            0.016_391 * red + 0.088_013 * green + 0.895_595 * blue,
        ];
        let mix = |row: [f64; 3]| {
            let sum = row[0] * wide[0] + row[1] * wide[1] + row[2] * wide[2];
            pq_signal(sum / 4096.0)
        };
        let long = mix([1688.0, 2146.0, 262.0]);
        let medium = mix([683.0, 2951.0, 462.0]);
        let short = mix([99.0, 309.0, 3688.0]);
        let tritan = (6610.0 * long - 13613.0 * medium + 7003.0 * short) / 4096.0;
        let protan = (17933.0 * long - 17390.0 * medium - 543.0 * short) / 4096.0;
        [f64::midpoint(long, medium), 0.5 * tritan, protan]
    };
    let (a, b) = (itp(a), itp(b));
    let squares: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
    720.0 * squares.sqrt()
}

/// Greys, skin, sky, leaves, the primaries of BT.709 and of BT.2020 in several brightnesses.
fn patches(range: VideoRange) -> Vec<[f64; 3]> {
    let code = |nits: f64| match range {
        VideoRange::Pq => pq_signal(nits),
        // Near enough for a chart: HLG's own patches are signals.
        VideoRange::Hlg | VideoRange::Sdr => (nits / 1000.0).powf(0.4),
    };
    let mut patches: Vec<[f64; 3]> = [
        0.0, 0.1, 1.0, 5.0, 10.0, 26.0, 50.0, 100.0, 203.0, 400.0, 700.0, 1000.0,
    ]
    .map(|nits| [code(nits); 3])
    .to_vec();
    let colours = [
        [0.45, 0.27, 0.18],
        [0.75, 0.52, 0.42],
        [0.16, 0.30, 0.55],
        [0.15, 0.28, 0.06],
        [0.6274, 0.0691, 0.0164],
        [0.3293, 0.9195, 0.0880],
        [0.0433, 0.0114, 0.8956],
        [1.0, 0.0, 0.0],
        [0.0, 1.0, 0.0],
        [0.0, 0.0, 1.0],
        [0.9, 0.8, 0.1],
        [0.1, 0.7, 0.8],
        [0.8, 0.1, 0.7],
    ];
    for nits in [20.0, 100.0, 203.0, 600.0] {
        patches.extend(colours.map(|colour| colour.map(|channel| code(channel * nits))));
    }
    patches
}

/// The chart's patches after ffmpeg's filters, as BT.709 signals.
fn filtered(range: VideoRange, codes: &[[u16; 3]]) -> Vec<[f64; 3]> {
    let (width, height) = (codes.len() * SIDE, SIDE);
    let folder = tempfile::tempdir().unwrap();
    let video = plan(range);
    tone::prepare(folder.path(), &video).unwrap();
    let plane = |component: usize, step: usize| {
        let row = codes
            .iter()
            .flat_map(|code| vec![code[component]; SIDE / step]);
        let row: Vec<u8> = row.flat_map(u16::to_le_bytes).collect();
        row.repeat(height / step)
    };
    let chart = [plane(0, 1), plane(1, 2), plane(2, 2)].concat();
    std::fs::write(folder.path().join("chart.yuv"), chart).unwrap();
    let size = format!("{width}x{height}");
    let filter = tone::filter(&video, (width as u32, height as u32));
    let run = Command::new(ffmpeg_path())
        .current_dir(folder.path())
        .args("-v error -nostdin -f rawvideo -pix_fmt yuv420p10le -s".split(' '))
        .args([&size, "-i", "chart.yuv", "-vf", &filter])
        .args("-pix_fmt yuv444p10le -f rawvideo -".split(' '))
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let at = |component: usize, patch: usize| {
        let pixel = component * width * height + SIDE / 2 * width + patch * SIDE + SIDE / 2;
        u16::from_le_bytes([run.stdout[2 * pixel], run.stdout[2 * pixel + 1]])
    };
    (0..codes.len())
        .map(|patch| from_codes([at(0, patch), at(1, patch), at(2, patch)], BT709))
        .collect()
}

fn measure(range: VideoRange) {
    let codes: Vec<_> = patches(range)
        .into_iter()
        .map(|signal| to_codes(signal, BT2020))
        .collect();
    let map = ToneMap::of(&plan(range)).unwrap();
    let found = filtered(range, &codes);
    let mut worst: (f64, usize) = (0.0, 0);
    let mut sum = 0.0;
    for (place, (code, found)) in codes.iter().zip(&found).enumerate() {
        let error = delta_e(map.map(from_codes(*code, BT2020)), *found);
        sum += error;
        if error > worst.0 {
            worst = (error, place);
        }
    }
    let mean = sum / codes.len() as f64;
    eprintln!(
        "{range}: mean ΔE ITP {mean:.2}, worst {:.2} at patch {}",
        worst.0, worst.1
    );
    assert!(
        mean < 1.0 && worst.0 < 3.0,
        "{range}: mean {mean}, worst {worst:?}"
    );
    for (place, grey) in found.iter().take(12).enumerate() {
        let spread = (grey[0] - grey[1]).abs().max((grey[2] - grey[1]).abs());
        assert!(spread < 0.003, "grey {place} became {grey:?}");
    }
}

#[test]
fn a_pq_chart_comes_out_of_ffmpeg_as_the_mapping_says() {
    measure(VideoRange::Pq);
}

#[test]
fn an_hlg_chart_comes_out_of_ffmpeg_as_the_mapping_says() {
    measure(VideoRange::Hlg);
}

#[test]
fn reference_white_lands_at_90_percent_of_the_signal() {
    let code = to_codes([pq_signal(REFERENCE_WHITE); 3], BT2020);
    let [white] = filtered(VideoRange::Pq, &[code])[..] else {
        panic!("one patch went in")
    };
    assert!(
        white.iter().all(|channel| (channel - 0.903).abs() < 0.004),
        "{white:?}"
    );
}
