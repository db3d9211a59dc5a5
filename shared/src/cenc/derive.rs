//! Key ids, keys and IVs from seeds. Origin, packager and licence function get the same answer without ever storing it.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{ContentKey, KeyId, Seed, Tier};
use crate::ids::{AssetVersion, ContentId};

/// The `KID` of one tier of one version: the first 16 bytes of HMAC-SHA256(KID seed, content id ‖ version ‖ tier).
pub fn key_id(kid_seed: &[u8; 32], cid: ContentId, ver: AssetVersion, tier: Tier) -> KeyId {
    KeyId::from_bytes(mac16(
        kid_seed,
        &[cid.as_bytes(), &ver.0.to_be_bytes(), tier.name().as_bytes()],
    ))
}

/// The content key that a `KID` names: HKDF-SHA256 of the seed, no salt, info = `KID`.
pub fn content_key(seed: &Seed, kid: KeyId) -> ContentKey {
    let mut key = Zeroizing::new([0; 16]);
    Hkdf::<Sha256>::new(None, seed.bytes())
        .expand(kid.as_bytes(), key.as_mut())
        .expect("16 bytes are less than HKDF's 255 blocks");
    ContentKey::new(key)
}

/// The constant IV that goes with a `KID`. Not secret: it stands in `tenc`.
pub fn constant_iv(kid_seed: &[u8; 32], kid: KeyId) -> [u8; 16] {
    mac16(kid_seed, &[b"iv", kid.as_bytes()])
}

/// Every `KID` that a token with this highest tier may ask keys for.
pub fn permitted_kids(
    kid_seed: &[u8; 32],
    cid: ContentId,
    ver: AssetVersion,
    max_tier: Tier,
) -> Vec<(Tier, KeyId)> {
    let permitted = Tier::ALL.into_iter().filter(|tier| *tier <= max_tier);
    permitted
        .map(|tier| (tier, key_id(kid_seed, cid, ver, tier)))
        .collect()
}

fn mac16(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 16] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    let bytes = mac.finalize().into_bytes();
    *bytes.first_chunk().expect("SHA-256 gives 32 bytes")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::cenc::SeedRing;

    const KID_SEED: [u8; 32] = [7; 32];
    const CID: ContentId =
        ContentId::from_uuid(Uuid::from_u128(0x0190_a2b4_0000_7000_8000_0000_0000_0001));
    const VER: AssetVersion = AssetVersion(1);

    fn seeds() -> SeedRing {
        SeedRing::parse(&format!("1:{},2:{}", "01".repeat(32), "02".repeat(32))).unwrap()
    }

    /// Computed apart from this code, with Python's `hmac` and `hashlib`.
    #[test]
    fn the_derivations_match_an_independent_computation() {
        let kid = key_id(&KID_SEED, CID, VER, Tier::Hd);
        assert_eq!(kid.to_string(), "b687a8ce1e8242a0c44eae8bc1798fae");
        assert_eq!(
            hex::encode(content_key(seeds().get(1).unwrap(), kid).expose()),
            "e714809ae4bcf452eb56ba9bb3cae6cb"
        );
        assert_eq!(
            hex::encode(constant_iv(&KID_SEED, kid)),
            "c36ab8e6bae1c367a63959619ddde31f"
        );
    }

    #[test]
    fn a_token_opens_its_tier_and_everything_below_and_nothing_above() {
        let tiers = |max| {
            permitted_kids(&KID_SEED, CID, VER, max)
                .into_iter()
                .map(|(tier, _)| tier)
                .collect::<Vec<_>>()
        };
        assert_eq!(tiers(Tier::Sd), [Tier::Audio, Tier::Sd]);
        assert_eq!(tiers(Tier::Uhd), Tier::ALL);
    }

    #[test]
    fn another_seed_gives_another_key_for_the_same_kid() {
        let kid = key_id(&KID_SEED, CID, VER, Tier::Sd);
        let (one, two) = (seeds(), seeds());
        let (one, two) = (
            content_key(one.get(1).unwrap(), kid),
            content_key(two.get(2).unwrap(), kid),
        );
        assert_ne!(one.expose(), two.expose());
        assert_eq!(format!("{one:?}"), "ContentKey(..)");
    }
}
