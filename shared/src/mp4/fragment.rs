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
    /// `senc` is there.
    pub has_senc: bool,
    /// `saiz` and `saio` are both there.
    pub has_aux_info: bool,
}

impl MovieFragment {
    /// Ticks that its samples last.
    pub fn duration(&self) -> u64 {
        let durations = self.samples.iter().map(|sample| u64::from(sample.duration));
        durations.sum()
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
        has_senc: false,
        has_aux_info: false,
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
    let (mut has_sizes, mut has_offsets) = (false, false);
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
            b"senc" => fragment.has_senc = true,
            b"saiz" => has_sizes = true,
            b"saio" => has_offsets = true,
            _ => {}
        }
    }
    fragment.has_aux_info = has_sizes && has_offsets;
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
