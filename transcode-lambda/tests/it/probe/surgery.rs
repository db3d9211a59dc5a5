//! Damage done to good files, byte by byte.

/// An MP4 file whose `moov` is its last box, so that its lengths can change without moving any media.
#[derive(Clone)]
pub(super) struct Mp4(pub(super) Vec<u8>);

impl Mp4 {
    /// Where a box's type stands: the first of that name in `moov` or behind.
    pub(super) fn at(&self, name: &str) -> usize {
        let moov = position(&self.0, b"moov").unwrap();
        if name == "moov" {
            return moov;
        }
        moov + position(&self.0[moov..], name.as_bytes()).unwrap_or_else(|| panic!("no {name}"))
    }

    /// Writes a number `offset` bytes after a box's type.
    pub(super) fn put(mut self, name: &str, offset: usize, value: u32) -> Self {
        let at = self.at(name) + offset;
        self.0[at..at + 4].copy_from_slice(&value.to_be_bytes());
        self
    }

    /// Renames a box or a handler.
    pub(super) fn rename(mut self, name: &str, new: &str) -> Self {
        let at = self.at(name);
        self.0[at..at + 4].copy_from_slice(new.as_bytes());
        self
    }

    /// The whole box.
    pub(super) fn cut_out(&self, name: &str) -> Vec<u8> {
        let begin = self.at(name) - 4;
        self.0[begin..begin + self.size(name)].to_vec()
    }

    fn size(&self, name: &str) -> usize {
        let begin = self.at(name) - 4;
        u32::from_be_bytes(self.0[begin..begin + 4].try_into().unwrap()) as usize
    }

    /// Appends bytes to the innermost of nested boxes.
    pub(super) fn append(mut self, path: &[&str], bytes: &[u8]) -> Self {
        let innermost = path.last().unwrap();
        let end = self.at(innermost) - 4 + self.size(innermost);
        for name in path {
            let size = self.size(name) + bytes.len();
            self = self.resize(name, u32::try_from(size).unwrap());
        }
        self.0.splice(end..end, bytes.iter().copied());
        self
    }

    /// Writes a box's size, right or wrong.
    pub(super) fn resize(mut self, name: &str, size: u32) -> Self {
        let begin = self.at(name) - 4;
        self.0[begin..begin + 4].copy_from_slice(&size.to_be_bytes());
        self
    }

    /// Overwrites a share of the media with a byte.
    pub(super) fn wipe_media(mut self, share: std::ops::Range<f64>) -> Self {
        let begin = position(&self.0, b"mdat").unwrap() + 4;
        let end = self.at("moov") - 4;
        let place = |share: f64| begin + ((end - begin) as f64 * share) as usize;
        self.0[place(share.start)..place(share.end)].fill(0xa5);
        self
    }
}

/// Writes bytes over the first occurrence of others.
pub(super) fn replace(mut bytes: Vec<u8>, old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let at = position(&bytes, old).unwrap();
    bytes[at..at + new.len()].copy_from_slice(new);
    bytes
}

/// The first share of a file.
pub(super) fn cut(bytes: &[u8], share: f64) -> Vec<u8> {
    bytes[..(bytes.len() as f64 * share) as usize].to_vec()
}

pub(super) fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

/// A box of an MP4 file.
pub(super) fn mp4_box(name: &str, body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(8 + body.len()).unwrap();
    [&size.to_be_bytes(), name.as_bytes(), body].concat()
}

/// An EBML element with a one-byte length.
pub(super) fn element(id: &[u8], body: &[u8]) -> Vec<u8> {
    let size = u8::try_from(body.len()).unwrap() | 0x80;
    [id, &[size], body].concat()
}
