//! The secrets of content protection: seeds that keys are derived from, and the keys.
//! Invariant: no error and no `Debug` output of this module holds a secret, and memory is wiped on drop.

use std::{fmt, ops::Deref};

use zeroize::Zeroizing;

/// The key that opens the tracks of one tier of one version. Derived where it is used, never stored.
#[derive(Clone)]
pub struct ContentKey(Zeroizing<[u8; 16]>);

impl ContentKey {
    pub(super) const fn new(bytes: Zeroizing<[u8; 16]>) -> Self {
        Self(bytes)
    }

    /// The 16 bytes: for a licence response or for the packager's arguments, nothing else.
    pub fn expose(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentKey(..)")
    }
}

/// One content key seed: 32 bytes under a number that tokens and assets carry.
#[derive(Clone)]
pub struct Seed {
    number: u32,
    bytes: Zeroizing<[u8; 32]>,
}

impl Seed {
    /// The number that assets and playback tokens name it by.
    pub const fn number(&self) -> u32 {
        self.number
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// A seed setting that can't be used. Names the entry by its place, counted from 1, never by what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSeed {
    /// No seed at all.
    #[error("there is no seed")]
    Empty,
    /// Not `number:hex` with a number from 1.
    #[error("entry {0} of the seeds is not `number:hex` with a number from 1")]
    NotNumbered(usize),
    /// A number that an earlier entry has.
    #[error("entry {0} of the seeds repeats a number")]
    Repeated(usize),
    /// Not 64 hexadecimal digits.
    #[error("entry {0} of the seeds is not 64 hexadecimal digits")]
    NotHex(usize),
}

/// Content key seeds by number. New versions use the highest; published ones keep theirs.
#[derive(Clone)]
pub struct SeedRing {
    /// Never empty, sorted by number.
    seeds: Vec<Seed>,
}

impl SeedRing {
    /// Parses `1:hex,2:hex`, 32 bytes each.
    pub fn parse(text: &str) -> Result<Self, InvalidSeed> {
        if text.trim().is_empty() {
            return Err(InvalidSeed::Empty);
        }
        let mut seeds: Vec<Seed> = Vec::new();
        for (at, entry) in text.split(',').map(str::trim).enumerate() {
            let at = at + 1;
            let (number, digits) = entry.split_once(':').ok_or(InvalidSeed::NotNumbered(at))?;
            let number = match number.parse::<u32>() {
                Ok(number) if number > 0 => number,
                _ => return Err(InvalidSeed::NotNumbered(at)),
            };
            if seeds.iter().any(|earlier| earlier.number == number) {
                return Err(InvalidSeed::Repeated(at));
            }
            seeds.push(Seed {
                number,
                bytes: parse_hex(digits).ok_or(InvalidSeed::NotHex(at))?,
            });
        }
        seeds.sort_by_key(Seed::number);
        Ok(Self { seeds })
    }

    /// The seed that new versions are encrypted with: the highest number.
    pub fn current(&self) -> &Seed {
        self.seeds.last().expect("a seed ring is never empty")
    }

    /// The seed of that number.
    pub fn get(&self, number: u32) -> Option<&Seed> {
        self.seeds.iter().find(|seed| seed.number == number)
    }
}

impl fmt::Debug for SeedRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SeedRing(..)")
    }
}

/// The seed that key ids and IVs are derived from. Dereferences to its bytes, which [`super::key_id`] and friends take.
#[derive(Clone)]
pub struct KidSeed(Zeroizing<[u8; 32]>);

impl KidSeed {
    /// Parses 64 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, InvalidSeed> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidSeed::Empty);
        }
        parse_hex(text).map(Self).ok_or(InvalidSeed::NotHex(1))
    }
}

impl Deref for KidSeed {
    type Target = [u8; 32];

    fn deref(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for KidSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KidSeed(..)")
    }
}

fn parse_hex(digits: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(digits, bytes.as_mut()).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    #[test]
    fn the_highest_number_is_current_wherever_it_stands() {
        let ring = SeedRing::parse(&format!("2:{B}, 1:{A}")).unwrap();
        assert_eq!(ring.current().number(), 2);
        assert_eq!(ring.get(1).map(|seed| seed.bytes()[0]), Some(0xaa));
        assert!(ring.get(3).is_none());
    }

    #[test]
    fn an_error_names_the_entry_and_debug_prints_no_secret() {
        let check = |text: &str, expect: InvalidSeed| {
            assert_eq!(SeedRing::parse(text).unwrap_err(), expect, "{text}");
        };
        check("", InvalidSeed::Empty);
        check(A, InvalidSeed::NotNumbered(1));
        check(&format!("0:{A}"), InvalidSeed::NotNumbered(1));
        check(&format!("1:{A},x:{B}"), InvalidSeed::NotNumbered(2));
        check(&format!("1:{A},1:{B}"), InvalidSeed::Repeated(2));
        check(&format!("1:{A},2:{}", &B[1..]), InvalidSeed::NotHex(2));
        let ring = SeedRing::parse(&format!("1:{A}")).unwrap();
        let kid_seed = KidSeed::parse(B).unwrap();
        assert_eq!(
            format!("{ring:?} {:?} {kid_seed:?}", ring.current()),
            "SeedRing(..) Seed(..) KidSeed(..)"
        );
        assert_eq!(KidSeed::parse("bb").unwrap_err(), InvalidSeed::NotHex(1));
    }
}
