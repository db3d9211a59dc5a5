//! Bounds-checked reading within one box.

use super::Mp4Error;

/// A place in the payload of a box.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    name: [u8; 4],
    offset: u64,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8], name: &str, offset: u64) -> Self {
        let mut kind = *b"    ";
        for (to, from) in kind.iter_mut().zip(name.bytes()) {
            *to = from;
        }
        Self {
            bytes,
            at: 0,
            name: kind,
            offset,
        }
    }

    pub(super) fn damaged(&self) -> Mp4Error {
        Mp4Error::Damaged {
            name: String::from_utf8_lossy(&self.name).into_owned(),
            offset: self.offset,
        }
    }

    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Mp4Error> {
        let end = self.at.checked_add(count);
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or_else(|| self.damaged())?;
        self.at += count;
        Ok(taken)
    }

    pub(super) fn rest(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at = self.bytes.len();
        rest
    }

    pub(super) fn skip(&mut self, count: usize) -> Result<(), Mp4Error> {
        self.take(count).map(|_| ())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Mp4Error> {
        let taken = self.take(N)?;
        taken.try_into().map_err(|_| self.damaged())
    }

    pub(super) fn byte(&mut self) -> Result<u8, Mp4Error> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn four(&mut self) -> Result<[u8; 4], Mp4Error> {
        self.array()
    }

    pub(super) fn sixteen(&mut self) -> Result<[u8; 16], Mp4Error> {
        self.array()
    }

    pub(super) fn u16(&mut self) -> Result<u16, Mp4Error> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Mp4Error> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn i32(&mut self) -> Result<i32, Mp4Error> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Mp4Error> {
        self.array().map(u64::from_be_bytes)
    }

    /// A number whose width the box's version decides: 32 bits in version 0, 64 after.
    pub(super) fn versioned(&mut self, version: u8) -> Result<u64, Mp4Error> {
        if version == 0 {
            self.u32().map(u64::from)
        } else {
            self.u64()
        }
    }

    /// Version and flags of a full box.
    pub(super) fn full(&mut self) -> Result<(u8, u32), Mp4Error> {
        let word = self.u32()?;
        Ok((word.to_be_bytes()[0], word & 0x00ff_ffff))
    }

    /// The next box within this one; `None` when none is left.
    pub(super) fn child(&mut self) -> Result<Option<([u8; 4], Self)>, Mp4Error> {
        if self.left() < 8 {
            return Ok(None);
        }
        let start = self.at;
        let short = self.u32()?;
        let kind = self.four()?;
        let total = match short {
            0 => self.left() + 8,
            1 => usize::try_from(self.u64()?).map_err(|_| self.damaged())?,
            _ => usize::try_from(short).map_err(|_| self.damaged())?,
        };
        let header = self.at - start;
        let length = total.checked_sub(header).ok_or_else(|| self.damaged())?;
        let offset = self.offset + start as u64;
        let payload = self.take(length)?;
        let child = Self {
            bytes: payload,
            at: 0,
            name: kind,
            offset,
        };
        Ok(Some((kind, child)))
    }
}
