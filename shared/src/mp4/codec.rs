//! RFC 6381 codec strings, computed from the configuration records (HLS.md 1.6).

use std::fmt::Write as _;

use super::{Mp4Error, bits::Bits, cursor::Cursor};

/// A decoder's configuration record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodecConfig {
    /// None that we know.
    None,
    /// `AVCDecoderConfigurationRecord`.
    Avc(Vec<u8>),
    /// `HEVCDecoderConfigurationRecord`.
    Hevc(Vec<u8>),
    /// `AV1CodecConfigurationRecord`.
    Av1(Vec<u8>),
    /// MPEG-4 audio: object type indication and `AudioSpecificConfig`.
    Aac {
        /// `objectTypeIndication`; 0x40 is MPEG-4 audio.
        object_type: u8,
        /// `AudioSpecificConfig`.
        config: Vec<u8>,
    },
    /// `EC3SpecificBox`.
    Eac3(Vec<u8>),
}

impl CodecConfig {
    /// The bytes that two chunks of one rendition must share.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::None => &[],
            Self::Avc(bytes) | Self::Hevc(bytes) | Self::Av1(bytes) | Self::Eac3(bytes) => bytes,
            Self::Aac { config, .. } => config,
        }
    }

    /// Bytes of the length field before each NAL unit.
    pub fn nal_length_size(&self) -> Option<usize> {
        let byte = match self {
            Self::Avc(bytes) => bytes.get(4),
            Self::Hevc(bytes) => bytes.get(21),
            Self::None | Self::Av1(_) | Self::Aac { .. } | Self::Eac3(_) => None,
        };
        byte.map(|byte| usize::from(byte & 3) + 1)
    }

    /// The level: ten times H.264's number, thirty times HEVC's.
    pub fn level(&self) -> Option<u8> {
        match self {
            Self::Avc(bytes) => bytes.get(3).copied(),
            Self::Hevc(bytes) => bytes.get(12).copied(),
            Self::None | Self::Av1(_) | Self::Aac { .. } | Self::Eac3(_) => None,
        }
    }

    /// The NAL units that an `hvcC` carries, in order: parameter sets and SEI, each with its header.
    pub fn hevc_units(&self) -> Vec<&[u8]> {
        let Self::Hevc(bytes) = self else {
            return Vec::new();
        };
        let mut units = Vec::new();
        let mut at = 23;
        let pair = |at: usize| {
            let found = bytes.get(at..at + 2).and_then(|s| s.first_chunk())?;
            Some(usize::from(u16::from_be_bytes(*found)))
        };
        for _ in 0..bytes.get(22).copied().unwrap_or(0) {
            let Some(count) = pair(at + 1) else { break };
            at += 3;
            for _ in 0..count {
                let Some(unit) = pair(at).and_then(|length| bytes.get(at + 2..at + 2 + length))
                else {
                    return units;
                };
                units.push(unit);
                at += 2 + unit.len();
            }
        }
        units
    }

    /// Channels of an AAC configuration.
    pub fn aac_channels(&self) -> Option<u32> {
        let Self::Aac { config, .. } = self else {
            return None;
        };
        let mut bits = Bits::new(config);
        audio_object_type(&mut bits);
        if bits.take(4) == 15 {
            bits.take(24);
        }
        match bits.take(4) {
            channels @ 1..=6 => Some(channels),
            7 => Some(8),
            _ => None,
        }
    }
}

pub(super) fn codec_string(format: [u8; 4], config: &CodecConfig) -> Option<String> {
    let name = std::str::from_utf8(&format).ok()?;
    match config {
        CodecConfig::Avc(record) => {
            let [_, profile, constraints, level] = record.first_chunk()?;
            Some(format!("{name}.{profile:02x}{constraints:02x}{level:02x}"))
        }
        CodecConfig::Hevc(record) => hevc(name, record),
        CodecConfig::Av1(record) => av1(name, record),
        CodecConfig::Aac {
            object_type: 0x40,
            config,
        } => Some(format!(
            "{name}.40.{}",
            audio_object_type(&mut Bits::new(config))
        )),
        CodecConfig::Aac { object_type, .. } => Some(format!("{name}.{object_type:x}")),
        CodecConfig::Eac3(_) => Some("ec-3".to_owned()),
        CodecConfig::None => None,
    }
}

fn hevc(name: &str, record: &[u8]) -> Option<String> {
    let [_, general, c0, c1, c2, c3, constraints @ .., level] = record.first_chunk::<13>()?;
    let space = match general >> 6 {
        1 => "A",
        2 => "B",
        3 => "C",
        _ => "",
    };
    let tier = if general & 0x20 == 0 { 'L' } else { 'H' };
    // The record stores the flags most significant first; the string wants them reversed.
    let compatibility = u32::from_be_bytes([*c0, *c1, *c2, *c3]).reverse_bits();
    let profile = general & 0x1f;
    let mut text = format!("{name}.{space}{profile}.{compatibility:X}.{tier}{level}");
    let used = constraints.iter().rposition(|byte| *byte != 0);
    for byte in constraints.iter().take(used.map_or(0, |last| last + 1)) {
        write!(text, ".{byte:02X}").expect("a String takes everything");
    }
    Some(text)
}

fn av1(name: &str, record: &[u8]) -> Option<String> {
    let [_, profile_level, flags] = record.first_chunk::<3>()?;
    let tier = if flags & 0x80 == 0 { 'M' } else { 'H' };
    let depth = match (flags >> 6 & 1, flags >> 5 & 1) {
        (0, _) => 8,
        (_, 0) => 10,
        _ => 12,
    };
    let (profile, level) = (profile_level >> 5, profile_level & 0x1f);
    Some(format!("{name}.{profile}.{level:02}{tier}.{depth:02}"))
}

fn audio_object_type(bits: &mut Bits<'_>) -> u32 {
    match bits.take(5) {
        31 => 32 + bits.take(6),
        short => short,
    }
}

/// `esds`: the decoder configuration among nested descriptors (ISO 14496-1, 7.2.6).
pub(super) fn esds(cursor: &mut Cursor<'_>) -> Result<CodecConfig, Mp4Error> {
    cursor.skip(4)?;
    let mut object_type = 0;
    while cursor.left() >= 2 {
        let tag = cursor.byte()?;
        let length = descriptor_length(cursor)?;
        match tag {
            3 => {
                cursor.skip(2)?;
                let flags = cursor.byte()?;
                cursor.skip(if flags & 0x80 == 0 { 0 } else { 2 })?;
                if flags & 0x40 != 0 {
                    let url = usize::from(cursor.byte()?);
                    cursor.skip(url)?;
                }
                cursor.skip(if flags & 0x20 == 0 { 0 } else { 2 })?;
            }
            4 => {
                object_type = cursor.byte()?;
                cursor.skip(12)?;
            }
            5 => {
                let config = cursor.take(length)?.to_vec();
                return Ok(CodecConfig::Aac {
                    object_type,
                    config,
                });
            }
            _ => cursor.skip(length)?,
        }
    }
    Ok(CodecConfig::Aac {
        object_type,
        config: Vec::new(),
    })
}

fn descriptor_length(cursor: &mut Cursor<'_>) -> Result<usize, Mp4Error> {
    let mut length = 0;
    for _ in 0..4 {
        let byte = cursor.byte()?;
        length = length << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Ok(length)
}
