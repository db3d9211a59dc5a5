//! NAL units of a sample. Their headers stay clear when a sample is encrypted (rule 115), so this works on what is published.

use super::{CodecConfig, Mp4Error, cursor::Cursor};

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

/// One NAL unit of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NalUnit {
    /// What it is.
    pub kind: NalKind,
    /// Where its length field begins in the sample.
    pub offset: usize,
    /// Bytes of its length field and its header: these stay clear whatever it is.
    pub head: usize,
    /// Bytes with its length field.
    pub length: usize,
}

/// The NAL units of one length-prefixed sample; none where samples are coded otherwise.
pub fn nal_units(config: &CodecConfig, sample: &[u8]) -> Result<Vec<NalUnit>, Mp4Error> {
    let Some(length_size) = config.nal_length_size() else {
        return Ok(Vec::new());
    };
    let mut cursor = Cursor::new(sample, "mdat", 0);
    let mut units = Vec::new();
    let header = if matches!(config, CodecConfig::Hevc(_)) {
        2
    } else {
        1
    };
    while cursor.left() > 0 {
        let offset = sample.len() - cursor.left();
        let prefix = cursor.take(length_size)?;
        let length = prefix
            .iter()
            .fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        let unit = cursor.take(length)?;
        let first = unit.first().ok_or_else(|| cursor.damaged())?;
        let kind = match config {
            CodecConfig::Hevc(_) => hevc(first >> 1 & 0x3f),
            _ => avc(first & 0x1f),
        };
        units.push(NalUnit {
            kind,
            offset,
            head: length_size + header,
            length: length_size + length,
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
