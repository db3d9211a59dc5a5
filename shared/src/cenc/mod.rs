//! Common Encryption names and keys: tiers, key ids, and the derivations that make the licence function stateless.
//!
//! A content key exists only while it is used. It is derived again wherever it is needed, from a seed and the `KID`;
//! no type here that holds a secret prints it.

mod derive;
mod key_id;
mod secret;
mod tier;

pub use derive::{constant_iv, content_key, key_id, permitted_kids};
pub use key_id::{ConstantIv, InvalidHex16, KeyId};
pub use secret::{ContentKey, InvalidSeed, KidSeed, Seed, SeedRing};
pub use tier::{InvalidTier, Tier};
