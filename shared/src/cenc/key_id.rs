//! Names of content keys: parsed where they enter, trusted after. Nothing here is secret.

use std::{fmt, str::FromStr};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde::{Deserialize, Serialize};

/// A text that is not 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not 32 hexadecimal digits")]
pub struct InvalidHex16;

macro_rules! hex16 {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; 16]);

        impl $name {
            /// From its 16 bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self { Self(bytes) }

            /// Its 16 bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] { &self.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&hex::encode(self.0)) }
        }

        impl FromStr for $name {
            type Err = InvalidHex16;

            fn from_str(text: &str) -> Result<Self, InvalidHex16> {
                let mut bytes = [0; 16];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| InvalidHex16)?;
                Ok(Self(bytes))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidHex16;

            fn try_from(text: String) -> Result<Self, InvalidHex16> { text.parse() }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self { value.to_string() }
        }

        impl From<[u8; 16]> for $name {
            fn from(bytes: [u8; 16]) -> Self { Self(bytes) }
        }
    )+};
}

hex16! {
    /// The `KID` that names a content key.
    KeyId,
    /// The constant initialisation vector that `cbcs` uses with a key (`tenc`).
    ConstantIv,
}

impl KeyId {
    /// Base64 with padding: ClearKey's and FairPlay's spelling in playlists.
    pub fn base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// Base64url without padding: the spelling of ClearKey licence requests.
    pub fn base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// From a ClearKey licence request's `kids` member.
    pub fn from_base64url(text: &str) -> Result<Self, InvalidHex16> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidHex16)?;
        bytes.try_into().map(Self).map_err(|_| InvalidHex16)
    }

    /// PlayReady's spelling: the first three fields of the GUID are little-endian.
    pub const fn guid_bytes(&self) -> [u8; 16] {
        let b = &self.0;
        [
            b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13],
            b[14], b[15],
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_id_has_the_spelling_each_system_asks_for() {
        let kid: KeyId = "b1b2c3d4e5f60718293a4b5c6d7e8f90".parse().unwrap();
        assert_eq!(kid.base64url(), "sbLD1OX2BxgpOktcbX6PkA");
        assert_eq!(kid.base64(), "sbLD1OX2BxgpOktcbX6PkA==");
        assert_eq!(KeyId::from_base64url("sbLD1OX2BxgpOktcbX6PkA"), Ok(kid));
        assert_eq!(
            hex::encode(kid.guid_bytes()),
            "d4c3b2b1f6e51807293a4b5c6d7e8f90"
        );
        assert_eq!(
            serde_json::to_string(&kid).unwrap(),
            "\"b1b2c3d4e5f60718293a4b5c6d7e8f90\""
        );
    }

    #[test]
    fn other_texts_are_not_key_ids() {
        for bad in [
            "",
            "b1",
            "b1b2c3d4e5f60718293a4b5c6d7e8f9",
            "b1b2c3d4-e5f6-0718-293a-4b5c6d7e8f90",
        ] {
            assert_eq!(bad.parse::<KeyId>(), Err(InvalidHex16), "{bad}");
        }
        assert_eq!(
            KeyId::from_base64url("sbLD1OX2BxgpOktcbX6PkA=="),
            Err(InvalidHex16)
        );
        assert_eq!(KeyId::from_base64url("sbLD"), Err(InvalidHex16));
    }
}
