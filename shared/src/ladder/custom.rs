//! A ladder of the operator's own, and everything that may be wrong with one.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Codec;

/// Speeds that a ladder may ask for, as x264 names them.
pub(super) const SPEEDS: [&str; 3] = ["veryfast", "medium", "slow"];

/// Renditions of one title: beyond it a multivariant playlist is slow to read and a chunk slow to encode.
const MOST_RUNGS: usize = 60;

/// Average rates that make a rung.
const KBPS: std::ops::RangeInclusive<u32> = 50..=80_000;

/// Sides of a box.
const SIDES: std::ops::RangeInclusive<u32> = 64..=8192;

/// Between neighbours of a family (HLS.md 1.13): less is no choice, more is a jump that shows.
const STEPS: std::ops::RangeInclusive<f64> = 1.3..=2.2;

/// Macroblocks of a picture at H.264 level 5.2 (table A-1).
const AVC_BLOCKS: u32 = 36_864;

/// Luma samples of a picture at HEVC level 5.1 (table A.8), AV1's 5.1 likewise.
const LUMA_SAMPLES: u32 = 8_912_896;

/// A ladder of the operator's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ladder {
    /// What operators call it.
    pub name: String,
    /// Encoders' speed, instead of the preset's: `veryfast`, `medium` or `slow`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<String>,
    /// Whether sample encodes fit the rates to the title; by default as the preset does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_title: Option<bool>,
    /// Its rungs; those of a family (codec and range) from low to high.
    pub rungs: Vec<LadderRung>,
}

/// One rung of a ladder, before it meets a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LadderRung {
    /// Coding format.
    pub codec: Codec,
    /// In the dynamic range of an HDR source; only HDR sources get it.
    pub hdr: bool,
    /// Width of the box that the picture fits into.
    pub width: u32,
    /// Height of the box.
    pub height: u32,
    /// Average rate.
    pub kbps: u32,
    /// Constant rate factor: up to 51, in AV1 up to 63.
    pub crf: u32,
    /// Peak rate (VBV); one and a half times the average when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_kbps: Option<u32>,
}

/// Something that is wrong with a ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The line of the file, from 1; `None` when the ladder didn't come from a file.
    pub line: Option<usize>,
    /// Which field: `rung 3, kbps`.
    pub field: String,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}, ")?;
        }
        write!(f, "{}: {} {}", self.field, self.problem, self.remedy)
    }
}

/// What a rung's field is called in faults. Rungs count from 1.
pub(super) fn field_of(place: usize, name: &str) -> String {
    format!("rung {}, {name}", place + 1)
}

fn fault(field: String, problem: String, remedy: impl Into<String>) -> Fault {
    Fault {
        line: None,
        field,
        problem,
        remedy: remedy.into(),
    }
}

impl Ladder {
    /// Everything that stands against the ladder, all at once.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if let Some(speed) = &self.speed
            && !SPEEDS.contains(&speed.as_str())
        {
            faults.push(fault(
                "speed".to_owned(),
                format!("There is no speed `{speed}`."),
                format!("Use {}.", SPEEDS.join(", ")),
            ));
        }
        for (place, rung) in self.rungs.iter().enumerate() {
            faults.extend(rung.faults(place));
        }
        faults.extend(self.faults_between());
        faults.extend(self.faults_of_the_whole());
        faults
    }

    /// Neighbours of a family.
    fn faults_between(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (place, rung) in self.rungs.iter().enumerate() {
            let below = self.rungs[..place]
                .iter()
                .rev()
                .find(|below| below.family() == rung.family());
            let Some(below) = below else { continue };
            let step = f64::from(rung.kbps) / f64::from(below.kbps.max(1));
            let (low, high) = (STEPS.start(), STEPS.end());
            if !STEPS.contains(&step) {
                let (least, most) = (
                    (f64::from(below.kbps) * low).ceil(),
                    (f64::from(below.kbps) * high).floor(),
                );
                faults.push(fault(
                    field_of(place, "kbps"),
                    format!(
                        "{} is {step:.2} times the {} of the {} rung before it.",
                        rung.kbps,
                        below.kbps,
                        rung.family_name()
                    ),
                    format!(
                        "Rungs of a family stand from low to high, {low} to {high} apart: use {least:.0} to {most:.0}."
                    ),
                ));
            }
            if (rung.width, rung.height) < (below.width, below.height) {
                faults.push(fault(
                    field_of(place, "box"),
                    format!(
                        "A higher rate has a smaller box than the {}x{} before it.",
                        below.width, below.height
                    ),
                    "Use a box of the same size or a larger one.",
                ));
            }
        }
        faults
    }

    fn faults_of_the_whole(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let whole = || "rung".to_owned();
        if self.rungs.len() > MOST_RUNGS {
            faults.push(fault(
                whole(),
                format!("There are {} rungs.", self.rungs.len()),
                format!("Use {MOST_RUNGS} at most."),
            ));
        }
        let is_base = |rung: &&LadderRung| rung.codec == Codec::H264 && !rung.hdr;
        if !self.rungs.iter().any(|rung| is_base(&rung)) {
            faults.push(fault(
                whole(),
                "No rung is H.264 in SDR, which every device plays (AS 1.12, 1.24).".to_owned(),
                "Add two rungs with codec = \"h264\" at least.",
            ));
        }
        for (place, rung) in self.rungs.iter().enumerate() {
            let of_family = |other: &&LadderRung| other.family() == rung.family();
            if self.rungs.iter().filter(of_family).count() == 1 {
                faults.push(fault(
                    field_of(place, "codec"),
                    format!("It is the only {} rung.", rung.family_name()),
                    "Players adapt within a family (AS 1.23): add another of it, or leave this one out.",
                ));
            }
        }
        faults
    }
}

impl LadderRung {
    pub(super) const fn family(&self) -> (Codec, bool) {
        (self.codec, self.hdr)
    }

    fn family_name(&self) -> &'static str {
        match self.family() {
            (Codec::H264, _) => "H.264",
            (Codec::Hevc, false) => "HEVC SDR",
            (Codec::Hevc, true) => "HEVC HDR",
            (Codec::Av1, false) => "AV1 SDR",
            (Codec::Av1, true) => "AV1 HDR",
        }
    }

    pub(super) fn faults(&self, place: usize) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut add = |name: &str, problem: String, remedy: String| {
            faults.push(fault(field_of(place, name), problem, remedy));
        };
        if self.codec == Codec::H264 && self.hdr {
            let remedy = "Use codec = \"hevc\" or \"av1\", or range = \"sdr\".";
            add(
                "range",
                "H.264 here is 8 bit, which HDR is not.".to_owned(),
                remedy.to_owned(),
            );
        }
        let (width, height) = (self.width, self.height);
        let sides_fit = SIDES.contains(&width) && SIDES.contains(&height);
        if !sides_fit || width % 2 + height % 2 > 0 {
            add(
                "box",
                format!("{width}x{height} is no box."),
                "Use even sides between 64 and 8192, as in \"1920x1080\".".to_owned(),
            );
        } else if !self.fits_its_level() {
            add(
                "box",
                format!("{width}x{height} is beyond the level that players have to support."),
                "Use 4096x2304 at most (AS 1.3, 1.6, 1.37).".to_owned(),
            );
        }
        if !KBPS.contains(&self.kbps) {
            let (least, most) = (KBPS.start(), KBPS.end());
            add(
                "kbps",
                format!("{} kbit/s makes no rung.", self.kbps),
                format!("Use {least} to {most}."),
            );
        }
        let most = if self.codec == Codec::Av1 { 63 } else { 51 };
        if !(1..=most).contains(&self.crf) {
            add(
                "crf",
                format!("There is no rate factor {}.", self.crf),
                format!("Use 1 to {most}; less is better."),
            );
        }
        if let Some(max) = self.max_kbps
            && !(self.kbps..=self.kbps.saturating_mul(2)).contains(&max)
        {
            add(
                "max_kbps",
                format!("A peak of {max} does not suit an average of {}.", self.kbps),
                format!(
                    "Peaks are at most twice the average (AS 1.30): use {} to {}.",
                    self.kbps,
                    self.kbps.saturating_mul(2)
                ),
            );
        }
        faults
    }

    fn fits_its_level(&self) -> bool {
        match self.codec {
            Codec::H264 => self.width.div_ceil(16) * self.height.div_ceil(16) <= AVC_BLOCKS,
            Codec::Hevc | Codec::Av1 => self.width * self.height <= LUMA_SAMPLES,
        }
    }
}
