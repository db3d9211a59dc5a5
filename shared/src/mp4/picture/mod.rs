//! What the sequence header itself says about pictures: the container may say something else, and then one of them lies.

mod av1;
mod avc;
mod hevc;

use super::{CodecConfig, Colour, bits::Bits};

/// A coded picture's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureFormat {
    /// Cropped width in samples.
    pub width: u32,
    /// Cropped height.
    pub height: u32,
    /// The sample aspect ratio; `None` when it is not said.
    pub sample_aspect: Option<(u32, u32)>,
    /// Colour code points; `None` when they are not said.
    pub colour: Option<Colour>,
    /// Bits of a luma sample.
    pub bit_depth: u32,
    /// Frames, never fields.
    pub is_progressive: bool,
}

impl CodecConfig {
    /// The form of the pictures, from the first sequence header of the record. `None` when there is none that can be read.
    pub fn picture_format(&self) -> Option<PictureFormat> {
        match self {
            Self::Avc(record) => {
                let [high, low] = record.get(6..8)?.first_chunk()?;
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                avc::read(&without_emulation(record.get(8..8 + length)?))
            }
            Self::Hevc(_) => {
                let is_sps =
                    |unit: &&&[u8]| unit.first().is_some_and(|byte| byte >> 1 & 0x3f == 33);
                let units = self.hevc_units();
                hevc::read(&without_emulation(units.iter().find(is_sps)?))
            }
            Self::Av1(record) => av1::read(record.get(4..)?),
            _ => None,
        }
    }

    /// The payload types of the SEI messages that an `hvcC` carries (H.265 7.3.5): 137 mastering display, 144 content light,
    /// 5 an encoder's own words.
    pub fn hevc_sei_types(&self) -> Vec<u32> {
        let mut types = Vec::new();
        for unit in self.hevc_units() {
            if !unit
                .first()
                .is_some_and(|byte| matches!(byte >> 1 & 0x3f, 39 | 40))
            {
                continue;
            }
            let bytes = without_emulation(unit.get(2..).unwrap_or_default());
            let mut rest = bytes.as_slice();
            while rest.len() > 2 {
                let kind = sei_number(&mut rest);
                let length = sei_number(&mut rest) as usize;
                types.push(kind);
                rest = rest.get(length..).unwrap_or_default();
            }
        }
        types
    }
}

/// A number coded as bytes of 255 and a last one.
fn sei_number(bytes: &mut &[u8]) -> u32 {
    let mut sum = 0;
    while let Some((first, rest)) = bytes.split_first() {
        *bytes = rest;
        sum += u32::from(*first);
        if *first != 255 {
            break;
        }
    }
    sum
}

/// A NAL unit without its emulation prevention bytes.
fn without_emulation(unit: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(unit.len());
    let mut zeros = 0;
    for byte in unit {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        plain.push(*byte);
    }
    plain
}

/// Sample aspect ratios by `aspect_ratio_idc` (H.273 8.6); 0 is not said, 255 spells it out.
const ASPECTS: [(u32, u32); 17] = [
    (0, 0),
    (1, 1),
    (12, 11),
    (10, 11),
    (16, 11),
    (40, 33),
    (24, 11),
    (20, 11),
    (32, 11),
    (80, 33),
    (18, 11),
    (15, 11),
    (64, 33),
    (160, 99),
    (4, 3),
    (3, 2),
    (2, 1),
];

/// The beginning of the video usability information, which H.264 (E.1.1) and H.265 (E.2.1) share: aspect and colour.
fn usability(bits: &mut Bits<'_>) -> (Option<(u32, u32)>, Option<Colour>) {
    let mut aspect = None;
    if bits.flag() {
        aspect = match bits.take(8) {
            255 => Some((bits.take(16), bits.take(16))),
            code => ASPECTS.get(code as usize).copied(),
        };
    }
    if bits.flag() {
        bits.skip(1); // overscan
    }
    let mut colour = None;
    if bits.flag() {
        bits.skip(3); // video format
        let full_range = bits.flag();
        if bits.flag() {
            colour = Some(code_points(bits, full_range));
        }
    }
    (
        aspect.filter(|(across, down)| *across > 0 && *down > 0),
        colour,
    )
}

fn code_points(bits: &mut Bits<'_>, full_range: bool) -> Colour {
    let mut point = || bits.take(8) as u16;
    Colour {
        primaries: point(),
        transfer: point(),
        matrix: point(),
        full_range,
    }
}

#[cfg(test)]
mod tests;
