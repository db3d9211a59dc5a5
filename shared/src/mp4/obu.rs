//! OBUs of an AV1 sample. Their headers and those of frames stay clear when a sample is encrypted (rule 115).

use super::{Mp4Error, NalKind, bits::Bits, cursor::Cursor};

/// OBUs of a sample (AV1 5.3, 5.9.2). A key frame is an IDR picture if it is shown and a sequence header stands before it.
pub fn obus(sample: &[u8]) -> Result<Vec<NalKind>, Mp4Error> {
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
