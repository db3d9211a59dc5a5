//! Key tiers: what one content key opens.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A class of tracks that share a content key, from the cheapest to the most precious. HDCP demands follow it, so SD, HD and
/// UHD never share a key (8216bis, HDCP-LEVEL).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Every audio track.
    Audio,
    /// Video below 720 lines.
    Sd,
    /// Video from 720 to 1080 lines.
    Hd,
    /// Video above 1080 lines.
    Uhd,
}

/// Not the name of a tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not one of audio, sd, hd, uhd")]
pub struct InvalidTier;

impl Tier {
    /// All tiers, cheapest first.
    pub const ALL: [Self; 4] = [Self::Audio, Self::Sd, Self::Hd, Self::Uhd];

    /// The tier of a video of that many lines.
    pub const fn for_height(height: u32) -> Self {
        match height {
            0..720 => Self::Sd,
            720..=1080 => Self::Hd,
            1081.. => Self::Uhd,
        }
    }

    /// The name, as tokens, `asset.json` and the key derivation spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Sd => "sd",
            Self::Hd => "hd",
            Self::Uhd => "uhd",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Tier {
    type Err = InvalidTier;

    fn from_str(text: &str) -> Result<Self, InvalidTier> {
        Self::ALL
            .into_iter()
            .find(|tier| tier.name() == text)
            .ok_or(InvalidTier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tier_follows_from_the_height() {
        for (height, expect) in [
            (234, Tier::Sd),
            (719, Tier::Sd),
            (720, Tier::Hd),
            (1080, Tier::Hd),
            (1081, Tier::Uhd),
            (2160, Tier::Uhd),
        ] {
            assert_eq!(Tier::for_height(height), expect, "{height}");
        }
    }

    #[test]
    fn a_tier_has_one_name_everywhere() {
        for tier in Tier::ALL {
            assert_eq!(tier.name().parse(), Ok(tier));
            assert_eq!(serde_json::to_string(&tier).unwrap(), format!("\"{tier}\""));
        }
        assert_eq!("HD".parse::<Tier>(), Err(InvalidTier));
    }
}
