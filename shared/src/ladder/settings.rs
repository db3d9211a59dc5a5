//! What an operator decides about how a title is encoded.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Ladder;

/// How much time and how many renditions a title is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// Minutes on a laptop: quick encoders, and seven H.264 and five HDR rungs at most instead of Apple's whole ladder.
    /// Nothing is measured, so rates are the tables' and variants carry no `SCORE`.
    #[default]
    Fast,
    /// What a catalogue is encoded with: the whole ladder, fitted to the title by sample encodes, its quality measured by samples.
    Standard,
    /// Slower encoders, more samples; the quality of short films is measured throughout.
    Premium,
}

impl Preset {
    /// The encoders' speed, as x264 names it.
    pub(super) const fn speed(self) -> &'static str {
        match self {
            Self::Fast => "veryfast",
            Self::Standard => "medium",
            Self::Premium => "slow",
        }
    }

    /// Media Segments in a chunk.
    pub(super) const fn chunk_segments(self) -> u64 {
        match self {
            Self::Fast => 2,
            Self::Standard | Self::Premium => 4,
        }
    }

    /// Places of the film that sample encodes look at; 0 when the preset measures nothing.
    pub const fn samples(self) -> u64 {
        match self {
            Self::Fast => 0,
            Self::Standard => 5,
            Self::Premium => 8,
        }
    }
}

/// A preset's name is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not fast, standard or premium")]
pub struct UnknownPreset;

impl FromStr for Preset {
    type Err = UnknownPreset;

    fn from_str(text: &str) -> Result<Self, UnknownPreset> {
        match text {
            "fast" => Ok(Self::Fast),
            "standard" => Ok(Self::Standard),
            "premium" => Ok(Self::Premium),
            _ => Err(UnknownPreset),
        }
    }
}

/// Everything that decides a plan, besides the source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// How much time the title is worth.
    pub preset: Preset,
    /// AV1 renditions as well, beside Apple's ladder. A custom ladder says itself what it wants.
    pub av1: bool,
    /// A ladder of the operator's own, instead of Apple's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ladder: Option<Ladder>,
}

impl Settings {
    /// Whether sample encodes fit the ladder to the title.
    pub fn is_per_title(&self) -> bool {
        let own = self.ladder.as_ref().and_then(|ladder| ladder.per_title);
        self.preset.samples() > 0 && own.unwrap_or(true)
    }
}

impl From<Preset> for Settings {
    fn from(preset: Preset) -> Self {
        Self {
            preset,
            ..Self::default()
        }
    }
}

impl From<&Settings> for Settings {
    fn from(settings: &Settings) -> Self {
        settings.clone()
    }
}
