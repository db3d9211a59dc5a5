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
    /// The RFC 6381 codec string.
    pub fn codec_string(&self) -> Option<String> {
        codec::codec_string(self.format, &self.config)
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
