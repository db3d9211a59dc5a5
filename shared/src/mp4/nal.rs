//! NAL units, and AV1's OBUs, of a sample. Their headers stay clear when a sample is encrypted (rule 115), so this works on what
//! is published.

use super::{CodecConfig, Mp4Error, bits::Bits, cursor::Cursor};

/// What a NAL unit is, as far as random access is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NalKind {
    /// An instantaneous decoder refresh: nothing after it refers before it.
    Idr,
    /// Another picture.
    Picture,
    /// A clean random access picture (HEVC 21), which leading pictures may follow.
    CleanRandomAccess,
    /// A leading picture that is skipped when decoding starts here (HEVC RASL).
    SkippedLeading,
    /// Parameter sets, SEI, delimiters.
    Other,
}

/// The NAL units of one length-prefixed sample, or its OBUs.
pub fn nal_units(config: &CodecConfig, sample: &[u8]) -> Result<Vec<NalKind>, Mp4Error> {
    if let CodecConfig::Av1(_) = config {
        return obus(sample);
    }
    let Some(length_size) = config.nal_length_size() else {
        return Ok(Vec::new());
    };
    let mut cursor = Cursor::new(sample, "mdat", 0);
    let mut units = Vec::new();
    while cursor.left() > 0 {
        let prefix = cursor.take(length_size)?;
        let length = prefix
            .iter()
            .fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        let unit = cursor.take(length)?;
        let first = unit.first().ok_or_else(|| cursor.damaged())?;
        units.push(match config {
            CodecConfig::Hevc(_) => hevc(first >> 1 & 0x3f),
            _ => avc(first & 0x1f),
        });
    }
    Ok(units)
}

const fn avc(kind: u8) -> NalKind {
    match kind {
        5 => NalKind::Idr,
        1..=4 => NalKind::Picture,
        _ => NalKind::Other,
    }
}

const fn hevc(kind: u8) -> NalKind {
    match kind {
        19 | 20 => NalKind::Idr,
        21 => NalKind::CleanRandomAccess,
        8 | 9 => NalKind::SkippedLeading,
        0..=31 => NalKind::Picture,
        _ => NalKind::Other,
    }
}

/// OBUs of a sample (AV1 5.3, 5.9.2). A key frame is an IDR picture if it is shown and a sequence header stands before it.
fn obus(sample: &[u8]) -> Result<Vec<NalKind>, Mp4Error> {
    const SEQUENCE_HEADER: u8 = 1;
    let mut cursor = Cursor::new(sample, "mdat", 0);
    let mut units = Vec::new();
    let mut has_sequence = false;
    while cursor.left() > 0 {
        let header = cursor.byte()?;
        let (kind, has_extension, has_size) = (header >> 3 & 0xf, header & 4 != 0, header & 2 != 0);
        cursor.skip(usize::from(has_extension))?;
        let length = if has_size {
            leb128(&mut cursor)?
        } else {
            cursor.left()
        };
        let unit = cursor.take(length)?;
        units.push(match kind {
            SEQUENCE_HEADER => {
                has_sequence = true;
                NalKind::Other
            }
            // A frame header, alone or with its tiles: show_existing_frame, frame_type, show_frame.
            3 | 6 => {
                let mut bits = Bits::new(unit);
                let is_key = (bits.take(1), bits.take(2), bits.take(1)) == (0, 0, 1);
                if is_key && has_sequence {
                    NalKind::Idr
                } else {
                    NalKind::Picture
                }
            }
            _ => NalKind::Other,
        });
    }
    Ok(units)
}

fn leb128(cursor: &mut Cursor<'_>) -> Result<usize, Mp4Error> {
    let mut value = 0;
    for place in 0..4 {
        let byte = cursor.byte()?;
        value |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(cursor.damaged())
}
