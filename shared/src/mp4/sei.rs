//! Static HDR10 metadata in an `hvcC` (rule 82): the SEI messages of the mastering display and of the content light level.

use super::CodecConfig;
use crate::ladder::HdrMetadata;

/// NAL unit type of a prefix SEI.
const PREFIX_SEI: u8 = 39;

/// `mastering_display_colour_volume` (H.265 D.2.28).
const MASTERING_DISPLAY: usize = 137;

/// `content_light_level_info` (H.265 D.2.35).
const CONTENT_LIGHT: usize = 144;

impl CodecConfig {
    /// The metadata of an HEVC configuration, in the units of the bitstream; `None` without a mastering display.
    pub fn hdr_metadata(&self) -> Option<HdrMetadata> {
        let is_sei = |unit: &&&[u8]| unit.first().map(|byte| byte >> 1 & 0x3f) == Some(PREFIX_SEI);
        let units = self.hevc_units();
        let messages: Vec<(usize, Vec<u8>)> = units
            .iter()
            .filter(is_sei)
            .flat_map(|unit| messages(unit))
            .collect();
        let payload = |wanted| {
            let found = messages.iter().find(|(kind, _)| *kind == wanted);
            found.map(|(_, payload)| payload.as_slice())
        };
        let display = payload(MASTERING_DISPLAY)?;
        let point =
            |place: usize| Some((u16_at(display, 4 * place)?, u16_at(display, 4 * place + 2)?));
        let light = payload(CONTENT_LIGHT).unwrap_or_default();
        Some(HdrMetadata {
            primaries: [point(0)?, point(1)?, point(2)?, point(3)?],
            luminance: (u32_at(display, 16)?, u32_at(display, 20)?),
            content_light: (u16_at(light, 0).unwrap_or(0), u16_at(light, 2).unwrap_or(0)),
        })
    }
}

/// Types and payloads of a SEI unit's messages (H.265 7.3.5).
fn messages(unit: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let bytes = without_emulation(unit.get(2..).unwrap_or_default());
    let mut messages = Vec::new();
    let mut rest = bytes.as_slice();
    // The last byte is the stop bit.
    while rest.len() > 2 {
        let Some((kind, after)) = extended(rest) else {
            break;
        };
        let Some((length, after)) = extended(after) else {
            break;
        };
        let Some((payload, after)) = after.split_at_checked(length) else {
            break;
        };
        messages.push((kind, payload.to_vec()));
        rest = after;
    }
    messages
}

/// A number as bytes of 255 and a last one.
fn extended(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let full = bytes.iter().take_while(|byte| **byte == 0xff).count();
    let last = bytes.get(full)?;
    Some((255 * full + usize::from(*last), bytes.get(full + 1..)?))
}

/// Without the bytes that keep start codes out (H.265 7.3.1.1).
fn without_emulation(bytes: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(bytes.len());
    let mut zeros = 0;
    for byte in bytes {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        clean.push(*byte);
    }
    clean
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u32> {
    let pair = bytes.get(at..at + 2)?.first_chunk()?;
    Some(u32::from(u16::from_be_bytes(*pair)))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at + 4)?.first_chunk()?;
    Some(u32::from_be_bytes(*four))
}
