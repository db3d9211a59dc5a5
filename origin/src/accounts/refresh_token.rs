//! Refresh tokens: 32 random bytes that only the client has; we keep their hash.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// Seven days, from the last use.
pub(super) const LIFETIME_S: u64 = 604_800;

/// How long a used token may come again without being taken for stolen. Two tabs that refresh at once, or a client
/// whose answer was lost, send the same token twice; each gets a successor of its own in the same family. A thief
/// who is that fast gains one as well, and loses it when either side's next use of an older token revokes the family.
pub(super) const GRACE_S: i64 = 10;

/// A new token.
pub(super) fn generate() -> SecretString {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    URL_SAFE_NO_PAD.encode(bytes).into()
}

/// What is stored of it. A fast hash will do: 256 random bits can't be guessed.
pub(super) fn hash(token: &SecretString) -> Vec<u8> {
    Sha256::digest(token.expose_secret()).to_vec()
}
