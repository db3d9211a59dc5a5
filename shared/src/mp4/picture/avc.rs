//! `seq_parameter_set_rbsp` of H.264 (7.3.2.1.1).

use super::{PictureFormat, usability};
use crate::mp4::bits::Bits;

/// Profiles whose parameter set says the chroma format.
const HIGH: [u32; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

pub(super) fn read(unit: &[u8]) -> Option<PictureFormat> {
    let mut bits = Bits::new(unit.get(1..)?);
    let profile = bits.take(8);
    bits.skip(16); // constraints, level
    bits.golomb()?;
    let (mut chroma, mut bit_depth) = (1, 8);
    if HIGH.contains(&profile) {
        chroma = bits.golomb()?;
        if chroma == 3 {
            bits.skip(1);
        }
        bit_depth = 8 + bits.golomb()?;
        bits.golomb()?;
        bits.skip(1);
        if bits.flag() {
            scaling_lists(&mut bits, if chroma == 3 { 12 } else { 8 })?;
        }
    }
    bits.golomb()?; // log2_max_frame_num
    picture_order(&mut bits)?;
    bits.golomb()?; // max_num_ref_frames
    bits.skip(1);
    let across = bits.golomb()?.checked_add(1)?;
    let map_units = bits.golomb()?.checked_add(1)?;
    let frames_only = bits.flag();
    if !frames_only {
        bits.skip(1);
    }
    bits.skip(1); // direct_8x8_inference
    let fields = if frames_only { 1 } else { 2 };
    let (mut width, mut height) = (across.checked_mul(16)?, map_units.checked_mul(16 * fields)?);
    if bits.flag() {
        let (unit_x, unit_y) = match chroma {
            1 => (2, 2 * fields),
            2 => (2, fields),
            _ => (1, fields),
        };
        let mut edge = |unit: u32| bits.golomb()?.checked_mul(unit);
        let (left, right) = (edge(unit_x)?, edge(unit_x)?);
        let (top, bottom) = (edge(unit_y)?, edge(unit_y)?);
        width = width.checked_sub(left.checked_add(right)?)?;
        height = height.checked_sub(top.checked_add(bottom)?)?;
    }
    let (sample_aspect, colour) = if bits.flag() {
        usability(&mut bits)
    } else {
        (None, None)
    };
    (!bits.is_spent()).then_some(PictureFormat {
        width,
        height,
        sample_aspect,
        colour,
        bit_depth,
        is_progressive: frames_only,
    })
}

fn scaling_lists(bits: &mut Bits<'_>, count: usize) -> Option<()> {
    for list in 0..count {
        if !bits.flag() {
            continue;
        }
        let (mut last, mut next) = (8, 8);
        for _ in 0..if list < 6 { 16 } else { 64 } {
            if next != 0 {
                next = (last + bits.signed_golomb()?).rem_euclid(256);
            }
            last = if next == 0 { last } else { next };
        }
    }
    Some(())
}

fn picture_order(bits: &mut Bits<'_>) -> Option<()> {
    match bits.golomb()? {
        0 => {
            bits.golomb()?;
        }
        1 => {
            bits.skip(1);
            bits.golomb()?;
            bits.golomb()?;
            for _ in 0..bits.golomb()?.min(255) {
                bits.golomb()?;
            }
        }
        _ => {}
    }
    Some(())
}
