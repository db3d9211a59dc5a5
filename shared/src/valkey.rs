//! Names of Valkey keys. Keys that one script touches share a hash tag, so that a cluster works too.

use crate::ids::{AccountId, ProfileId, SessionId};

/// How many slots profiles are spread over; each has one progress stream.
pub const SHARDS: u8 = 16;
/// The consumer group that drains the progress streams into PostgreSQL.
pub const PROGRESS_GROUP: &str = "origin";
/// Upper bound of a progress stream (approximate trimming).
pub const PROGRESS_STREAM_MAX: u64 = 1_000_000;
/// Channel of [`crate::progress::ProgressEvent`]s.
pub const PROFILE_EVENTS: &str = "profile-events";
/// Stream of player telemetry, trimmed to about [`TELEMETRY_STREAM_MAX`].
pub const TELEMETRY_STREAM: &str = "telemetry-stream";
/// Upper bound of the telemetry stream (approximate trimming).
pub const TELEMETRY_STREAM_MAX: u64 = 100_000;
/// Counter that every publish and edit raises; cache entries remember the value they were stored with.
pub const CATALOGUE_REV: &str = "catalogue:rev";
/// Channel that announces publishes and edits.
pub const CATALOGUE_EVENTS: &str = "catalogue-events";
/// How long a revocation is remembered: longer than any playback token can live.
pub const REVOKED_TTL_S: u64 = 86_400;

/// The profile's shard: FNV-1a of its 16 bytes, modulo [`SHARDS`].
pub fn shard(profile: ProfileId) -> u8 {
    let hash = profile
        .as_bytes()
        .iter()
        .fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
        });
    (hash % u32::from(SHARDS)) as u8
}

/// Hash of a profile's hot positions: content id → [`crate::progress::Record`].
pub fn progress(profile: ProfileId) -> String {
    format!("progress:{{p{}}}:{profile}", shard(profile))
}

/// Stream of a shard's winning writes, in order.
pub fn progress_stream(shard: u8) -> String {
    format!("progress-stream:{{p{shard}}}")
}

/// Counter of a profile's winning writes.
pub fn rev(profile: ProfileId) -> String {
    format!("rev:{{p{}}}:{profile}", shard(profile))
}

/// Sorted set of an account's stream leases: lease id → expiry in ms.
pub fn leases(account: AccountId) -> String {
    format!("leases:{{{account}}}")
}

/// Hash of who holds an account's leases: lease id → JSON.
pub fn lease_info(account: AccountId) -> String {
    format!("lease-info:{{{account}}}")
}

/// Set when a login session is revoked; the value is the time in ms.
pub fn revoked_session(account: AccountId, session: SessionId) -> String {
    format!("revoked:{{{account}}}:s:{session}")
}

/// Set when a profile is revoked; the value is the time in ms.
pub fn revoked_profile(account: AccountId, profile: ProfileId) -> String {
    format!("revoked:{{{account}}}:p:{profile}")
}

/// Set when every session of an account is revoked; the value is the time in ms.
pub fn revoked_account(account: AccountId) -> String {
    format!("revoked:{{{account}}}:a")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ID: Uuid = Uuid::from_u128(0x0190_a2b4_0000_7000_8000_0000_0000_0001);

    #[test]
    fn the_keys_are_spelled_as_every_script_expects() {
        let (profile, account, session) = (
            ProfileId::from_uuid(ID),
            AccountId::from_uuid(ID),
            SessionId::from_uuid(ID),
        );
        let n = shard(profile);
        assert_eq!(progress(profile), format!("progress:{{p{n}}}:{ID}"));
        assert_eq!(progress_stream(n), format!("progress-stream:{{p{n}}}"));
        assert_eq!(rev(profile), format!("rev:{{p{n}}}:{ID}"));
        assert_eq!(leases(account), format!("leases:{{{ID}}}"));
        assert_eq!(lease_info(account), format!("lease-info:{{{ID}}}"));
        assert_eq!(
            revoked_session(account, session),
            format!("revoked:{{{ID}}}:s:{ID}")
        );
        assert_eq!(
            revoked_profile(account, profile),
            format!("revoked:{{{ID}}}:p:{ID}")
        );
        assert_eq!(revoked_account(account), format!("revoked:{{{ID}}}:a"));
    }

    #[test]
    fn profiles_spread_over_every_shard() {
        let mut seen = [0_u32; SHARDS as usize];
        for n in 0..1600_u128 {
            seen[usize::from(shard(ProfileId::from_uuid(Uuid::from_u128(
                ID.as_u128() + n,
            ))))] += 1;
        }
        assert!(
            seen.iter().all(|count| (50..=200).contains(count)),
            "{seen:?}"
        );
    }

    #[test]
    fn fnv_1a_matches_its_published_offset_basis() {
        // 16 zero bytes: the offset basis multiplied by the prime 16 times.
        let expect = (0..16).fold(0x811c_9dc5_u32, |hash, _| hash.wrapping_mul(0x0100_0193));
        assert_eq!(
            u32::from(shard(ProfileId::from_uuid(Uuid::nil()))),
            expect % 16
        );
    }
}
