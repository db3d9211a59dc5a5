//! HTTP Live Streaming: every playlist is ours, written from the asset's description.
//!
//! The words are those of RFC 8216bis; the rules that the numbers in comments refer to are Apple's HLS authoring rules as
//! [`validate`] checks them. Playlists hold no token and no key, so they are the same for everybody with the same
//! [`Viewpoint`] and can be cached.

mod attributes;
mod media;
mod multivariant;
mod protection;
mod pssh;
mod score;
pub mod validate;

pub use media::{media_playlist, rendition_ids};
pub use multivariant::multivariant;
pub use protection::{DrmSystems, Protection};

use crate::cenc::Tier;

/// `Content-Type` of every playlist.
pub const CONTENT_TYPE: &str = "application/vnd.apple.mpegurl";
/// What Apple asks the first variant's average to be near (rule 25).
pub const FIRST_VARIANT_BPS: u64 = 2_000_000;
/// A first variant for the quickest start: its first 2 s are at most about 150 kB, so they arrive within the round trips
/// that any start takes. Players climb from there within one segment. Costs rule 25, which is a "should".
pub const QUICK_START_BPS: u64 = 600_000;

/// `EXT-X-VERSION` of every playlist: 6 for `EXT-X-MAP`, 7 as everybody writes with fMP4.
const VERSION: u32 = 7;
/// The one subtitle group.
const SUBTITLES: &str = "subs";
/// What an I-frame playlist's id has before its track's.
const I_FRAMES: &str = "i-";

/// What a viewer's playlists show of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Viewpoint {
    /// The highest key tier: what lies above is not listed, as its key would be refused.
    pub max_tier: Tier,
    /// How keys are signalled.
    pub protection: Protection,
    /// The average bit rate that the first variant should be near: players start with the first listed. Apple's
    /// [`FIRST_VARIANT_BPS`] by default; [`QUICK_START_BPS`], or what the viewer's last session measured, starts better.
    pub first_variant_bps: u64,
}

impl Viewpoint {
    /// A short text that two viewpoints share exactly when all their playlists are the same: for cache keys and entity tags.
    pub fn cache_key(&self) -> String {
        let protection = match self.protection {
            Protection::Identity => "i".to_owned(),
            Protection::Systems(DrmSystems {
                widevine,
                playready,
                fairplay,
            }) => {
                let letters = [(widevine, 'w'), (playready, 'p'), (fairplay, 'f')];
                let enabled = letters
                    .into_iter()
                    .filter(|(enabled, _)| *enabled)
                    .map(|(_, letter)| letter);
                std::iter::once('c').chain(enabled).collect()
            }
        };
        format!("{}-{protection}-{}", self.max_tier, self.first_variant_bps)
    }

    /// The usual viewpoint of that tier: ClearKey alone, Apple's first variant.
    pub const fn new(max_tier: Tier) -> Self {
        Self {
            max_tier,
            protection: Protection::Systems(DrmSystems {
                widevine: false,
                playready: false,
                fairplay: false,
            }),
            first_variant_bps: FIRST_VARIANT_BPS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn viewpoints_that_differ_have_other_cache_keys() {
        let usual = Viewpoint::new(Tier::Hd);
        let widevine = Protection::Systems(DrmSystems {
            widevine: true,
            ..DrmSystems::default()
        });
        let keys = [
            usual,
            Viewpoint::new(Tier::Sd),
            Viewpoint {
                protection: widevine,
                ..usual
            },
            Viewpoint {
                protection: Protection::Identity,
                ..usual
            },
            Viewpoint {
                first_variant_bps: QUICK_START_BPS,
                ..usual
            },
        ]
        .map(|viewpoint| viewpoint.cache_key());
        assert_eq!(
            keys,
            [
                "hd-c-2000000",
                "sd-c-2000000",
                "hd-cw-2000000",
                "hd-i-2000000",
                "hd-c-600000"
            ]
        );
    }
}
