//! The rule list: every rule that we know of, once, with its number, weight, source and where it is checked.
//!
//! Checks are found by number and weight; a test holds the two lists together, so no row is a promise without a check and no
//! check is without a row. `docs/validator.md` is printed from here.

use super::Severity;

/// Where a rule is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In playlists' text and the asset's description, by [`super::Verification::playlists`].
    Playlists,
    /// In the files' boxes and samples, by [`super::Verification::media`].
    Media,
    /// In both.
    Everywhere,
    /// In the answers of the edge: by tests of the functions, which say so by name.
    Edge(&'static str),
    /// Nowhere here, for this reason.
    Nowhere(&'static str),
}

/// One rule. A rule with two parts of different weight has two rows.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its number in the list; `1.13` is the ladder's table.
    pub number: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// What it asks for, in a few words.
    pub name: &'static str,
    /// The clause that asks for it: `AS` is Apple's HLS Authoring Specification, `ASX` its appendixes.
    pub source: &'static str,
    /// Where it is held.
    pub place: Place,
}

impl Rule {
    /// Whether a report can hold a check of it.
    pub const fn is_checked(&self) -> bool {
        matches!(
            self.place,
            Place::Playlists | Place::Media | Place::Everywhere
        )
    }
}

/// The row of that number and weight.
pub(super) fn find(number: &str, severity: Severity) -> Option<usize> {
    RULES
        .iter()
        .position(|rule| rule.number == number && rule.severity == severity)
}

/// The list as Markdown: what `docs/validator.md` holds.
pub fn to_markdown() -> String {
    let mut text = String::from(HEAD);
    for rule in RULES {
        let place = match rule.place {
            Place::Playlists => "playlists".to_owned(),
            Place::Media => "media".to_owned(),
            Place::Everywhere => "playlists, media".to_owned(),
            Place::Edge(how) => format!("edge: {how}"),
            Place::Nowhere(why) => format!("not here: {why}"),
        };
        let severity = match rule.severity {
            Severity::Must => "must",
            Severity::Should => "should",
        };
        text.extend([
            "| ",
            rule.number,
            " | ",
            severity,
            " | ",
            rule.name,
            " | ",
            rule.source,
            " | ",
            &place,
            " |\n",
        ]);
    }
    text
}

const HEAD: &str = "# What the validator checks

Every asset is held against these rules before it can be published; a broken **must** keeps it back. `transcode rules` prints this page from
the list in the code, and a test compares the two. *Playlists* are checked as every kind of player sees them, *media* box by box and sample by
sample, decrypted and decoded. AS is Apple's HLS Authoring Specification (2025-06), ASX its appendixes, 8216bis the revision of RFC 8216.
Rules without a clause are ours.

| Rule | Weight | What it asks for | Source | Checked in |
|---|---|---|---|---|
";

/// Rows in a form that stays one line each.
macro_rules! rules {
    ($($number:literal $severity:ident $place:tt $source:literal $name:literal;)*) => {
        /// Every rule, in the order of the list.
        pub const RULES: &[Rule] = &[$(Rule {
            number: $number,
            severity: Severity::$severity,
            name: $name,
            source: $source,
            place: rules!(@place $place),
        }),*];
    };
    (@place playlists) => { Place::Playlists };
    (@place media) => { Place::Media };
    (@place both) => { Place::Everywhere };
    (@place (edge $how:literal)) => { Place::Edge($how) };
    (@place (not $why:literal)) => { Place::Nowhere($why) };
}

rules! {
    "1" Must playlists "8216bis 4.1" "Playlists are plain UTF-8 text that begins with #EXTM3U";
    "2" Must playlists "8216bis 8" "EXT-X-VERSION covers every feature in use";
    "3" Must playlists "8216bis 4.1" "A playlist is either multivariant or media";
    "4" Must playlists "8216bis 4.2" "Attribute lists are well formed";
    "5" Must playlists "AS 10.4" "Every URI names a playlist or a file of the asset, and the file is there";
    "6" Must (edge "playlists travel gzip-coded to those who take it (tests/conformance)") "AS 10.1" "Playlists are answered with gzip";
    "7" Must (edge "a media request is answered, not redirected (tests/conformance)") "AS 8.18" "Media requests are answered without redirects";
    "8" Should (not "TLS ends at the CDN; terraform sets its minimum version") "AS 11, 12.1" "All URLs are https with TLS 1.2 or newer";

    "9" Must playlists "8216bis 4.4.6.2" "Each EXT-X-STREAM-INF is followed by exactly one URI";
    "10" Must playlists "8216bis 4.4.6.2" "BANDWIDTH stands on every variant and I-frame variant";
    "11" Must playlists "AS 9.14" "AVERAGE-BANDWIDTH stands on every variant and is at most BANDWIDTH";
    "12" Must playlists "AS 9.1, 9.3" "CODECS stands on every variant and I-frame variant";
    "13" Must playlists "AS 9.2, 9.4" "RESOLUTION stands on every variant with video and on every I-frame variant";
    "14" Must playlists "AS 9.15" "FRAME-RATE stands on every variant with video and on no I-frame variant";
    "15" Must playlists "AS 9.16" "VIDEO-RANGE stands on every variant unless all are SDR";
    "16" Must playlists "8216bis 4.4.6.2" "CLOSED-CAPTIONS is NONE everywhere or names a group";
    "17" Must playlists "8216bis 4.4.6.2" "Every group that a variant names exists";
    "18" Must playlists "AS 9.9" "There are at least two video bit rates";
    "19" Should playlists "AS 9.10" "HD has two variants at its highest resolution";
    "20" Must playlists "AS 9.12" "Every video playlist promises independent segments";
    "20" Should playlists "AS 9.11" "The Multivariant Playlist promises independent segments";
    "21" Must playlists "AS 1.24, 6.16" "There is an SDR variant, and SDR trick play";
    "22" Should playlists "AS 1.23" "Codec families stand together and each covers several bandwidths";
    "23" Should playlists "AS 1.12" "Some variant is H.264";
    "24" Should playlists "AS 1.33" "All variants have one aspect ratio";
    "25" Should playlists "AS 1.32" "The first variant of each audio group is the one nearest 2000 kbit/s";
    "26" Must playlists "AS 9.20" "No variant is audio only (tvOS)";
    "26" Should (not "applies to apps of the App Store over cellular; ours is a web player, which measures") "AS 9.21" "A variant for cellular networks stays below 192 kbit/s";
    "27" Should playlists "AS 1.34" "Some UHD variant stays below 15 Mbit/s";
    "28" Must playlists "AS 9.19" "SCORE stands on all variants or on none, and is a positive number";
    "29" Should playlists "AS 13.5, 13.6" "HDCP-LEVEL of encrypted variants follows their resolution, and levels share no key";
    "30" Must playlists "8216bis 4.4.6.5" "Every EXT-X-SESSION-KEY is some playlist's key, once";
    "30" Should playlists "Apple, CMAF" "Keys of encrypted media are announced";
    "31" Should playlists "8216bis 4.4.2.2" "EXT-X-START lies within the programme";
    "32" Must playlists "AS 9.18, ASX" "Content steering stands once, names its server, and each pathway has all variants";
    "32" Should playlists "ASX" "Content steering names its first pathway";
    "33" Must both "ASX, 8216bis" "SUPPLEMENTAL-CODECS agrees with CODECS, VIDEO-RANGE and the media";
    "34" Must playlists "ASX" "Dolby Vision profile 5 stands in CODECS, profile 8 never";
    "35" Should playlists "ASX" "ALLOWED-CPC names known FairPlay labels";
    "36" Should playlists "Apple, chapters" "Chapters are a JSON file";

    "37" Must playlists "8216bis 4.4.6.1" "Renditions are named, unique in their group, with one default";
    "38" Must playlists "AS 8.10, 4.7" "Every rendition has a BCP 47 LANGUAGE";
    "39" Must playlists "8216bis 4.4.6.1" "Audio and subtitle renditions have a URI, closed captions have none";
    "40" Must playlists "8216bis 4.4.6.2.1" "All groups of one type have the same members";
    "41" Must both "ASX" "CHANNELS stands on every audio rendition and equals the bitstream's";
    "42" Must playlists "ASX" "An audio group is one codec and layout, and every group lists every language and variant";
    "43" Must playlists "AS 2.3" "There is a stereo AAC group";
    "44" Should playlists "AS 2.6 (must, for devices without E-AC-3)" "E-AC-3 is accompanied by AC-3";
    "45" Should playlists "AS 2.8" "Atmos has one bit rate";
    "46" Must playlists "AS 2.12-2.15, 2.27" "Audio description is marked and complete";
    "47" Must playlists "AS 4.5, 4.6" "Subtitles for the deaf and hard of hearing are marked";
    "48" Must playlists "8216bis 4.4.6.1, AS 5.8" "Forced subtitles are subtitles, and their language has regular ones";
    "48" Should playlists "AS 5.8, 5.11" "Forced subtitles are selected automatically, and the regular ones hold their cues";
    "49" Should playlists "AS 9.17" "Renditions of one language go from general to specific";
    "50" Should playlists "AS 2.4, 2.9" "Audio bit rates are near Apple's";

    "51" Must playlists "8216bis 4.4.3.1" "EXT-X-TARGETDURATION covers every segment";
    "51" Should playlists "8216bis 4.4.3.1" "EXT-X-TARGETDURATION is no larger than needed";
    "52" Must playlists "AS 8.6" "Playlists are VOD and end";
    "53" Must playlists "AS 8.2" "All audio and video playlists have one target duration";
    "54" Should playlists "AS 7.5, 7.6" "The target duration is 6 s";
    "55" Must playlists "AS 7.7" "No segment is more than 0.5 s longer than the target duration";
    "56" Must playlists "AS 8.1" "EXTINF adds up to what the media lasts, in every run of segments";
    "57" Must playlists "AS 8.7, 8.3" "All playlists cover the same time";
    "58" Must playlists "AirPlay" "Video renditions have identical boundaries";
    "58" Should playlists "AS 8.22" "Audio boundaries coincide with video's within one audio frame";
    "59" Must playlists "AS 8.20" "Every fragmented MP4 segment has its initialization section";
    "60" Must playlists "AS 8.13-8.15, 2.11" "Discontinuities stand at the same times in all playlists";
    "61" Must both "8216bis 4.4.4.2" "Byte ranges are the track's segments, and the index is the file's";
    "62" Should playlists "AS 8.19, ASX" "Date ranges are complete";

    "63" Must playlists "AS 1.27" "BANDWIDTH is within 10 % of the measured peak";
    "64" Must playlists "AS 1.26" "AVERAGE-BANDWIDTH is within 10 % of the measured average";
    "65" Should playlists "AS 1.30" "The measured peak is at most twice the average";
    "66" Must playlists "AS 6.9" "I-frame rates are within 10 % of what the ranges measure";
    "67" Should playlists "AS 6.5" "A dense I-frame rendition costs an eighth of the variant per frame";
    "1.13" Should playlists "AS 1.28" "Rungs of a family lie 1.3 to 2.2 apart";

    "68" Must both "RFC 6381" "CODECS is exactly what the variant's media is";
    "69" Must both "AS 1.10" "Sample entries are avc1, hvc1, dvh1 or av01, never avc3, hev1 or dvhe";
    "70" Must both "8216bis 4.4.6.2" "RESOLUTION is the display size, of the sequence header too";
    "71" Must both "8216bis 4.4.6.2" "FRAME-RATE is the media's, with three decimals";
    "72" Must both "8216bis 4.4.6.2" "VIDEO-RANGE is the media's: sequence header and colr agree";
    "73" Must playlists "AS 1.1, 1.5, 1.39" "Video is H.264, HEVC, Dolby Vision or AV1";
    "74" Must media "AS 7.4" "Every fragment begins with an IDR picture that is its one sync sample";
    "75" Should playlists "AS 1.13, 8.22" "There is a key frame every 2 s, at the same times in all video";
    "76" Must media "8216bis 4.4.2.1" "GOPs are closed: no leading pictures, nothing is shown before its IDR picture";
    "77" Must playlists "AS 1.3" "H.264 is at most High at level 5.2";
    "77" Should playlists "AS 1.3, 1.4" "Some H.264 is at most level 4.1, in High profile";
    "78" Must playlists "AS 1.6, 1.9, 1.37" "HEVC is at most Main 10 at level 5.1, Dolby Vision 5 at most level 7, AV1 at most 6.2";
    "78" Should playlists "AS 1.6" "Some HEVC is at most level 4.0, Main tier";
    "79" Should playlists "AS 1.11" "Levels are the lowest that fit size, rate and bit rate";
    "80" Must both "AS 1.14-1.19" "Pictures are progressive, at a standard rate of at most 60 frames/s";
    "80" Should playlists "AS 1.20" "HDR is offered at up to 30 frames/s";
    "81" Must both "AS 1.7" "HDR is HEVC Main 10, Dolby Vision or AV1, in BT.2020 colours, 10 bits deep";
    "82" Should media "AS 1.8, 1.35" "HDR10 has its mastering display and content light in the configuration record";
    "83" Should media "" "The configuration record holds no encoder's banner";
    "84" Must media "AS 7.3" "Decode times are continuous and the first picture is shown at 0";
    "85" Must media "8216bis 3.1.2, CMAF" "One track, fragmented, default-base-is-moof, CMAF brands, every sample within its mdat";
    "86" Should media "" "Video has no edit list, but negative composition offsets";
    "87" Must media "AS 7.1" "Media is continuous: no gap and no overlap of half a frame";

    "88" Must playlists "AS 9.5-9.7, 2.17" "Audio of several languages or channels is demuxed from video";
    "89" Must media "AS 2.24" "HE-AAC signals its extension explicitly";
    "90" Should media "AS 2.18-2.23" "Audio says how loud it is: ludt, or dialnorm";
    "91" Must both "AS 8.3" "Audio lasts as long as video, within one frame, at one sample rate";
    "92" Should media "" "AAC hides its priming with an edit list and has its roll group";

    "93" Must playlists "AS 5.2-5.4" "Subtitles are WebVTT";
    "94" Must playlists "AS 5.3" "WebVTT files parse and begin with their place on the timeline";
    "95" Must playlists "8216bis 3.1.4" "No cue shows after the end";
    "96" Must playlists "AS 5.5" "Subtitle playlists span the programme";
    "97" Should playlists "ASX, AS 5.7" "A subtitle file is one segment";
    "98" Should playlists "AS 5.10" "IMSC stands in CODECS as stpp.ttml.im1t";
    "99" Should (not "we publish no TTML: rule 93 refuses all but WebVTT") "" "TTML is not the packager's";

    "100" Must playlists "AS 6.1" "There is an I-frame variant";
    "100" Should playlists "AS 6.6, 6.14" "I-frame variants have several bit rates, some H.264";
    "101" Must playlists "AS 6.8" "I-frame playlists say so";
    "102" Must both "AS 6.10" "Each I-frame range is one fragment's key frame, from its moof to its last byte";
    "103" Must playlists "8216bis 4.4.3.6" "EXTINF is the time to the next I-frame, and they add up to the programme";
    "104" Should playlists "AS 6.2" "There is an I-frame every second";
    "105" Should both "" "A dense fragment holds one sample";
    "106" Should playlists "AS 6.7" "Dense I-frame rates are near Apple's";
    "107" Should playlists "ASX" "There is at most one image variant, without key";

    "108" Must both "AS 13.2, 13.11" "The method is SAMPLE-AES, the scheme cbcs";
    "109" Must media "AS 13.7" "Pattern 1:9 in video, whole blocks in audio, a constant IV";
    "110" Must playlists "AS 13.3, 13.4" "FairPlay lines name a skd:// key, version 1";
    "110" Should playlists "AS 13.3" "FairPlay lines carry no IV";
    "111" Must playlists "Apple, content protection" "Encrypted playlists signal one and the same set of key systems";
    "112" Must both "" "Key lines, tenc and pssh name the KID of the track's tier";
    "113" Must both "Apple, content protection" "Nothing published holds a key, and no identity line stands beside key systems";
    "114" Must media "AS 1.41" "Fragments carry senc, or saiz and saio, and these describe every sample";
    "115" Must media "ISO 23001-7" "Headers stay clear; decrypted samples are the encoder's, byte for byte, and decode without an error";
    "116" Should playlists "8216bis 4.4.6.2" "Tiers have keys of their own";

    "117" Must (edge "ranges are exact, length and range are exposed; one origin serves all (tests/conformance)") "" "Media answers ranges exactly and exposes its headers";
    "118" Must (edge "media is immutable, playlists are private (tests/conformance)") "" "Media is kept for ever, playlists with tokens privately";
    "119" Must (edge "an answer doesn't depend on CMCD (tests/conformance)") "" "CMCD is in no cache key and no signature";
    "120" Should (edge "paths are ids, the token is the viewer's (tests/conformance)") "AS 11.4, 12.4" "URLs reveal no title";
}
