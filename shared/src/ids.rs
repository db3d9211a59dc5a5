//! Names of things: one type per kind of id, so that a profile can never stand where an account is meant.
//!
//! Ids are UUIDv7, made where a clock and a random source exist; this crate only carries them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is not a UUID stood where an id was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID")]
pub struct InvalidId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id that this UUID names.
            pub const fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }

            /// The UUID behind the id.
            pub const fn as_uuid(&self) -> Uuid { self.0 }

            /// The 16 bytes in network order: what derivations and tie-breaks use.
            pub const fn as_bytes(&self) -> &[u8; 16] { self.0.as_bytes() }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.hyphenated().fmt(f) }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                // Only the hyphenated form: one id has one spelling in URLs, keys and logs.
                if text.len() != 36 {
                    return Err(InvalidId);
                }
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId)
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self { Self(uuid) }
        }
    )+};
}

ids! {
    /// A household's account.
    AccountId,
    /// One person (or the kids) within an account.
    ProfileId,
    /// A film, a series or an episode.
    ContentId,
    /// A login session: what we mean by "device".
    SessionId,
    /// A place among the account's simultaneous streams.
    LeaseId,
    /// A transcode job.
    JobId,
    /// One task of a transcode job.
    TaskId,
    /// One resumable upload of a master.
    UploadId,
    /// One request, from the edge to the last log line.
    RequestId,
}

/// The version of a title's published asset, counted from 1. What is published under a version never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AssetVersion(pub u32);

impl fmt::Display for AssetVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A text that is not a version number from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an asset version")]
pub struct InvalidAssetVersion;

impl FromStr for AssetVersion {
    type Err = InvalidAssetVersion;

    fn from_str(text: &str) -> Result<Self, InvalidAssetVersion> {
        // No sign and no leading zero: one version has one URL.
        if !text.starts_with(|c: char| matches!(c, '1'..='9')) {
            return Err(InvalidAssetVersion);
        }
        text.parse().map(Self).map_err(|_| InvalidAssetVersion)
    }
}

impl TryFrom<i32> for AssetVersion {
    type Error = InvalidAssetVersion;

    /// From SQL's `integer`.
    fn try_from(number: i32) -> Result<Self, InvalidAssetVersion> {
        match u32::try_from(number) {
            Ok(version) if version > 0 => Ok(Self(version)),
            _ => Err(InvalidAssetVersion),
        }
    }
}

/// PostgreSQL's `integer`, which has no unsigned twin.
#[cfg(feature = "sqlx")]
mod sql {
    use sqlx::{
        Decode, Encode, Postgres, Type,
        encode::IsNull,
        error::BoxDynError,
        postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef},
    };

    use super::AssetVersion;

    impl Type<Postgres> for AssetVersion {
        fn type_info() -> PgTypeInfo {
            <i32 as Type<Postgres>>::type_info()
        }
    }

    impl PgHasArrayType for AssetVersion {
        fn array_type_info() -> PgTypeInfo {
            <i32 as PgHasArrayType>::array_type_info()
        }
    }

    impl Encode<'_, Postgres> for AssetVersion {
        fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
            i32::try_from(self.0)?.encode_by_ref(buffer)
        }
    }

    impl Decode<'_, Postgres> for AssetVersion {
        fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
            Ok(Self::try_from(i32::decode(value)?)?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_exactly_one_spelling() {
        let text = "0190a2b4-0000-7000-8000-000000000001";
        let id: ProfileId = text.parse().unwrap();
        assert_eq!(id.to_string(), text);
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{text}\""));
        for other in [
            "",
            "0190a2b4000070008000000000000001",
            "{0190a2b4-0000-7000-8000-000000000001}",
            "x",
        ] {
            assert_eq!(other.parse::<ProfileId>(), Err(InvalidId), "{other}");
        }
    }

    #[test]
    fn an_asset_version_counts_from_one() {
        assert_eq!("7".parse(), Ok(AssetVersion(7)));
        for bad in ["", "0", "01", "+1", "-1", "4294967296", "1.0"] {
            assert_eq!(
                bad.parse::<AssetVersion>(),
                Err(InvalidAssetVersion),
                "{bad}"
            );
        }
        assert_eq!(AssetVersion::try_from(0), Err(InvalidAssetVersion));
    }
}
