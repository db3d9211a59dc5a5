//! Whole playlists, byte for byte.

use std::{fs, path::Path};

use shared::{
    cenc::Tier,
    hls::{
        DrmSystems, Protection, QUICK_START_BPS, Viewpoint, media_playlist, multivariant,
        rendition_ids,
    },
};

use crate::sample::film;

/// Holds a playlist against its golden file. What differs is left beside the test binary, to be looked at and copied.
#[track_caller]
fn check(name: &str, actual: &str) {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if fs::read_to_string(&golden).ok().as_deref() != Some(actual) {
        let written = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&written, actual).expect("Cargo makes the folder");
        panic!(
            "{} is not what was written: compare {}",
            golden.display(),
            written.display()
        );
    }
}

#[test]
fn the_multivariant_playlist_of_a_film_in_hdr() {
    check(
        "film-uhd.m3u8",
        &multivariant(&film(), &Viewpoint::new(Tier::Uhd)),
    );
}

#[test]
fn a_lower_tier_sees_neither_its_variants_nor_its_keys() {
    let text = multivariant(&film(), &Viewpoint::new(Tier::Sd));
    check("film-sd.m3u8", &text);
    assert!(!text.contains("v720") && !text.contains("TYPE-0"));
}

#[test]
fn all_key_systems_are_signalled_with_clear_key_last() {
    let systems = DrmSystems {
        widevine: true,
        playready: true,
        fairplay: true,
    };
    let viewpoint = Viewpoint {
        protection: Protection::Systems(systems),
        ..Viewpoint::new(Tier::Sd)
    };
    check(
        "film-sd-all-systems.m3u8",
        &multivariant(&film(), &viewpoint),
    );
    check(
        "v360-all-systems.m3u8",
        &media_playlist(&film(), "v360-365-avc1", "", &viewpoint).unwrap(),
    );
}

#[test]
fn a_native_player_without_key_systems_gets_the_key_endpoint_alone() {
    let viewpoint = Viewpoint {
        protection: Protection::Identity,
        ..Viewpoint::new(Tier::Sd)
    };
    check(
        "v360-identity.m3u8",
        &media_playlist(&film(), "v360-365-avc1", "", &viewpoint).unwrap(),
    );
}

#[test]
fn media_playlists_list_the_first_six_seconds_by_fragment() {
    let viewpoint = Viewpoint::new(Tier::Uhd);
    let playlist = |id: &str| media_playlist(&film(), id, "", &viewpoint).unwrap();
    check("v1080.m3u8", &playlist("v1080-6000-avc1"));
    check("a-en-aac2.m3u8", &playlist("a-en-aac2"));
}

#[test]
fn i_frames_are_listed_one_by_one() {
    check(
        "i-t360.m3u8",
        &media_playlist(&film(), "i-t360", "", &Viewpoint::new(Tier::Uhd)).unwrap(),
    );
}

#[test]
fn subtitles_are_one_segment_on_the_media_host() {
    let playlist = media_playlist(
        &film(),
        "s-en",
        "https://media.example",
        &Viewpoint::new(Tier::Uhd),
    );
    check("s-en.m3u8", &playlist.unwrap());
}

#[test]
fn every_listed_playlist_exists_and_nothing_else_does() {
    let (film, viewpoint) = (film(), Viewpoint::new(Tier::Hd));
    let text = multivariant(&film, &viewpoint);
    let ids = rendition_ids(&film, &viewpoint);
    for id in &ids {
        assert!(text.contains(&format!("{id}.m3u8")), "{id}");
        assert!(media_playlist(&film, id, "", &viewpoint).is_some(), "{id}");
    }
    assert_eq!(ids.len(), 8 + 5 + 6 + 4 + 2, "{ids:?}");
    for id in [
        "",
        "v2160-20000-hvc1",
        "i-v2160-20000-hvc1",
        "i-",
        "i-s-en",
        "t360",
        "../t360",
    ] {
        assert_eq!(media_playlist(&film, id, "", &viewpoint), None, "{id}");
    }
}

#[test]
fn the_first_variant_follows_the_viewpoint_in_every_audio_group() {
    let first = |viewpoint: &Viewpoint| {
        let text = multivariant(&film(), viewpoint);
        let uri = |group: &str| {
            let tag = text
                .lines()
                .position(|line| line.starts_with("#EXT-X-STREAM-INF") && line.contains(group))
                .unwrap();
            text.lines().nth(tag + 1).unwrap().to_owned()
        };
        ["AUDIO=\"aac2\"", "AUDIO=\"ac3\"", "AUDIO=\"ec3\""].map(uri)
    };
    let usual = Viewpoint::new(Tier::Uhd);
    assert_eq!(first(&usual), ["v540-2000-avc1.m3u8"; 3]);
    let quick = Viewpoint {
        first_variant_bps: QUICK_START_BPS,
        ..usual
    };
    assert_eq!(first(&quick)[0], "v360-365-avc1.m3u8");
}

#[test]
fn an_asset_without_trick_play_offers_the_key_frames_of_its_smallest_variant() {
    let mut film = film();
    film.trick.clear();
    let viewpoint = Viewpoint::new(Tier::Uhd);
    assert!(multivariant(&film, &viewpoint).contains("URI=\"i-v360-365-avc1.m3u8\""));
    let playlist = media_playlist(&film, "i-v360-365-avc1", "", &viewpoint).unwrap();
    assert!(playlist.contains("#EXT-X-I-FRAMES-ONLY") && playlist.contains("#EXTINF:2.002000,"));
}

#[test]
fn a_clear_asset_has_no_key_line_and_no_hdcp_demand() {
    let mut film = film();
    film.video
        .iter_mut()
        .chain(&mut film.trick)
        .for_each(|track| (track.kid, track.iv) = (None, None));
    film.audio
        .iter_mut()
        .for_each(|track| (track.kid, track.iv) = (None, None));
    let viewpoint = Viewpoint::new(Tier::Uhd);
    let text = multivariant(&film, &viewpoint)
        + &media_playlist(&film, "a-en-aac2", "", &viewpoint).unwrap();
    assert!(!text.contains("KEY") && !text.contains("HDCP"));
}
