//! Writes `EXT-X-KEY` and `EXT-X-SESSION-KEY`: names of keys for each system, never a key.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{attributes::Tag, pssh};
use crate::cenc::{ConstantIv, KeyId};

/// `KEYFORMAT` of ClearKey, an hls.js convention.
pub(super) const CLEAR_KEY: &str = "org.w3.clearkey";
/// `KEYFORMAT` of Widevine.
pub(super) const WIDEVINE: &str = "urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed";
/// `KEYFORMAT` of PlayReady.
pub(super) const PLAYREADY: &str = "com.microsoft.playready";
/// `KEYFORMAT` of FairPlay.
pub(super) const FAIRPLAY: &str = "com.apple.streamingkeydelivery";
/// `KEYFORMAT` of a key delivered as 16 plain bytes.
pub(super) const IDENTITY: &str = "identity";

/// How keys are signalled to a viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protection {
    /// By key system: those that are enabled, ClearKey last, because players take the first that works (HLS.md 3.1).
    Systems(DrmSystems),
    /// By the key endpoint alone, for a native player that knows neither ClearKey nor has a FairPlay certificate. Never
    /// beside other systems (rule 113).
    Identity,
}

/// Key systems with a licence server; ClearKey needs none and is always there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DrmSystems {
    /// Google's.
    pub widevine: bool,
    /// Microsoft's.
    pub playready: bool,
    /// Apple's.
    pub fairplay: bool,
}

/// The key lines of one key under a tag name (`EXT-X-KEY` or `EXT-X-SESSION-KEY`). All are alternatives for the same key.
pub(super) fn key_lines(
    tag: &str,
    kid: KeyId,
    iv: Option<ConstantIv>,
    protection: Protection,
) -> String {
    let line = |uri: &str| {
        Tag::new(tag)
            .bare("METHOD", "SAMPLE-AES")
            .quoted("URI", uri)
    };
    let format = |line: Tag, name: &str| {
        line.quoted("KEYFORMAT", name)
            .quoted("KEYFORMATVERSIONS", "1")
            .end()
    };
    let systems = match protection {
        Protection::Systems(systems) => systems,
        Protection::Identity => {
            // The IV stands in `tenc` too, but an identity key without one means "the sequence number" (8216bis 4.4.4.4).
            let mut line = line(&format!("/api/drm/key/{kid}"));
            if let Some(iv) = iv {
                line = line.bare("IV", format_args!("0x{iv}"));
            }
            return format(line, IDENTITY);
        }
    };
    let mut lines = String::new();
    if systems.fairplay {
        lines += &format(line(&format!("skd://{}", kid.base64())), FAIRPLAY);
    }
    if systems.widevine {
        let uri = format!(
            "data:text/plain;base64,{}",
            STANDARD.encode(pssh::widevine_box(kid))
        );
        lines += &format(line(&uri).bare("KEYID", format_args!("0x{kid}")), WIDEVINE);
    }
    if systems.playready {
        let object = STANDARD.encode(pssh::playready_object(kid));
        lines += &format(
            line(&format!("data:text/plain;charset=UTF-16;base64,{object}")),
            PLAYREADY,
        );
    }
    lines
        + &format(
            line(&format!("data:text/plain;base64,{}", kid.base64())),
            CLEAR_KEY,
        )
}
