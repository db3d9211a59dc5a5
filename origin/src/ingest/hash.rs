//! SHA-256 of a whole master while it arrives, over as many requests and processes as that takes: the state is stored
//! with the number of bytes it has seen, so that completing an upload never reads 200 GiB again.

use sha2::{
    Digest, Sha256,
    digest::common::hazmat::{SerializableState, SerializedState},
};

/// A hash in flight.
#[derive(Clone, Debug)]
pub(super) struct RunningHash {
    state: Sha256,
    seen: u64,
}

impl RunningHash {
    pub(super) fn new() -> Self {
        Self {
            state: Sha256::new(),
            seen: 0,
        }
    }

    /// From what [`Self::store`] gave. State that can't be read (another version of the hash crate) starts from the
    /// first byte again, which is slow and right.
    pub(super) fn restore(stored: Option<&[u8]>, seen: u64) -> Self {
        stored
            .and_then(|bytes| SerializedState::<Sha256>::try_from(bytes).ok())
            .and_then(|bytes| Sha256::deserialize(&bytes).ok())
            .map_or_else(Self::new, |state| Self { state, seen })
    }

    pub(super) fn store(&self) -> (Vec<u8>, u64) {
        (self.state.serialize().to_vec(), self.seen)
    }

    /// How many bytes, from the first, are in the hash.
    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.state.update(bytes);
        self.seen += bytes.len() as u64;
    }

    pub(super) fn finish(self) -> [u8; 32] {
        self.state.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_that_is_stored_anywhere_ends_the_same() {
        let body: Vec<u8> = (0..1000_u32).map(|n| (n % 251) as u8).collect();
        let whole: [u8; 32] = Sha256::digest(&body).into();
        for cut in [0, 1, 63, 64, 65, 500, 999, 1000] {
            let mut hash = RunningHash::new();
            hash.update(&body[..cut]);
            let (stored, seen) = hash.store();
            let mut hash = RunningHash::restore(Some(&stored), seen);
            assert_eq!(hash.seen(), cut as u64);
            hash.update(&body[cut..]);
            assert_eq!(hash.finish(), whole, "cut at {cut}");
        }
    }

    #[test]
    fn state_that_cannot_be_read_starts_from_the_first_byte() {
        assert_eq!(RunningHash::restore(Some(b"short"), 77).seen(), 0);
        assert_eq!(RunningHash::restore(None, 77).seen(), 0);
    }
}
