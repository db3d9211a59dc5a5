//! Ladders as operators read them: a table with a line per rung.

use std::fmt::Write as _;

use shared::ladder::{Codec, Ladder, LadderRung, Plan};

/// A ladder before it meets a source.
pub fn of_file(ladder: &Ladder) -> String {
    let mut text = heading("box");
    for rung in &ladder.rungs {
        let LadderRung {
            codec,
            hdr,
            width,
            height,
            kbps,
            crf,
            max_kbps,
        } = rung;
        let range = if *hdr { "HDR" } else { "SDR" };
        let peak = max_kbps.map_or_else(|| kbps * 3 / 2, |max| max);
        line(
            &mut text,
            "",
            *codec,
            range,
            (*width, *height),
            (*kbps, peak, *crf),
        );
    }
    text
}

/// The renditions that a plan makes.
pub fn of_plan(plan: &Plan) -> String {
    let mut text = heading("size");
    for rung in &plan.video.rungs {
        let range = rung.range.to_string();
        line(
            &mut text,
            &rung.id,
            rung.codec,
            &range,
            (rung.width, rung.height),
            (rung.average_kbps, rung.max_kbps, rung.crf),
        );
    }
    text
}

fn heading(size: &str) -> String {
    format!(
        "{:<13} {:<5} {:<5} {size:<10} {:>9} {:>7} {:>4}\n",
        "rendition", "codec", "range", "kbit/s", "peak", "crf"
    )
}

fn line(
    text: &mut String,
    id: &str,
    codec: Codec,
    range: &str,
    (width, height): (u32, u32),
    (average, peak, crf): (u32, u32, u32),
) {
    let codec = match codec {
        Codec::H264 => "h264",
        Codec::Hevc => "hevc",
        Codec::Av1 => "av1",
    };
    let size = format!("{width}x{height}");
    writeln!(
        text,
        "{id:<13} {codec:<5} {range:<5} {size:<10} {average:>9} {peak:>7} {crf:>4}"
    )
    .expect("a String takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_ladder_is_a_good_one_and_prints_a_line_per_rung() {
        let ladder = Ladder::parse(include_str!("../ladders/house.toml")).unwrap();
        let table = of_file(&ladder);
        assert_eq!(table.lines().count(), 1 + ladder.rungs.len());
        assert!(
            table.contains("hevc  HDR   3840x2160      13000   19500   20\n"),
            "{table}"
        );
    }
}
