//! Sample entries: how a track is coded and protected.

use super::{CodecConfig, Handler, Mp4Error, codec, cursor::Cursor};
use crate::cenc::{ConstantIv, KeyId};

/// The description of a track's samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleEntry {
    /// The four characters of the coding, behind the encryption: `avc1`, `hvc1`, `mp4a`.
    pub format: [u8; 4],
    /// The configuration record.
    pub config: CodecConfig,
    /// Coded width without cropping, pixels; 0 in audio.
    pub width: u32,
    /// Height likewise.
    pub height: u32,
    /// `pasp`: the sample aspect ratio.
    pub sample_aspect: Option<(u32, u32)>,
    /// `colr` of type `nclx`.
    pub colour: Option<Colour>,
    /// Audio channels as the entry says; 0 in video.
    pub channels: u16,
    /// `sinf`, when the samples are encrypted.
    pub protection: Option<Protection>,
    /// `dvcC` or `dvvC`: the samples carry Dolby Vision.
    pub dolby_vision: Option<DolbyVision>,
}

/// What a Dolby Vision configuration record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DolbyVision {
    /// Its profile.
    pub profile: u8,
    /// Its level, by the rate of luma samples.
    pub level: u8,
    /// What the base layer is by itself: 1 HDR10, 2 SDR, 4 HLG, 0 nothing.
    pub base: u8,
}

/// Coding-independent code points (H.273).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour {
    /// Colour primaries.
    pub primaries: u16,
    /// Transfer characteristics.
    pub transfer: u16,
    /// Matrix coefficients.
    pub matrix: u16,
    /// Full range instead of limited.
    pub full_range: bool,
}

/// How samples are encrypted: `schm` and `tenc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protection {
    /// `cbcs`, `cenc`.
    pub scheme: [u8; 4],
    /// Encrypted blocks of the pattern.
    pub crypt_blocks: u8,
    /// Clear blocks of the pattern.
    pub skip_blocks: u8,
    /// Bytes of IV in each sample; 0 with a constant IV.
    pub per_sample_iv: u8,
    /// The key's name.
    pub kid: KeyId,
    /// The IV of every sample.
    pub constant_iv: Option<ConstantIv>,
}

impl SampleEntry {
    /// The RFC 6381 codec string. That of AV1 is the long form where colours are not BT.709, which the short one implies
    /// (AV1 in ISOBMFF, 5).
    pub fn codec_string(&self) -> Option<String> {
        let short = codec::codec_string(self.format, &self.config)?;
        let (CodecConfig::Av1(record), Some(colour)) = (&self.config, self.colour) else {
            return Some(short);
        };
        let Colour {
            primaries,
            transfer,
            matrix,
            full_range,
        } = colour;
        if (primaries, transfer, matrix, full_range) == (1, 1, 1, false) {
            return Some(short);
        }
        let flags = record.get(2)?;
        let (mono, x, y, position) = (flags >> 4 & 1, flags >> 3 & 1, flags >> 2 & 1, flags & 3);
        Some(format!(
            "{short}.{mono}.{x}{y}{position}.{primaries:02}.{transfer:02}.{matrix:02}.{}",
            u8::from(full_range)
        ))
    }

    /// `SUPPLEMENTAL-CODECS` of Dolby Vision over a compatible base layer (HLS.md 1.6, rule 33).
    pub fn supplemental_codec(&self) -> Option<String> {
        let DolbyVision {
            profile,
            level,
            base,
        } = self.dolby_vision?;
        let brand = match base {
            1 => "db1p",
            2 => "db2g",
            4 => "db4h",
            _ => return None,
        };
        Some(format!("dvh1.{profile:02}.{level:02}/{brand}"))
    }

    /// Width and height as displayed, rounded.
    pub fn display_size(&self) -> (u32, u32) {
        match self.sample_aspect {
            Some((across, down)) if across > 0 && down > 0 && across != down => {
                let width = f64::from(self.width) * f64::from(across) / f64::from(down);
                (width.round() as u32, self.height)
            }
            _ => (self.width, self.height),
        }
    }
}

pub(super) fn read(
    kind: [u8; 4],
    cursor: &mut Cursor<'_>,
    handler: Handler,
) -> Result<Option<SampleEntry>, Mp4Error> {
    let mut entry = SampleEntry {
        format: kind,
        config: CodecConfig::None,
        width: 0,
        height: 0,
        sample_aspect: None,
        colour: None,
        channels: 0,
        protection: None,
        dolby_vision: None,
    };
    cursor.skip(8)?; // reserved, data reference
    match handler {
        Handler::Video => {
            cursor.skip(16)?;
            entry.width = u32::from(cursor.u16()?);
            entry.height = u32::from(cursor.u16()?);
            cursor.skip(50)?;
        }
        Handler::Audio => {
            cursor.skip(8)?;
            entry.channels = cursor.u16()?;
            cursor.skip(10)?;
        }
        Handler::Other => return Ok(None),
    }
    while let Some((kind, mut child)) = cursor.child()? {
        match &kind {
            b"avcC" => entry.config = CodecConfig::Avc(child.rest().to_vec()),
            b"hvcC" => entry.config = CodecConfig::Hevc(child.rest().to_vec()),
            b"av1C" => entry.config = CodecConfig::Av1(child.rest().to_vec()),
            b"esds" => entry.config = codec::esds(&mut child)?,
            b"dac3" => entry.config = CodecConfig::Ac3(child.rest().to_vec()),
            b"dec3" => entry.config = CodecConfig::Eac3(child.rest().to_vec()),
            b"pasp" => entry.sample_aspect = Some((child.u32()?, child.u32()?)),
            b"colr" => entry.colour = colour(&mut child)?,
            b"dvcC" | b"dvvC" => entry.dolby_vision = Some(dolby_vision(&mut child)?),
            b"sinf" => protection(&mut child, &mut entry)?,
            _ => {}
        }
    }
    Ok(Some(entry))
}

fn colour(cursor: &mut Cursor<'_>) -> Result<Option<Colour>, Mp4Error> {
    if &cursor.four()? != b"nclx" {
        return Ok(None);
    }
    Ok(Some(Colour {
        primaries: cursor.u16()?,
        transfer: cursor.u16()?,
        matrix: cursor.u16()?,
        full_range: cursor.byte()? & 0x80 != 0,
    }))
}

fn dolby_vision(cursor: &mut Cursor<'_>) -> Result<DolbyVision, Mp4Error> {
    cursor.skip(2)?; // version
    let packed = cursor.u16()?;
    let base = cursor.byte()?;
    Ok(DolbyVision {
        profile: (packed >> 9) as u8,
        level: (packed >> 3 & 0x3f) as u8,
        base: base >> 4,
    })
}

fn protection(cursor: &mut Cursor<'_>, entry: &mut SampleEntry) -> Result<(), Mp4Error> {
    let mut scheme = *b"    ";
    while let Some((kind, mut child)) = cursor.child()? {
        match &kind {
            b"frma" => entry.format = child.four()?,
            b"schm" => {
                child.skip(4)?;
                scheme = child.four()?;
            }
            b"schi" => {
                while let Some((kind, mut tenc)) = child.child()? {
                    if &kind == b"tenc" {
                        entry.protection = Some(track_encryption(&mut tenc, scheme)?);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn track_encryption(cursor: &mut Cursor<'_>, scheme: [u8; 4]) -> Result<Protection, Mp4Error> {
    cursor.skip(5)?; // version and flags, reserved
    let pattern = cursor.byte()?;
    let is_protected = cursor.byte()?;
    let per_sample_iv = cursor.byte()?;
    let kid = KeyId::from_bytes(cursor.sixteen()?);
    let constant_iv = match (is_protected, per_sample_iv) {
        (1, 0) if cursor.byte()? == 16 => Some(ConstantIv::from_bytes(cursor.sixteen()?)),
        _ => None,
    };
    Ok(Protection {
        scheme,
        crypt_blocks: pattern >> 4,
        skip_blocks: pattern & 0x0f,
        per_sample_iv,
        kid,
        constant_iv,
    })
}
