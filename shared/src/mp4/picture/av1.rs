//! `sequence_header_obu` of AV1 (5.5), from the configuration record's OBUs.

use super::{PictureFormat, code_points};
use crate::mp4::{Colour, bits::Bits};

pub(super) fn read(units: &[u8]) -> Option<PictureFormat> {
    let header = *units.first()?;
    if header >> 3 & 0x0f != 1 || header & 0x02 == 0 {
        return None; // the first must be a sequence header with its size
    }
    let mut at = if header & 0x04 == 0 { 1 } else { 2 };
    while units.get(at)? & 0x80 != 0 {
        at += 1; // the size: not needed, as what follows is of fixed form
    }
    let mut bits = Bits::new(units.get(at + 1..)?);
    let profile = bits.take(3);
    bits.skip(1);
    let is_reduced = bits.flag();
    if is_reduced {
        bits.skip(5);
    } else {
        operating_points(&mut bits)?;
    }
    let (width_bits, height_bits) = (bits.take(4) as usize + 1, bits.take(4) as usize + 1);
    let (width, height) = (bits.take(width_bits) + 1, bits.take(height_bits) + 1);
    tools(&mut bits, is_reduced);
    let (bit_depth, colour) = colours(&mut bits, profile);
    (!bits.is_spent()).then_some(PictureFormat {
        width,
        height,
        sample_aspect: None,
        colour,
        bit_depth,
        is_progressive: true,
    })
}

fn operating_points(bits: &mut Bits<'_>) -> Option<()> {
    let mut delay_bits = None;
    if bits.flag() {
        bits.skip(64);
        if bits.flag() {
            bits.golomb()?;
        }
        if bits.flag() {
            delay_bits = Some(bits.take(5) as usize + 1);
            bits.skip(42);
        }
    }
    let has_delay = bits.flag();
    for _ in 0..=bits.take(5) {
        bits.skip(12);
        if bits.take(5) > 7 {
            bits.skip(1);
        }
        if let Some(delay_bits) = delay_bits
            && bits.flag()
        {
            bits.skip(2 * delay_bits + 1);
        }
        if has_delay && bits.flag() {
            bits.skip(4);
        }
    }
    Some(())
}

fn tools(bits: &mut Bits<'_>, is_reduced: bool) {
    if !is_reduced && bits.flag() {
        bits.skip(7); // frame ids
    }
    bits.skip(3);
    if !is_reduced {
        bits.skip(4);
        let has_order = bits.flag();
        bits.skip(if has_order { 2 } else { 0 });
        let screen_content = if bits.flag() { 2 } else { bits.take(1) };
        if screen_content > 0 && !bits.flag() {
            bits.skip(1);
        }
        bits.skip(if has_order { 3 } else { 0 });
    }
    bits.skip(3);
}

fn colours(bits: &mut Bits<'_>, profile: u32) -> (u32, Option<Colour>) {
    let is_high = bits.flag();
    let bit_depth = match (is_high, profile) {
        (false, _) => 8,
        (true, 2) if bits.flag() => 12,
        (true, _) => 10,
    };
    if profile != 1 {
        bits.skip(1); // monochrome
    }
    let described = bits.flag().then(|| code_points(bits, false));
    let colour = described.map(|colour| Colour {
        full_range: bits.flag(),
        ..colour
    });
    (bit_depth, colour)
}
