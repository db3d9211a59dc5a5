//! `seq_parameter_set_rbsp` of H.265 (7.3.2.2), as far as the usability information.

use super::{PictureFormat, usability};
use crate::mp4::bits::Bits;

/// Bits of a profile without its level.
const PROFILE: usize = 88;

pub(super) fn read(unit: &[u8]) -> Option<PictureFormat> {
    let mut bits = Bits::new(unit.get(2..)?);
    bits.skip(4);
    let sub_layers = bits.take(3) as usize;
    bits.skip(1);
    let profile_is_interlaced = profile_tier_level(&mut bits, sub_layers);
    bits.golomb()?; // id
    let chroma = bits.golomb()?;
    if chroma == 3 {
        bits.skip(1);
    }
    let (mut width, mut height) = (bits.golomb()?, bits.golomb()?);
    if bits.flag() {
        let (unit_x, unit_y) = match chroma {
            1 => (2, 2),
            2 => (2, 1),
            _ => (1, 1),
        };
        let mut edge = |unit: u32| bits.golomb()?.checked_mul(unit);
        let (left, right) = (edge(unit_x)?, edge(unit_x)?);
        let (top, bottom) = (edge(unit_y)?, edge(unit_y)?);
        width = width.checked_sub(left.checked_add(right)?)?;
        height = height.checked_sub(top.checked_add(bottom)?)?;
    }
    let bit_depth = 8 + bits.golomb()?.min(8);
    bits.golomb()?;
    let order_bits = 4 + bits.golomb()?.min(12) as usize;
    coding_tools(&mut bits, sub_layers)?;
    reference_pictures(&mut bits, order_bits)?;
    bits.skip(2); // temporal motion vectors, strong intra smoothing
    let (mut sample_aspect, mut colour, mut has_fields) = (None, None, false);
    if bits.flag() {
        (sample_aspect, colour) = usability(&mut bits);
        if bits.flag() {
            bits.golomb()?;
            bits.golomb()?;
        }
        bits.skip(1);
        has_fields = bits.flag();
    }
    (!bits.is_spent()).then_some(PictureFormat {
        width,
        height,
        sample_aspect,
        colour,
        bit_depth,
        is_progressive: !has_fields && !profile_is_interlaced,
    })
}

/// Whether the general profile says that the source was interlaced and not progressive.
fn profile_tier_level(bits: &mut Bits<'_>, sub_layers: usize) -> bool {
    bits.skip(40); // space, tier, profile, compatibility
    let (progressive, interlaced) = (bits.flag(), bits.flag());
    bits.skip(PROFILE - 42 + 8);
    let present: Vec<(bool, bool)> = (0..sub_layers)
        .map(|_| (bits.flag(), bits.flag()))
        .collect();
    if sub_layers > 0 {
        bits.skip(2 * (8 - sub_layers));
    }
    for (profile, level) in present {
        bits.skip(if profile { PROFILE } else { 0 } + if level { 8 } else { 0 });
    }
    interlaced && !progressive
}

fn coding_tools(bits: &mut Bits<'_>, sub_layers: usize) -> Option<()> {
    let layers = if bits.flag() { sub_layers + 1 } else { 1 };
    for _ in 0..3 * layers + 6 {
        bits.golomb()?; // buffering of each layer; block sizes and depths
    }
    if bits.flag() && bits.flag() {
        scaling_lists(bits)?;
    }
    bits.skip(2); // asymmetric partitions, adaptive offset
    if bits.flag() {
        bits.skip(8); // PCM bit depths
        bits.golomb()?;
        bits.golomb()?;
        bits.skip(1);
    }
    Some(())
}

fn scaling_lists(bits: &mut Bits<'_>) -> Option<()> {
    for size in 0..4 {
        for _ in (0..6).step_by(if size == 3 { 3 } else { 1 }) {
            if !bits.flag() {
                bits.golomb()?;
                continue;
            }
            if size > 1 {
                bits.golomb()?;
            }
            for _ in 0..64.min(1 << (4 + 2 * size)) {
                bits.golomb()?;
            }
        }
    }
    Some(())
}

fn reference_pictures(bits: &mut Bits<'_>, order_bits: usize) -> Option<()> {
    let sets = bits.golomb()?.min(64);
    let mut pictures = 0;
    for set in 0..sets {
        if set > 0 && bits.flag() {
            bits.skip(1);
            bits.golomb()?;
            let predicted = (0..=pictures).filter(|_| {
                let used = bits.flag();
                used || bits.flag()
            });
            pictures = predicted.count();
            continue;
        }
        let count = bits.golomb()?.min(16) + bits.golomb()?.min(16);
        for _ in 0..count {
            bits.golomb()?;
            bits.skip(1);
        }
        pictures = count as usize;
    }
    if bits.flag() {
        let long_term = bits.golomb()?.min(32) as usize;
        bits.skip(long_term * (order_bits + 1));
    }
    Some(())
}
