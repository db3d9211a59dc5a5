//! Defects in what was encoded: the asset is bad, or it isn't what its playlists say.

use shared::{
    asset::{Asset, Fragment, VideoRange, VideoTrack},
    cenc::Tier,
    hls::validate::Severity::{self, Must, Should},
};

use super::{Case, caught, everything};
use crate::sample::{audio, film, measure_video, subtitle};

/// Rule, weight, and what is done to the asset.
type Change = (&'static str, Severity, fn(&mut Asset));

/// The asset is bad, and its playlists say so faithfully.
const BAD_ASSETS: &[Change] = &[
    ("18", Must, |film| film.video.truncate(1)),
    ("19", Should, |film| {
        film.video.retain(|track| track.id != "v2160-20000-hvc1");
    }),
    ("21", Must, |film| film.video.retain(is_hdr)),
    ("22", Should, |film| film.video.truncate(9)),
    ("23", Should, |film| film.video.retain(is_hdr)),
    ("27", Should, |film| {
        film.video
            .retain(|track| track.tier < Tier::Uhd || track.average_bps > 15_000_000);
    }),
    ("33", Must, |film| {
        film.video[15].supplemental_codec = Some(String::from("dvh1.08.06/db4h"));
    }),
    ("40", Must, |film| {
        film.audio.retain(|track| track.id != "a-de-ec3");
    }),
    ("42", Must, |film| {
        film.audio[1].codec = String::from("mp4a.40.5");
    }),
    ("42", Must, |film| {
        film.audio.retain(|track| track.id != "a-de-ec3");
    }),
    ("42", Must, |film| {
        // 5.1 may stand beside objects, stereo may not.
        film.audio
            .push(audio("joc", "ec-3", "16/JOC", "en", "English", 448));
        film.audio
            .push(audio("joc", "ec-3", "2", "de", "Deutsch", 128));
    }),
    ("43", Must, |film| {
        film.audio.retain(|track| track.group != "aac2");
    }),
    ("44", Should, |film| {
        film.audio.retain(|track| track.group != "ac3");
    }),
    ("45", Should, |film| {
        film.audio
            .push(audio("atmos448", "ec-3", "16/JOC", "en", "English", 448));
        film.audio
            .push(audio("atmos768", "ec-3", "16/JOC", "en", "English", 768));
    }),
    ("48", Must, |film| {
        film.subtitles
            .push(subtitle("s-fr-forced", "Français (forcés)", "fr"));
    }),
    ("50", Should, |film| {
        film.audio[0] = audio("aac2", "mp4a.40.2", "2", "en", "English", 256);
    }),
    ("58", Must, |film| {
        film.video[3].segments[2].duration += 1001;
    }),
    ("58", Should, |film| {
        film.audio[3].segments[2].duration += 3072;
    }),
    ("65", Should, |film| {
        scale(&mut film.video[7].segments[0].fragments, 9);
        measure_video(&mut film.video[7]);
    }),
    ("67", Should, |film| {
        film.trick[0]
            .segments
            .iter_mut()
            .for_each(|s| keyframes(&mut s.fragments, 4));
    }),
    ("69", Must, |film| {
        film.video[8].codec = String::from("hev1.2.4.L90.90");
    }),
    ("73", Must, |film| {
        film.video[8].codec = String::from("vp09.02.10.10");
    }),
    ("75", Should, |film| {
        film.video[5].segments[1].fragments[0].duration += 2002;
    }),
    ("77", Must, |film| {
        film.video[6].codec = String::from("avc1.64003c");
    }),
    ("77", Should, |film| {
        film.video
            .iter_mut()
            .filter(|t| !is_hdr(t))
            .for_each(|t| t.codec = String::from("avc1.640032"));
    }),
    ("78", Must, |film| {
        film.video[14].codec = String::from("hvc1.2.4.L156.90");
    }),
    ("78", Should, |film| {
        film.video
            .retain(|track| !is_hdr(track) || track.tier == Tier::Uhd);
    }),
    ("79", Should, |film| {
        film.video[6].codec = String::from("avc1.64002a");
    }),
    ("80", Must, |film| film.video[0].frame_rate.num = 20_000),
    ("80", Should, |film| {
        film.video
            .iter_mut()
            .filter(|t| is_hdr(t))
            .for_each(|t| t.frame_rate.num = 60_000);
    }),
    ("81", Must, |film| {
        film.video[10].codec = String::from("hvc1.1.6.L90.90");
    }),
    ("81", Must, |film| film.video[0].range = VideoRange::Pq),
    ("100", Should, |film| film.trick.truncate(1)),
    ("104", Should, |film| film.trick.clear()),
    ("105", Should, |film| {
        film.trick[1].segments[0].fragments[0].keyframe_length -= 1;
    }),
    ("106", Should, |film| {
        film.trick[0]
            .segments
            .iter_mut()
            .for_each(|s| keyframes(&mut s.fragments, 4));
    }),
    ("107", Should, |film| {
        film.trick[0].codec = String::from("mjpg");
    }),
    ("116", Should, |film| film.video[7].kid = film.video[0].kid),
    ("1.13", Should, |film| {
        film.video.retain(|track| track.height != 432);
    }),
];

/// The asset is not what its playlists say.
const OTHER_ASSETS: &[Change] = &[
    ("46", Must, |film| film.audio[0].describes_video = true),
    ("55", Must, |film| {
        film.video[0].segments[4].duration += 24_000;
    }),
    ("56", Must, |film| film.video[2].segments.truncate(9)),
    ("61", Must, |film| {
        film.video[1].segments[1].fragments[1].offset += 1;
    }),
    ("63", Must, |film| {
        scale(&mut film.video[6].segments[3].fragments, 2);
    }),
    ("70", Must, |film| film.video[0].width = 638),
    ("91", Must, |film| film.audio[2].segments.truncate(9)),
    ("111", Must, |film| film.audio[0].kid = None),
    ("112", Must, |film| film.video[0].kid = film.video[7].kid),
];

fn is_hdr(track: &VideoTrack) -> bool {
    track.range != VideoRange::Sdr
}

fn scale(fragments: &mut [Fragment], by: u64) {
    for fragment in fragments {
        fragment.length *= by;
    }
}

fn keyframes(fragments: &mut [Fragment], by: u64) {
    for fragment in fragments {
        fragment.keyframe_length *= by;
    }
}

#[test]
fn each_bad_asset_is_caught() {
    for (at, (rule, severity, change)) in BAD_ASSETS.iter().enumerate() {
        let mut film = film();
        change(&mut film);
        caught(
            rule,
            *severity,
            &Case::written(film, &everything()),
            &format!("row {at}"),
        );
    }
}

#[test]
fn each_asset_that_its_playlists_misrepresent_is_caught() {
    for (at, (rule, severity, change)) in OTHER_ASSETS.iter().enumerate() {
        let mut case = Case::film();
        change(&mut case.asset);
        caught(rule, *severity, &case, &format!("row {at}"));
    }
}
