//! Holds what we publish against Apple's HLS authoring rules, numbered as in our rule list: one rule, one named check.
//!
//! Everything here is computed from playlists' text and the asset's description. What needs the media itself (sample
//! entries, `tenc`, decoding) is checked by the packaging job, which adds its checks to the same [`Report`].

mod audio;
mod bandwidth;
mod codecs;
mod extensions;
mod i_frames;
mod media;
mod multivariant;
mod presentation;
mod protection;
mod renditions;
mod report;
mod subtitles;
mod syntax;
mod text;
mod timing;
mod variants;

pub use report::{Check, Report, Severity};

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

/// One rule of the list.
struct Rule {
    id: &'static str,
    severity: Severity,
    name: &'static str,
    /// What breaks it, one sentence each.
    check: fn(&presentation::Parsed<'_>) -> Vec<String>,
}

const fn must(
    id: &'static str,
    name: &'static str,
    check: fn(&presentation::Parsed<'_>) -> Vec<String>,
) -> Rule {
    Rule {
        id,
        severity: Severity::Must,
        name,
        check,
    }
}

const fn should(
    id: &'static str,
    name: &'static str,
    check: fn(&presentation::Parsed<'_>) -> Vec<String>,
) -> Rule {
    Rule {
        id,
        severity: Severity::Should,
        name,
        check,
    }
}

/// Checks every rule.
pub fn validate(presentation: &Presentation<'_>) -> Report {
    let parsed = presentation::Parsed::new(presentation);
    let rules = [
        syntax::RULES,
        multivariant::RULES,
        variants::RULES,
        extensions::RULES,
        renditions::RULES,
        audio::RULES,
        media::RULES,
        timing::RULES,
        bandwidth::RULES,
        codecs::RULES,
        subtitles::RULES,
        i_frames::RULES,
        protection::RULES,
    ];
    let check = |rule: &Rule| Check::new(rule.id, rule.severity, rule.name, (rule.check)(&parsed));
    let mut checks: Vec<Check> = rules.into_iter().flatten().map(check).collect();
    // What has no number of its own comes last.
    checks.sort_by_key(|check| check.rule.parse::<u32>().unwrap_or(u32::MAX));
    Report { checks }
}
