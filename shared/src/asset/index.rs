//! Where the media is in a track's file: byte ranges and durations.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Some consecutive bytes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByteRange {
    /// The first byte.
    pub offset: u64,
    /// How many.
    pub length: u64,
}

impl ByteRange {
    /// The first byte after the range.
    pub const fn end(&self) -> u64 {
        self.offset + self.length
    }
}

/// One CMAF fragment (`moof` + `mdat`): a closed GOP in video. Written as `[offset, length, duration, keyframe_length]`: a
/// film has tens of thousands of them, and the edge reads them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[u64; 4]", into = "[u64; 4]")]
pub struct Fragment {
    /// The first byte of its `moof`.
    pub offset: u64,
    /// Bytes from there to the end of its `mdat`.
    pub length: u64,
    /// Ticks of the track's timescale.
    pub duration: u64,
    /// Bytes from the start of `moof` through the first sample: what an I-frame playlist lists. In audio: `length`.
    pub keyframe_length: u64,
}

impl Fragment {
    /// The bytes of the whole fragment.
    pub const fn bytes(&self) -> ByteRange {
        ByteRange {
            offset: self.offset,
            length: self.length,
        }
    }

    /// The bytes from its `moof` through its first sample.
    pub const fn keyframe_bytes(&self) -> ByteRange {
        ByteRange {
            offset: self.offset,
            length: self.keyframe_length,
        }
    }
}

impl From<[u64; 4]> for Fragment {
    fn from([offset, length, duration, keyframe_length]: [u64; 4]) -> Self {
        Self {
            offset,
            length,
            duration,
            keyframe_length,
        }
    }
}

impl From<Fragment> for [u64; 4] {
    fn from(fragment: Fragment) -> Self {
        [
            fragment.offset,
            fragment.length,
            fragment.duration,
            fragment.keyframe_length,
        ]
    }
}

/// One Media Segment: consecutive fragments. Written as the list of its fragments; the duration is their sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Ticks of the track's timescale: the sum of the fragments'.
    pub duration: u64,
    /// Its fragments, adjacent in the file. Never empty.
    pub fragments: Vec<Fragment>,
}

impl Segment {
    /// The segment made of these fragments.
    pub fn new(fragments: Vec<Fragment>) -> Self {
        Self {
            duration: fragments.iter().map(|fragment| fragment.duration).sum(),
            fragments,
        }
    }

    /// The bytes of all its fragments. Empty when it has none, which the reader refuses.
    pub fn bytes(&self) -> ByteRange {
        match (self.fragments.first(), self.fragments.last()) {
            (Some(first), Some(last)) => ByteRange {
                offset: first.offset,
                length: (last.offset + last.length).saturating_sub(first.offset),
            },
            _ => ByteRange {
                offset: 0,
                length: 0,
            },
        }
    }
}

impl Segment {
    /// One row of a playlist: the whole segment.
    pub(super) fn whole(&self) -> (ByteRange, u64) {
        (self.bytes(), self.duration)
    }

    /// One row of a playlist per fragment.
    pub(super) fn by_fragment(&self) -> Vec<(ByteRange, u64)> {
        self.fragments
            .iter()
            .map(|fragment| (fragment.bytes(), fragment.duration))
            .collect()
    }
}

impl Serialize for Segment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.fragments.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Segment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fragments = Vec::<Fragment>::deserialize(deserializer)?;
        if fragments.is_empty() {
            return Err(serde::de::Error::custom("a segment has no fragment"));
        }
        Ok(Self::new(fragments))
    }
}
