//! Holds what we publish against the rules of HTTP Live Streaming: one row of [`RULES`] is one named check of a [`Report`].
//!
//! Playlists' text and the asset's description are one half, the published files the other. Both are pure: whoever verifies
//! reads the bytes, decrypts and decodes, and adds what that found to the same [`Verification`].

mod audio;
mod bandwidth;
mod bitstream;
mod codecs;
mod extensions;
mod i_frames;
mod levels;
mod media;
mod multivariant;
mod presentation;
mod protection;
mod registry;
mod renditions;
mod report;
mod subtitles;
mod syntax;
mod text;
mod timing;
mod variants;
mod verification;

pub use bitstream::{Keys, MediaFile, Published};
pub use registry::{Place, RULES, Rule, to_markdown};
pub use report::{Check, Report, Severity};
pub use verification::Verification;

use super::{Viewpoint, media_playlist, multivariant as write_multivariant, rendition_ids};
use crate::{asset::Asset, cenc::ContentKey};

/// Everything that one viewpoint of an asset shows.
#[derive(Debug)]
pub struct Presentation<'a> {
    /// The asset.
    pub asset: &'a Asset,
    /// The Multivariant Playlist.
    pub multivariant: String,
    /// The Media Playlists by rendition id.
    pub playlists: Vec<(String, String)>,
    /// The WebVTT files by name; rules about their text are checked for those that are given.
    pub subtitles: Vec<(String, String)>,
    /// Content keys, to prove that no playlist holds one.
    pub content_keys: Vec<ContentKey>,
}

impl<'a> Presentation<'a> {
    /// The presentation as our own writer makes it, without subtitle files and keys.
    pub fn written(asset: &'a Asset, viewpoint: &Viewpoint) -> Self {
        let playlist =
            |id: String| media_playlist(asset, &id, "", viewpoint).map(|text| (id, text));
        Self {
            asset,
            multivariant: write_multivariant(asset, viewpoint),
            playlists: rendition_ids(asset, viewpoint)
                .into_iter()
                .filter_map(playlist)
                .collect(),
            subtitles: Vec::new(),
            content_keys: Vec::new(),
        }
    }
}

/// A rule's number and weight, and what breaks it, one sentence each.
struct PlaylistCheck {
    number: &'static str,
    severity: Severity,
    check: fn(&presentation::Parsed<'_>) -> Vec<String>,
}

const fn must(
    number: &'static str,
    check: fn(&presentation::Parsed<'_>) -> Vec<String>,
) -> PlaylistCheck {
    PlaylistCheck {
        number,
        severity: Severity::Must,
        check,
    }
}

const fn should(
    number: &'static str,
    check: fn(&presentation::Parsed<'_>) -> Vec<String>,
) -> PlaylistCheck {
    PlaylistCheck {
        number,
        severity: Severity::Should,
        check,
    }
}

/// Every check of playlists, by file of rules.
const PLAYLIST_CHECKS: [&[PlaylistCheck]; 14] = [
    syntax::CHECKS,
    multivariant::CHECKS,
    variants::CHECKS,
    extensions::CHECKS,
    renditions::CHECKS,
    audio::CHECKS,
    media::CHECKS,
    timing::CHECKS,
    bandwidth::CHECKS,
    codecs::CHECKS,
    levels::CHECKS,
    subtitles::CHECKS,
    i_frames::CHECKS,
    protection::CHECKS,
];

/// Checks every rule that playlists and the asset's description decide.
pub fn validate(presentation: &Presentation<'_>) -> Report {
    let mut verification = Verification::new();
    verification.playlists(presentation);
    verification.report()
}
