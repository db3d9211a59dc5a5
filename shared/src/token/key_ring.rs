//! Symmetric signing keys with rotation: the first signs, all verify.
//! Invariant: no error and no `Debug` output of this module holds a key.

use std::{fmt, str::FromStr};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{
    TokenError,
    jws::{self, Algorithm, Unverified},
};

/// HS256 keys by `kid`. Written as `kid:hex,kid:hex`, 32 bytes each.
#[derive(Clone)]
pub struct KeyRing {
    /// Never empty; the first signs.
    keys: Vec<(String, Zeroizing<[u8; 32]>)>,
}

/// A key ring that can't be used. Names the entry by its place, counted from 1, never by what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeyRing {
    /// No key at all.
    #[error("the key ring has no key")]
    Empty,
    /// No colon between kid and key.
    #[error("entry {0} of the key ring is not `kid:hex`")]
    NotAPair(usize),
    /// An empty, oversized or oddly spelled kid.
    #[error("entry {0} of the key ring has a kid that is not 1 to 64 of A-Z a-z 0-9 . _ -")]
    Kid(usize),
    /// A kid that an earlier entry has.
    #[error("entry {0} of the key ring repeats a kid")]
    Repeated(usize),
    /// Not 64 hexadecimal digits.
    #[error("entry {0} of the key ring has a key that is not 64 hexadecimal digits")]
    Key(usize),
}

impl KeyRing {
    /// Parses `kid:hex,kid:hex`.
    pub fn parse(text: &str) -> Result<Self, InvalidKeyRing> {
        let mut keys: Vec<(String, Zeroizing<[u8; 32]>)> = Vec::new();
        for (at, entry) in text.split(',').map(str::trim).enumerate() {
            if entry.is_empty() && text.trim().is_empty() {
                return Err(InvalidKeyRing::Empty);
            }
            let at = at + 1;
            let (kid, key) = entry.split_once(':').ok_or(InvalidKeyRing::NotAPair(at))?;
            if !is_kid(kid) {
                return Err(InvalidKeyRing::Kid(at));
            }
            if keys.iter().any(|(earlier, _)| earlier == kid) {
                return Err(InvalidKeyRing::Repeated(at));
            }
            let mut bytes = Zeroizing::new([0; 32]);
            hex::decode_to_slice(key, bytes.as_mut()).map_err(|_| InvalidKeyRing::Key(at))?;
            keys.push((kid.to_owned(), bytes));
        }
        Ok(Self { keys })
    }

    /// The `kid` that new tokens carry.
    pub fn signing_kid(&self) -> &str {
        &self.keys[0].0
    }

    pub(super) fn seal<C: serde::Serialize>(
        &self,
        issuer: Option<&str>,
        audience: &str,
        claims: &C,
    ) -> String {
        let (kid, key) = &self.keys[0];
        jws::seal(Algorithm::Hs256, kid, issuer, audience, claims, |input| {
            mac(key, input).finalize().into_bytes().to_vec()
        })
    }

    pub(super) fn open<'a>(&self, token: &'a str) -> Result<Unverified<'a>, TokenError> {
        let opened = jws::open(token, Algorithm::Hs256)?;
        let (_, key) = self
            .keys
            .iter()
            .find(|(kid, _)| *kid == opened.kid)
            .ok_or(TokenError::KeyUnknown)?;
        // `verify_slice` compares in constant time.
        mac(key, opened.signing_input.as_bytes())
            .verify_slice(&opened.signature)
            .map_err(|_| TokenError::Signature)?;
        Ok(opened)
    }
}

fn mac(key: &[u8; 32], input: &[u8]) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key)
        .expect("HMAC takes keys of any length")
        .chain_update(input)
}

/// Whether a text can be a key id: it stands in headers and settings, unescaped.
pub(super) fn is_kid(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

impl FromStr for KeyRing {
    type Err = InvalidKeyRing;

    fn from_str(text: &str) -> Result<Self, InvalidKeyRing> {
        Self::parse(text)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyRing(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    #[test]
    fn the_first_key_signs_and_debug_prints_none() {
        let ring = KeyRing::parse(&format!("b:{HEX}, a:{HEX}")).unwrap();
        assert_eq!(ring.signing_kid(), "b");
        assert_eq!(format!("{ring:?}"), "KeyRing(..)");
    }

    #[test]
    fn an_error_names_the_entry_and_never_the_secret() {
        let check = |text: &str, expect: InvalidKeyRing| {
            let error = KeyRing::parse(text).unwrap_err();
            assert_eq!(error, expect);
            assert!(!error.to_string().contains("0001"), "{error}");
        };
        check("", InvalidKeyRing::Empty);
        check("  ", InvalidKeyRing::Empty);
        check(HEX, InvalidKeyRing::NotAPair(1));
        check(&format!("a:{HEX},"), InvalidKeyRing::NotAPair(2));
        check(&format!(":{HEX}"), InvalidKeyRing::Kid(1));
        check(&format!("a b:{HEX}"), InvalidKeyRing::Kid(1));
        check(&format!("a:{HEX},a:{HEX}"), InvalidKeyRing::Repeated(2));
        check(&format!("a:{HEX},b:{}", &HEX[2..]), InvalidKeyRing::Key(2));
        check(&format!("a:{HEX}00"), InvalidKeyRing::Key(1));
        check(&format!("a:zz{}", &HEX[2..]), InvalidKeyRing::Key(1));
    }
}
