//! Rules 77 to 79: profiles and levels, against size, rate and bit rate.

use super::{
    PlaylistCheck,
    codecs::{family, some, tracks},
    must,
    presentation::Parsed,
    should,
};
use crate::asset::VideoTrack;

pub(super) const CHECKS: &[PlaylistCheck] = &[
    must("77", |p| {
        tracks(
            p,
            |track| avc(track).is_none_or(|(_, level)| level <= 52),
            "is above 5.2",
        )
    }),
    should("77", |p| {
        some(p, "avc1", |track| {
            avc(track).is_some_and(|(profile, level)| profile == 100 && level <= 41)
        })
    }),
    must("78", |p| {
        tracks(p, within_limits, "is above its codec's limit")
    }),
    should("78", |p| {
        some(p, "hvc1", |track| {
            hevc(track).is_some_and(|(_, high, level)| !high && level <= 120)
        })
    }),
    should("79", lowest_level),
];

/// Profile and ten times the level of an `avc1.PPCCLL` string.
fn avc(track: &VideoTrack) -> Option<(u8, u16)> {
    let digits = track
        .codec
        .strip_prefix("avc1.")
        .filter(|digits| digits.len() == 6)?;
    Some((
        u8::from_str_radix(digits.get(..2)?, 16).ok()?,
        u16::from_str_radix(digits.get(4..)?, 16).ok()?,
    ))
}

/// Profile, High tier and thirty times the level of an `hvc1.P.C.TL…` string.
pub(super) fn hevc(track: &VideoTrack) -> Option<(u8, bool, u16)> {
    let mut parts = track.codec.strip_prefix("hvc1.")?.split('.');
    let profile = parts
        .next()?
        .trim_start_matches(|c: char| c.is_ascii_uppercase())
        .parse()
        .ok()?;
    let tier_and_level = parts.nth(1)?;
    let high = tier_and_level.starts_with('H');
    Some((profile, high, tier_and_level.get(1..)?.parse().ok()?))
}

/// `seq_level_idx` and bit depth of an `av01.P.LLT.DD` string.
pub(super) fn av1(track: &VideoTrack) -> Option<(u16, u8)> {
    let mut parts = track.codec.strip_prefix("av01.")?.split('.');
    let level = parts.nth(1)?;
    Some((level.get(..2)?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Profile and level of a `dvh1.PP.LL` string.
fn dolby_vision(track: &VideoTrack) -> Option<(u8, u8)> {
    let (profile, level) = track.codec.strip_prefix("dvh1.")?.split_once('.')?;
    Some((profile.parse().ok()?, level.parse().ok()?))
}

fn within_limits(track: &VideoTrack) -> bool {
    match family(track) {
        "hvc1" => hevc(track).is_some_and(|(profile, _, level)| profile <= 2 && level <= 153),
        "dvh1" => dolby_vision(track).is_some_and(|(profile, level)| profile == 5 && level <= 7),
        // Levels count from 2.0 in quarters: 6.2 is 18.
        "av01" => av1(track).is_some_and(|(level, _)| level <= 18),
        _ => true,
    }
}

/// What a level allows: its number as the codec string has it, the largest picture, units per second, and kbit/s.
type Level = (u16, u64, u64, u64);

/// H.264 table A-1, in macroblocks; bit rates of the High profile.
const AVC: [Level; 20] = [
    (10, 99, 1485, 80),
    (11, 396, 3000, 240),
    (12, 396, 6000, 480),
    (13, 396, 11_880, 960),
    (20, 396, 11_880, 2500),
    (21, 792, 19_800, 5000),
    (22, 1620, 20_250, 5000),
    (30, 1620, 40_500, 12_500),
    (31, 3600, 108_000, 17_500),
    (32, 5120, 216_000, 25_000),
    (40, 8192, 245_760, 25_000),
    (41, 8192, 245_760, 62_500),
    (42, 8704, 522_240, 62_500),
    (50, 22_080, 589_824, 168_750),
    (51, 36_864, 983_040, 300_000),
    (52, 36_864, 2_073_600, 300_000),
    (60, 139_264, 4_177_920, 300_000),
    (61, 139_264, 8_355_840, 600_000),
    (62, 139_264, 16_711_680, 1_000_000),
    (255, u64::MAX, u64::MAX, u64::MAX),
];

/// H.265 tables A.8 and A.9, in luma samples; bit rates of the Main tier.
const HEVC: [Level; 12] = [
    (30, 36_864, 552_960, 128),
    (60, 122_880, 3_686_400, 1500),
    (63, 245_760, 7_372_800, 3000),
    (90, 552_960, 16_588_800, 6000),
    (93, 983_040, 33_177_600, 10_000),
    (120, 2_228_224, 66_846_720, 12_000),
    (123, 2_228_224, 133_693_440, 20_000),
    (150, 8_912_896, 267_386_880, 25_000),
    (153, 8_912_896, 534_773_760, 40_000),
    (156, 8_912_896, 1_069_547_520, 60_000),
    (180, 35_651_584, 1_069_547_520, 60_000),
    (255, u64::MAX, u64::MAX, u64::MAX),
];

/// AV1 A.3, in luma samples; bit rates of the Main tier.
const AV1: [Level; 13] = [
    (0, 147_456, 4_423_680, 1500),
    (1, 278_784, 8_363_520, 3000),
    (4, 665_856, 19_975_680, 6000),
    (5, 1_065_024, 31_950_720, 10_000),
    (8, 2_359_296, 70_778_880, 12_000),
    (9, 2_359_296, 141_557_760, 20_000),
    (12, 8_912_896, 267_386_880, 30_000),
    (13, 8_912_896, 534_773_760, 40_000),
    (14, 8_912_896, 1_069_547_520, 60_000),
    (16, 35_651_584, 1_069_547_520, 60_000),
    (17, 35_651_584, 2_139_095_040, 100_000),
    (18, 35_651_584, 4_278_190_080, 160_000),
    (31, u64::MAX, u64::MAX, u64::MAX),
];

/// The levels of a track's codec, level 3.0 among them (every decoder has that much), the track's own level, and its picture
/// in that codec's units.
fn levels(track: &VideoTrack) -> Option<(&'static [Level], u16, u16, u64)> {
    let luma = u64::from(track.width) * u64::from(track.height);
    match family(track) {
        "avc1" => {
            let blocks = |length: u32| u64::from(length.div_ceil(16));
            Some((
                &AVC,
                30,
                avc(track)?.1,
                blocks(track.width) * blocks(track.height),
            ))
        }
        "hvc1" => Some((&HEVC, 90, hevc(track)?.2, luma)),
        "av01" => Some((&AV1, 4, av1(track)?.0, luma)),
        _ => None,
    }
}

/// An encoder also weighs the rate that it was allowed, its buffer and its reference frames. So a level may be anything from
/// what size and rate need at the average bit rate, up to what they need at three times that and one step more.
fn lowest_level(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for track in parsed.listed_video() {
        let Some((levels, common, level, picture)) = levels(track) else {
            continue;
        };
        let rate = (picture as f64 * track.frame_rate.fps()).ceil() as u64;
        let lowest = |kbps: u64| {
            let fits = |(_, size, second, bits): &Level| {
                picture <= *size && rate <= *second && kbps <= *bits
            };
            levels.iter().position(fits).unwrap_or(levels.len() - 1)
        };
        let average = track.average_bps / 1000;
        let highest = (lowest(3 * average) + 1).min(levels.len() - 1);
        if level < levels[lowest(average)].0 || level > levels[highest].0.max(common) {
            findings.push(format!(
                "{} ({}): level {level} is not the lowest that fits",
                track.id, track.codec
            ));
        }
    }
    findings
}
