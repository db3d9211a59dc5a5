//! Pictures that the catalogue can show a title with.

use serde::{Deserialize, Serialize};

/// A frame that poster, thumbnail and hero were cut from: `poster.jpg` of the first, `poster-1.jpg` of the second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArtworkCandidate {
    /// Its rank; 0 is the best, and the title's picture until somebody chooses another.
    pub index: u32,
    /// When it is shown.
    pub at_ms: u64,
    /// How good it looks, from 0; only good for comparing.
    pub score: f64,
}
