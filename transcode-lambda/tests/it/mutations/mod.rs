//! Defects of every kind, seeded into an asset that the real pipeline made: each is caught by the rule that is meant to catch
//! it, and the asset as it came passes. Everything happens in memory; the asset is made once.

mod bytes;
mod description;
mod playlists;

use std::{collections::BTreeMap, io::Cursor};

use shared::{
    asset::Asset,
    cenc::{ContentKey, Tier, content_key, key_id},
    hls::{
        DrmSystems, Protection, Viewpoint,
        validate::{
            Keys, MediaFile, Presentation, Published, Report,
            Severity::{self, Must},
            Verification,
        },
    },
};
use tokio::sync::OnceCell;

use crate::{
    films,
    studio::{Studio, target},
};

/// What is wrong, which rule is meant to see it, and how to make it so.
pub(crate) type Mutation = (&'static str, &'static str, Severity, fn(&mut Case));

/// A published asset in memory, free to be spoiled.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) asset: Asset,
    pub(crate) multivariant: String,
    pub(crate) playlists: Vec<(String, String)>,
    pub(crate) subtitles: Vec<(String, String)>,
    /// Media files by name.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) content_keys: Vec<ContentKey>,
}

/// One track of each kind.
#[derive(Clone, Copy)]
pub(crate) enum Which {
    /// H.264, SDR.
    Avc,
    /// HEVC, PQ.
    Hevc,
    Trick,
    Aac,
}

fn everything() -> Viewpoint {
    let systems = DrmSystems {
        widevine: true,
        playready: true,
        fairplay: true,
    };
    Viewpoint {
        protection: Protection::Systems(systems),
        ..Viewpoint::new(Tier::Uhd)
    }
}

/// HDR10 with sound and subtitles, two segments: made once for all tests of this file.
static GOOD: OnceCell<(Studio, Case)> = OnceCell::const_new();

/// The asset as it came, with the studio that holds its files.
pub(crate) async fn good() -> &'static (Studio, Case) {
    GOOD.get_or_init(async || {
        let studio = Studio::open_for_all("good-asset").await;
        let folder = tempfile::tempdir().unwrap();
        let captions = folder.path().join("film.srt");
        std::fs::write(&captions, films::CAPTIONS).unwrap();
        studio.film(&films::hdr10_with_everything(&captions));
        studio.publish().await.unwrap();
        let case = Case::read(&studio);
        (studio, case)
    })
    .await
}

impl Case {
    fn read(studio: &Studio) -> Self {
        let read = |file: &str| std::fs::read(studio.object(&target().asset_key(file))).unwrap();
        let asset: Asset = serde_json::from_slice(&read("asset.json")).unwrap();
        let files = Published::all(&asset).map(|track| {
            let file = track.media().file;
            (file.to_owned(), read(file))
        });
        let files = files.collect();
        let subtitles = asset.subtitles.iter().map(|track| {
            let text = String::from_utf8(read(&track.file)).unwrap();
            (track.file.clone(), text)
        });
        let subtitles = subtitles.collect();
        let seed = studio.engine.seeds.get(asset.key_seed).unwrap();
        let ids = asset.key_ids();
        let content_keys = ids.iter().map(|(_, kid)| content_key(seed, *kid)).collect();
        let mut case = Self {
            asset,
            multivariant: String::new(),
            playlists: Vec::new(),
            subtitles,
            files,
            content_keys,
        };
        case.write_playlists();
        case
    }

    /// Writes the playlists that the asset's description now gives.
    pub(crate) fn write_playlists(&mut self) {
        let Presentation {
            multivariant,
            playlists,
            ..
        } = Presentation::written(&self.asset, &everything());
        (self.multivariant, self.playlists) = (multivariant, playlists);
    }

    fn report(&self, studio: &Studio) -> Report {
        let mut verification = Verification::new();
        verification.playlists(&Presentation {
            asset: &self.asset,
            multivariant: self.multivariant.clone(),
            playlists: self.playlists.clone(),
            subtitles: self.subtitles.clone(),
            content_keys: self.content_keys.clone(),
        });
        for track in Published::all(&self.asset) {
            let kid = key_id(
                &studio.engine.kid_seed,
                self.asset.content_id,
                self.asset.version,
                track.tier(),
            );
            let keys = Keys {
                kid,
                content_keys: &self.content_keys,
            };
            let Some(bytes) = self.files.get(track.media().file) else {
                verification.missing(track.media().file);
                continue;
            };
            match MediaFile::read(&mut Cursor::new(bytes)) {
                Ok(file) => verification.media(track, &file, keys),
                Err(error) => verification.unreadable(track, &error),
            }
        }
        verification.report()
    }

    pub(crate) fn track(&self, which: Which) -> Published<'_> {
        let mut tracks = Published::all(&self.asset);
        let found = tracks.find(|track| match (which, track) {
            (Which::Avc, Published::Video(track)) => track.codec.starts_with("avc1"),
            (Which::Hevc, Published::Video(track)) => {
                track.codec.starts_with("hvc1") && track.range != shared::asset::VideoRange::Sdr
            }
            (Which::Trick, Published::Trick(_)) => true,
            (Which::Aac, Published::Audio(track)) => track.codec.starts_with("mp4a"),
            _ => false,
        });
        found.unwrap()
    }

    /// The bytes of such a track's file.
    pub(crate) fn file(&mut self, which: Which) -> &mut Vec<u8> {
        let name = self.track(which).media().file.to_owned();
        self.files.get_mut(&name).unwrap()
    }

    /// The Media Playlist of such a track; of a trick-play track, its I-frame playlist.
    pub(crate) fn playlist(&mut self, which: Which) -> &mut String {
        let id = self.track(which).media().id.to_owned();
        let is_its = |known: &str| known.strip_prefix("i-").unwrap_or(known) == id;
        let found = self.playlists.iter_mut().find(|(known, _)| is_its(known));
        &mut found.unwrap().1
    }
}

/// The defect that other tests take as their example.
pub(crate) fn break_pattern(case: &mut Case) {
    let (.., spoil) = bytes::PROTECTION
        .iter()
        .find(|(name, ..)| *name == "a pattern of 1:8")
        .unwrap();
    spoil(case);
}

fn every_mutation() -> impl Iterator<Item = &'static Mutation> {
    let tables = [
        playlists::MULTIVARIANT,
        playlists::MEDIA,
        playlists::SUBTITLES,
        description::MISREPRESENTED,
        description::BAD,
        bytes::CONTAINER,
        bytes::PICTURES,
        bytes::SOUND,
        bytes::PROTECTION,
    ];
    tables.into_iter().flatten()
}

#[tokio::test]
async fn the_asset_as_it_came_breaks_nothing_that_keeps_it_back() {
    let (studio, case) = good().await;
    let report = case.report(studio);
    let broken: Vec<_> = report.failures(Must).collect();
    assert!(broken.is_empty(), "{broken:#?}");
    let worse: Vec<_> = report
        .failures(Severity::Should)
        .filter(|check| !films::SHORTCOMINGS.contains(&check.rule.as_str()))
        .collect();
    assert!(worse.is_empty(), "{worse:#?}");
}

#[tokio::test]
async fn every_seeded_defect_is_caught_by_the_rule_that_is_meant_to() {
    let (studio, good) = good().await;
    let before = good.report(studio);
    let mut missed = Vec::new();
    for (name, rule, severity, spoil) in every_mutation() {
        let mut case = good.clone();
        spoil(&mut case);
        let after = case.report(studio);
        // Of a rule that a film this small breaks anyway, something new must be said.
        let known = findings(&before, rule, *severity);
        let new = findings(&after, rule, *severity);
        if new.iter().all(|finding| known.contains(finding)) {
            let failed = after.checks.iter().filter(|check| !check.passed);
            let others: Vec<_> = failed.map(|check| check.rule.as_str()).collect();
            missed.push(format!(
                "{name}: rule {rule} let it through; these object: {others:?}"
            ));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

fn findings<'a>(report: &'a Report, rule: &str, severity: Severity) -> Vec<&'a String> {
    let its = report
        .checks
        .iter()
        .filter(|check| check.rule == rule && check.severity == severity);
    its.flat_map(|check| &check.findings).collect()
}

#[test]
fn there_are_enough_different_defects_of_enough_rules() {
    let names: std::collections::BTreeSet<_> = every_mutation().map(|(name, ..)| name).collect();
    let rules: std::collections::BTreeSet<_> = every_mutation().map(|(_, rule, ..)| rule).collect();
    assert_eq!(names.len(), every_mutation().count(), "a name stands twice");
    assert!(names.len() >= 60, "{} defects", names.len());
    assert!(rules.len() >= 60, "{} rules", rules.len());
}
