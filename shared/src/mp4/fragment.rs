//! `moof` and `sidx`: where the media is.

use super::{Mp4Error, cursor::Cursor, track::SampleDefaults};
use crate::asset::{ByteRange, Fragment};

/// `sample_is_non_sync_sample` among the sample flags.
const NON_SYNC: u32 = 0x0001_0000;

/// One sample of a fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Ticks.
    pub duration: u32,
    /// Bytes.
    pub size: u32,
    /// A decoder can start here.
    pub is_sync: bool,
    /// Composition time minus decoding time.
    pub composition_offset: i64,
}

/// A `moof` and its `mdat`.
#[derive(Clone, Debug)]
pub struct MovieFragment {
    /// Both boxes.
    pub range: ByteRange,
    /// The first byte of media in `mdat`.
    pub payload_offset: u64,
    /// `tfdt`: when the first sample is decoded.
    pub decode_time: u64,
    /// `trun`, with the defaults filled in.
    pub samples: Vec<Sample>,
    /// Where the samples begin, counted from `moof`.
    pub data_offset: i64,
    /// The version of `trun`: 1 allows negative composition offsets.
    pub run_version: u8,
    /// `tfhd` says default-base-is-moof.
    pub base_is_moof: bool,
    /// How many `traf` boxes there are.
    pub track_fragments: usize,
    /// `senc`: how each sample is encrypted, as it stands there.
    pub senc: Option<SampleEncryption>,
    /// `saiz`: for how many samples there is auxiliary information.
    pub aux_count: Option<u32>,
    /// `saio`: where it begins, counted from `moof`.
    pub aux_offset: Option<u64>,
}

/// `senc` (ISO/IEC 23001-7, 7.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleEncryption {
    /// For how many samples.
    pub count: u32,
    /// Each entry lists clear and protected bytes.
    pub has_subsamples: bool,
    /// The entries.
    pub entries: Vec<u8>,
}

impl SampleEncryption {
    /// Clear and protected bytes of each sample, in order; without subsamples a sample is protected whole and its list is
    /// empty. `None` when the entries don't fill the box exactly. `iv_size` is that of `tenc`: 0 with a constant IV.
    pub fn subsamples(&self, iv_size: u8) -> Option<Vec<Vec<(u16, u32)>>> {
        let mut cursor = Cursor::new(&self.entries, "senc", 0);
        let mut samples = Vec::new();
        for _ in 0..self.count {
            cursor.skip(usize::from(iv_size)).ok()?;
            let pairs = if self.has_subsamples {
                cursor.u16().ok()?
            } else {
                0
            };
            let mut pair = || Some((cursor.u16().ok()?, cursor.u32().ok()?));
            samples.push((0..pairs).map(|_| pair()).collect::<Option<Vec<_>>>()?);
        }
        (cursor.left() == 0).then_some(samples)
    }
}

impl MovieFragment {
    /// Ticks that its samples last.
    pub fn duration(&self) -> u64 {
        let durations = self.samples.iter().map(|sample| u64::from(sample.duration));
        durations.sum()
    }

    /// Whether its samples fill its `mdat` from the first byte to the last.
    pub fn fills_mdat(&self) -> bool {
        let sizes = self.samples.iter().map(|sample| u64::from(sample.size));
        let begin = self.range.offset.checked_add_signed(self.data_offset);
        begin == Some(self.payload_offset)
            && self.payload_offset + sizes.sum::<u64>() == self.range.end()
    }

    /// The bytes of its first sample.
    pub fn first_sample(&self) -> Option<ByteRange> {
        let sample = self.samples.first()?;
        Some(ByteRange {
            offset: self.range.offset.checked_add_signed(self.data_offset)?,
            length: u64::from(sample.size),
        })
    }

    /// The earliest presentation time of its samples, in ticks.
    pub fn earliest_presentation(&self) -> Option<i64> {
        let mut decode = self.decode_time.cast_signed();
        let times = self.samples.iter().map(|sample| {
            let time = decode + sample.composition_offset;
            decode += i64::from(sample.duration);
            time
        });
        times.min()
    }

    pub(super) fn to_asset(&self, is_video: bool) -> Fragment {
        let through_first = self
            .first_sample()
            .map(|sample| sample.end() - self.range.offset);
        let keyframe_length = match through_first {
            Some(length) if is_video => length,
            _ => self.range.length,
        };
        Fragment {
            offset: self.range.offset,
            length: self.range.length,
            duration: self.duration(),
            keyframe_length,
        }
    }
}

pub(super) fn moof(
    cursor: &mut Cursor<'_>,
    range: ByteRange,
    defaults: SampleDefaults,
) -> Result<MovieFragment, Mp4Error> {
    let mut fragment = MovieFragment {
        range,
        payload_offset: range.end(),
        decode_time: 0,
        samples: Vec::new(),
        data_offset: 0,
        run_version: 0,
        base_is_moof: false,
        track_fragments: 0,
        senc: None,
        aux_count: None,
        aux_offset: None,
    };
    while let Some((kind, mut child)) = cursor.child()? {
        if &kind == b"traf" {
            fragment.track_fragments += 1;
            track_fragment(&mut child, defaults, &mut fragment)?;
        }
    }
    Ok(fragment)
}

fn track_fragment(
    cursor: &mut Cursor<'_>,
    mut defaults: SampleDefaults,
    fragment: &mut MovieFragment,
) -> Result<(), Mp4Error> {
    while let Some((kind, mut child)) = cursor.child()? {
        match &kind {
            b"tfhd" => {
                let (_, flags) = child.full()?;
                fragment.base_is_moof = flags & 0x02_0000 != 0;
                child.skip(4)?;
                child.skip(if flags & 1 == 0 { 0 } else { 8 })?;
                child.skip(if flags & 2 == 0 { 0 } else { 4 })?;
                if flags & 0x08 != 0 {
                    defaults.duration = child.u32()?;
                }
                if flags & 0x10 != 0 {
                    defaults.size = child.u32()?;
                }
                if flags & 0x20 != 0 {
                    defaults.flags = child.u32()?;
                }
            }
            b"tfdt" => {
                let (version, _) = child.full()?;
                fragment.decode_time = child.versioned(version)?;
            }
            b"trun" => run(&mut child, defaults, fragment)?,
            b"senc" => {
                let (_, flags) = child.full()?;
                fragment.senc = Some(SampleEncryption {
                    count: child.u32()?,
                    has_subsamples: flags & 2 != 0,
                    entries: child.rest().to_vec(),
                });
            }
            b"saiz" => {
                let (_, flags) = child.full()?;
                child.skip(if flags & 1 == 0 { 1 } else { 9 })?; // type, default size
                fragment.aux_count = Some(child.u32()?);
            }
            b"saio" => {
                let (version, flags) = child.full()?;
                child.skip(if flags & 1 == 0 { 4 } else { 12 })?; // type, count
                fragment.aux_offset = Some(child.versioned(version)?);
            }
            _ => {}
        }
    }
    Ok(())
}

fn run(
    cursor: &mut Cursor<'_>,
    defaults: SampleDefaults,
    fragment: &mut MovieFragment,
) -> Result<(), Mp4Error> {
    let (version, flags) = cursor.full()?;
    let count = cursor.u32()?;
    let is_first_run = fragment.samples.is_empty();
    if flags & 0x001 != 0 {
        let data_offset = i64::from(cursor.i32()?);
        if is_first_run {
            fragment.data_offset = data_offset;
        }
    }
    let first_flags = if flags & 0x004 == 0 {
        None
    } else {
        Some(cursor.u32()?)
    };
    fragment.run_version = version;
    for place in 0..count {
        let or = |set: u32, cursor: &mut Cursor<'_>, default: u32| {
            if flags & set == 0 {
                Ok(default)
            } else {
                cursor.u32()
            }
        };
        let duration = or(0x100, cursor, defaults.duration)?;
        let size = or(0x200, cursor, defaults.size)?;
        let own_default = match first_flags {
            Some(first) if place == 0 => first,
            _ => defaults.flags,
        };
        let sample_flags = or(0x400, cursor, own_default)?;
        let composition_offset = match (flags & 0x800, version) {
            (0, _) => 0,
            (_, 0) => i64::from(cursor.u32()?),
            _ => i64::from(cursor.i32()?),
        };
        fragment.samples.push(Sample {
            duration,
            size,
            is_sync: sample_flags & NON_SYNC == 0,
            composition_offset,
        });
    }
    Ok(())
}

/// Sizes of the subsegments.
pub(super) fn sidx(cursor: &mut Cursor<'_>) -> Result<Vec<u64>, Mp4Error> {
    let (version, _) = cursor.full()?;
    cursor.skip(8)?;
    cursor.versioned(version)?;
    cursor.versioned(version)?;
    cursor.skip(2)?;
    let count = cursor.u16()?;
    let mut sizes = Vec::with_capacity(usize::from(count));
    for _ in 0..count {
        let reference = cursor.u32()?;
        cursor.skip(8)?;
        if reference & 0x8000_0000 != 0 {
            return Err(cursor.damaged()); // an index of indexes: the packager never writes one
        }
        sizes.push(u64::from(reference));
    }
    Ok(sizes)
}
