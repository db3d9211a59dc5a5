//! Reading bit by bit: audio configurations and sequence headers.

/// A reader of big-endian bit fields. Past the end it reads zeros, as the caller checks lengths.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn take(&mut self, count: usize) -> u32 {
        (0..count).fold(0, |value, _| {
            let byte = self.bytes.get(self.at / 8).copied().unwrap_or(0);
            let bit = byte >> (7 - self.at % 8) & 1;
            self.at += 1;
            value << 1 | u32::from(bit)
        })
    }

    pub(super) fn flag(&mut self) -> bool {
        self.take(1) == 1
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.at += count;
    }

    /// Whether it read past the end.
    pub(super) const fn is_spent(&self) -> bool {
        self.at > self.bytes.len() * 8
    }

    /// An unsigned Exp-Golomb code (H.264 9.1). `None` past the end, or when it is longer than any that we need.
    pub(super) fn golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.flag() {
            zeros += 1;
            if zeros > 31 || self.is_spent() {
                return None;
            }
        }
        Some((1 << zeros) - 1 + self.take(zeros))
    }

    /// A signed Exp-Golomb code.
    pub(super) fn signed_golomb(&mut self) -> Option<i32> {
        let code = self.golomb()?;
        let half = i32::try_from(code.div_ceil(2)).ok()?;
        Some(if code % 2 == 0 { -half } else { half })
    }
}
