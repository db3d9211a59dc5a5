//! A reader of ISO base media files: what our index, our playlists and the validator need from the boxes, and nothing else.
//!
//! Everything is checked against the bytes that are there: a damaged file gives an [`Mp4Error`], never a panic.

mod bits;
mod codec;
mod cursor;
mod dolby;
mod fragment;
mod nal;
mod picture;
mod sample_entry;
mod sei;
mod track;

use std::io::{Read, Seek, SeekFrom};

pub use codec::CodecConfig;
pub use fragment::{MovieFragment, Sample, SampleEncryption};
pub use nal::{NalKind, NalUnit, nal_units};
pub use picture::PictureFormat;
pub use sample_entry::{Colour, DolbyVision, Protection, SampleEntry};
pub use track::{Edit, Handler, Track};

use self::cursor::Cursor;
use crate::asset::{ByteRange, Fragment, Segment};

/// `moov` and `moof` are read whole; more than this is no media file of ours.
const LARGEST_METADATA_BOX: u64 = 256 << 20;

/// Why a file can't be indexed.
#[derive(Debug, thiserror::Error)]
pub enum Mp4Error {
    /// Reading failed.
    #[error("the file can't be read")]
    Io(#[from] std::io::Error),
    /// A box is cut off, or says a size that does not fit.
    #[error("box `{name}` at byte {offset} is damaged")]
    Damaged {
        /// The box's type, or its parent's where its own is not known.
        name: String,
        /// Where it begins.
        offset: u64,
    },
    /// No `moov`: a truncated file, or no media file at all.
    #[error("the file has no `moov` box")]
    NoMovie,
    /// The `sidx` sizes and the fragments don't describe the same bytes.
    #[error("the segment index does not match the fragments")]
    IndexMismatch,
}

/// The boxes of a file.
#[derive(Clone, Debug)]
pub struct Index {
    /// `ftyp`: the major brand, then the compatible ones.
    pub brands: Vec<[u8; 4]>,
    /// From the first byte through `moov`: the Media Initialization Section.
    pub init: ByteRange,
    /// `mvex` is there: samples come in fragments.
    pub is_fragmented: bool,
    /// The payloads of the `pssh` boxes in `moov`.
    pub pssh: Vec<Vec<u8>>,
    /// The tracks, in the file's order.
    pub tracks: Vec<Track>,
    /// Sizes of the subsegments that `sidx` lists: our Media Segments.
    pub subsegments: Vec<u64>,
    /// The `moof`/`mdat` pairs.
    pub fragments: Vec<MovieFragment>,
}

impl Index {
    /// The Media Segments as `sidx` groups the fragments. Without a `sidx` every fragment is a segment.
    pub fn segments(&self) -> Result<Vec<Segment>, Mp4Error> {
        let is_video = self
            .tracks
            .first()
            .is_some_and(|track| track.handler == Handler::Video);
        let mut fragments = self.fragments.iter().map(|found| found.to_asset(is_video));
        if self.subsegments.is_empty() {
            return Ok(fragments
                .map(|fragment| Segment::new(vec![fragment]))
                .collect());
        }
        let mut segments = Vec::with_capacity(self.subsegments.len());
        for size in &self.subsegments {
            let mut members: Vec<Fragment> = Vec::new();
            let mut bytes = 0;
            while bytes < *size {
                let fragment = fragments.next().ok_or(Mp4Error::IndexMismatch)?;
                bytes += fragment.length;
                members.push(fragment);
            }
            if bytes != *size || members.is_empty() {
                return Err(Mp4Error::IndexMismatch);
            }
            segments.push(Segment::new(members));
        }
        match fragments.next() {
            None => Ok(segments),
            Some(_) => Err(Mp4Error::IndexMismatch),
        }
    }
}

/// Reads the boxes of a file. Media data is skipped, not read.
pub fn index<R: Read + Seek>(reader: &mut R) -> Result<Index, Mp4Error> {
    let end = reader.seek(SeekFrom::End(0))?;
    let mut scan = Scan::default();
    let mut offset = 0;
    while offset < end {
        let found = TopLevelBox::read(reader, offset, end)?;
        scan.take(reader, &found)?;
        offset = found.range.end();
    }
    scan.finish()
}

/// A box at the top of the file.
struct TopLevelBox {
    kind: [u8; 4],
    range: ByteRange,
    header: u64,
}

impl TopLevelBox {
    fn read<R: Read + Seek>(reader: &mut R, offset: u64, end: u64) -> Result<Self, Mp4Error> {
        let damaged = |kind: [u8; 4]| Mp4Error::Damaged {
            name: String::from_utf8_lossy(&kind).into_owned(),
            offset,
        };
        reader.seek(SeekFrom::Start(offset))?;
        let mut head = [0; 16];
        let there = usize::try_from((end - offset).min(16)).unwrap_or(16);
        reader.read_exact(&mut head[..there])?;
        let kind = [head[4], head[5], head[6], head[7]];
        if there < 8 {
            return Err(damaged(*b"????"));
        }
        let short = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
        let (length, header) = match short {
            0 => (end - offset, 8),
            1 if there == 16 => {
                let (_, large) = head.split_at(8);
                let large: [u8; 8] = large.try_into().map_err(|_| damaged(kind))?;
                (u64::from_be_bytes(large), 16)
            }
            _ => (u64::from(short), 8),
        };
        if length < header || length > end - offset {
            return Err(damaged(kind));
        }
        Ok(Self {
            kind,
            range: ByteRange { offset, length },
            header,
        })
    }

    fn payload<R: Read + Seek>(&self, reader: &mut R) -> Result<Vec<u8>, Mp4Error> {
        let length = self.range.length - self.header;
        if length > LARGEST_METADATA_BOX {
            return Err(Mp4Error::Damaged {
                name: String::from_utf8_lossy(&self.kind).into_owned(),
                offset: self.range.offset,
            });
        }
        reader.seek(SeekFrom::Start(self.range.offset + self.header))?;
        let mut bytes = Vec::new();
        reader.take(length).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// What was found so far.
#[derive(Default)]
struct Scan {
    brands: Vec<[u8; 4]>,
    movie: Option<(ByteRange, track::Movie)>,
    subsegments: Vec<u64>,
    fragments: Vec<MovieFragment>,
    open: Option<MovieFragment>,
}

impl Scan {
    fn take<R: Read + Seek>(
        &mut self,
        reader: &mut R,
        found: &TopLevelBox,
    ) -> Result<(), Mp4Error> {
        match &found.kind {
            b"ftyp" => {
                let payload = found.payload(reader)?;
                let mut cursor = Cursor::new(&payload, "ftyp", found.range.offset);
                self.brands.push(cursor.four()?);
                cursor.skip(4)?;
                while cursor.left() >= 4 {
                    self.brands.push(cursor.four()?);
                }
            }
            b"moov" => {
                let payload = found.payload(reader)?;
                let movie = track::movie(&mut Cursor::new(&payload, "moov", found.range.offset))?;
                let init = ByteRange {
                    offset: 0,
                    length: found.range.end(),
                };
                self.movie = Some((init, movie));
            }
            b"sidx" => {
                let payload = found.payload(reader)?;
                let mut cursor = Cursor::new(&payload, "sidx", found.range.offset);
                self.subsegments.extend(fragment::sidx(&mut cursor)?);
            }
            b"moof" => {
                let payload = found.payload(reader)?;
                let movie = self.movie.as_ref().map(|(_, movie)| movie);
                let defaults = movie.map(|movie| movie.defaults).unwrap_or_default();
                let mut cursor = Cursor::new(&payload, "moof", found.range.offset);
                self.open = Some(fragment::moof(&mut cursor, found.range, defaults)?);
            }
            b"mdat" => {
                if let Some(mut fragment) = self.open.take() {
                    fragment.range.length += found.range.length;
                    fragment.payload_offset = found.range.offset + found.header;
                    self.fragments.push(fragment);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<Index, Mp4Error> {
        let (init, movie) = self.movie.ok_or(Mp4Error::NoMovie)?;
        Ok(Index {
            brands: self.brands,
            init,
            is_fragmented: movie.is_fragmented,
            pssh: movie.pssh,
            tracks: movie.tracks,
            subsegments: self.subsegments,
            fragments: self.fragments,
        })
    }
}

#[cfg(test)]
mod tests;
