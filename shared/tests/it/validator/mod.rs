//! The validator: our own playlists pass, and each seeded defect is caught by the rule that is meant to catch it.

mod documented;
mod of_media;
mod of_text;

use shared::{
    asset::{Asset, Chapter},
    cenc::{ContentKey, SeedRing, Tier, content_key},
    hls::{
        DrmSystems, Protection, Viewpoint,
        validate::{Presentation, Report, Severity, validate},
    },
};

use crate::sample::{audio, film};

/// The file that every subtitle track has until a test changes it.
const SUBTITLES: &str = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\n00:00:01.000 --> 00:00:02.000\nHello.\n";

/// A presentation that can be spoiled.
struct Case {
    asset: Asset,
    multivariant: String,
    playlists: Vec<(String, String)>,
    subtitles: Vec<(String, String)>,
    content_keys: Vec<ContentKey>,
}

impl Case {
    fn written(asset: Asset, viewpoint: &Viewpoint) -> Self {
        let Presentation {
            multivariant,
            playlists,
            ..
        } = Presentation::written(&asset, viewpoint);
        let files = asset.subtitles.iter().map(|track| track.file.clone());
        let subtitles = files.map(|file| (file, SUBTITLES.to_owned())).collect();
        let seeds = SeedRing::parse(&format!("1:{}", "0b".repeat(32))).expect("32 bytes");
        let key = |(_, kid)| content_key(seeds.current(), kid);
        let content_keys = asset.key_ids().into_iter().map(key).collect();
        Self {
            asset,
            multivariant,
            playlists,
            subtitles,
            content_keys,
        }
    }

    /// The whole film with every key system.
    fn film() -> Self {
        Self::written(film(), &everything())
    }

    fn report(&self) -> Report {
        validate(&Presentation {
            asset: &self.asset,
            multivariant: self.multivariant.clone(),
            playlists: self.playlists.clone(),
            subtitles: self.subtitles.clone(),
            content_keys: self.content_keys.clone(),
        })
    }

    fn playlist(&mut self, id: &str) -> &mut String {
        let found = self.playlists.iter_mut().find(|(known, _)| known == id);
        &mut found.expect("the playlist exists").1
    }
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

/// Replaces the first such text.
#[track_caller]
fn edit(text: &mut String, from: &str, to: &str) {
    assert!(text.contains(from), "nothing to replace: {from}");
    *text = text.replacen(from, to, 1);
}

/// Whether that rule, with that weight, objects. Others may object as well.
#[track_caller]
fn caught(rule: &str, severity: Severity, case: &Case, defect: &str) {
    let report = case.report();
    let failed: Vec<_> = report.checks.iter().filter(|check| !check.passed).collect();
    let by_rule = failed
        .iter()
        .any(|check| check.rule == rule && check.severity == severity);
    assert!(
        by_rule,
        "rule {rule} let this through: {defect}; these objected: {failed:#?}"
    );
}

#[test]
fn what_we_write_breaks_no_rule_from_any_viewpoint() {
    let Viewpoint {
        protection: systems,
        ..
    } = everything();
    for protection in [
        Viewpoint::new(Tier::Sd).protection,
        systems,
        Protection::Identity,
    ] {
        for max_tier in [Tier::Sd, Tier::Hd, Tier::Uhd] {
            let viewpoint = Viewpoint {
                protection,
                ..Viewpoint::new(max_tier)
            };
            let report = Case::written(film(), &viewpoint).report();
            let broken: Vec<_> = report.checks.iter().filter(|check| !check.passed).collect();
            // The SD viewpoint sees only one of the two trick-play renditions.
            let expected = usize::from(max_tier == Tier::Sd);
            assert_eq!(broken.len(), expected, "{viewpoint:?} {broken:#?}");
            assert!(report.is_publishable());
        }
    }
}

#[test]
fn a_clear_asset_breaks_no_rule() {
    let mut film = film();
    let video = film.video.iter_mut().chain(&mut film.trick);
    video.for_each(|track| (track.kid, track.iv) = (None, None));
    film.audio
        .iter_mut()
        .for_each(|track| (track.kid, track.iv) = (None, None));
    let report = Case::written(film, &everything()).report();
    let broken: Vec<_> = report.checks.iter().filter(|check| !check.passed).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn objects_beside_another_languages_surround_and_chapters_break_no_rule() {
    let mut film = film();
    film.audio
        .push(audio("joc", "ec-3", "16/JOC", "en", "English", 448));
    let german = film.audio.iter_mut().find(|track| track.id == "a-de-ec3");
    german.expect("German has 5.1").also_in = vec!["joc".to_owned()];
    film.chapters = vec![Chapter {
        start_ms: 0,
        title: "Harbour".to_owned(),
    }];
    let case = Case::written(film, &everything());
    assert!(
        case.multivariant
            .contains("DATA-ID=\"com.apple.hls.chapters\"")
    );
    let report = case.report();
    let broken: Vec<_> = report.checks.iter().filter(|check| !check.passed).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_report_is_plain_json_in_the_order_of_the_rules() {
    let report = Case::film().report();
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["checks"][0]["rule"], "1");
    assert_eq!(json["checks"][0]["severity"], "must");
    assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report);
    let numbers: Vec<u32> = report
        .checks
        .iter()
        .filter_map(|check| check.rule.parse().ok())
        .collect();
    assert!(numbers.is_sorted() && numbers.len() >= 80, "{numbers:?}");
}

#[test]
fn a_byte_range_without_offset_may_follow_its_neighbour() {
    let mut case = Case::film();
    edit(
        case.playlist("v1080-6000-avc1"),
        "BYTERANGE:1351350@1803000",
        "BYTERANGE:1351350",
    );
    assert!(case.report().is_publishable());
}
