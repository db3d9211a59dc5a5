//! Defects in playlists' text.

use shared::{
    cenc::Tier,
    hls::{
        Viewpoint,
        validate::Severity::{self, Must, Should},
    },
};

use super::{Case, SUBTITLES, caught, edit};
use crate::sample::film;

/// Rule, weight, and the text of the Multivariant Playlist that is replaced once.
type Edit = (&'static str, Severity, &'static str, &'static str);

/// Rule, weight, playlist, and its text that is replaced once.
type PlaylistEdit = (
    &'static str,
    Severity,
    &'static str,
    &'static str,
    &'static str,
);

const END: &str = "#EXT-X-INDEPENDENT-SEGMENTS\n";
const AUDIO_ONLY: &str = "#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-STREAM-INF:BANDWIDTH=130000,AVERAGE-BANDWIDTH=128000,\
    CODECS=\"mp4a.40.2\",AUDIO=\"aac2\",SUBTITLES=\"subs\",CLOSED-CAPTIONS=NONE\na-en-aac2.m3u8\n";
const IDENTITY: &str = "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"/api/drm/key/1\",KEYFORMAT=\"identity\",KEYFORMATVERSIONS=\"1\"\n#EXTINF";

const MULTIVARIANT: &[Edit] = &[
    ("1", Must, "#EXTM3U", "\u{feff}#EXTM3U"),
    ("1", Must, "English", "Eng\tlish"),
    ("2", Must, "#EXT-X-VERSION:7", "#EXT-X-VERSION:4"),
    ("3", Must, END, "#EXT-X-TARGETDURATION:6\n"),
    ("4", Must, "CHANNELS=\"2\"", "CHANNELS=2"),
    ("4", Must, "TYPE=AUDIO", "TYPE=\"AUDIO\""),
    ("4", Must, "DEFAULT=YES", "DEFAULT=YES,DEFAULT=YES"),
    ("4", Must, "RESOLUTION=960x540", "RESOLUTION=960*540"),
    ("5", Must, "a-de-ec3.m3u8", "a-fr-ec3.m3u8"),
    ("9", Must, "\nv540-2000-avc1.m3u8\n", "\n"),
    ("9", Must, END, "v360-365-avc1.m3u8\n"),
    (
        "10",
        Must,
        "STREAM-INF:BANDWIDTH=",
        "STREAM-INF:X-BANDWIDTH=",
    ),
    ("11", Must, "AVERAGE-BANDWIDTH=", "X-AVERAGE="),
    ("11", Must, "AVERAGE-BANDWIDTH=", "AVERAGE-BANDWIDTH=9"),
    ("12", Must, "CODECS=\"avc1.64001f,mp4a.40.2\",", ""),
    ("13", Must, "RESOLUTION=640x360,", ""),
    ("14", Must, "FRAME-RATE=23.976,", ""),
    (
        "14",
        Must,
        "URI=\"i-t360.m3u8\"",
        "FRAME-RATE=1.000,URI=\"i-t360.m3u8\"",
    ),
    ("15", Must, "VIDEO-RANGE=SDR,", ""),
    ("16", Must, ",CLOSED-CAPTIONS=NONE", ""),
    ("17", Must, "AUDIO=\"aac2\"", "AUDIO=\"aac\""),
    ("20", Must, END, ""),
    ("20", Should, END, ""),
    ("24", Should, "RESOLUTION=640x360", "RESOLUTION=640x480"),
    ("26", Must, END, AUDIO_ONLY),
    (
        "28",
        Must,
        "CLOSED-CAPTIONS=NONE",
        "CLOSED-CAPTIONS=NONE,SCORE=1.0",
    ),
    ("29", Should, "HDCP-LEVEL=TYPE-1", "HDCP-LEVEL=TYPE-0"),
    ("30", Must, "skd://", "skd://x"),
    ("31", Should, END, "#EXT-X-START:TIME-OFFSET=61\n"),
    (
        "32",
        Must,
        END,
        "#EXT-X-CONTENT-STEERING:PATHWAY-ID=\"a\"\n",
    ),
    ("34", Must, "hvc1.2.4.L150.90", "dvh1.08.06"),
    (
        "35",
        Should,
        "CLOSED-CAPTIONS=NONE",
        "CLOSED-CAPTIONS=NONE,ALLOWED-CPC=\"x:Other\"",
    ),
    (
        "36",
        Should,
        END,
        "#EXT-X-SESSION-DATA:DATA-ID=\"com.apple.hls.chapters\",VALUE=\"1\"\n",
    ),
    ("37", Must, "NAME=\"Deutsch\"", "NAME=\"English\""),
    (
        "37",
        Must,
        "DEFAULT=YES,AUTOSELECT=YES",
        "DEFAULT=YES,AUTOSELECT=NO",
    ),
    (
        "37",
        Must,
        "DEFAULT=NO,AUTOSELECT=YES",
        "DEFAULT=YES,AUTOSELECT=YES",
    ),
    ("38", Must, "LANGUAGE=\"de\"", "LANGUAGE=\"deu\""),
    ("39", Must, ",URI=\"s-en.m3u8\"", ""),
    ("41", Must, "CHANNELS=\"6\"", "CHANNELS=\"2\""),
    (
        "47",
        Must,
        "public.accessibility.describes-music-and-sound",
        "x",
    ),
    ("48", Must, "FORCED=YES", "FORCED=NO"),
    ("48", Must, "CHANNELS=\"2\"", "CHANNELS=\"2\",FORCED=NO"),
    (
        "48",
        Should,
        "AUTOSELECT=YES,FORCED=YES",
        "AUTOSELECT=NO,FORCED=YES",
    ),
    ("63", Must, "BANDWIDTH=2234398", "BANDWIDTH=2634398"),
    (
        "64",
        Must,
        "AVERAGE-BANDWIDTH=2127988",
        "AVERAGE-BANDWIDTH=1827988",
    ),
    (
        "66",
        Must,
        "AVERAGE-BANDWIDTH=45145",
        "AVERAGE-BANDWIDTH=40000",
    ),
    ("68", Must, "avc1.64001f,mp4a.40.2", "avc1.64001f"),
    ("68", Must, "hvc1.2.4.L120.90", "hvc1.2.4.L120.B0"),
    ("71", Must, "FRAME-RATE=23.976", "FRAME-RATE=24.000"),
    ("72", Must, "VIDEO-RANGE=PQ", "VIDEO-RANGE=HLG"),
    ("88", Must, "AUDIO=\"ec3\",", ""),
];

const PLAYLISTS: &[PlaylistEdit] = &[
    ("1", Must, "a-en-aac2", "#EXTM3U", "#EXTM3U8"),
    (
        "2",
        Must,
        "v360-365-avc1",
        "#EXT-X-VERSION:7",
        "#EXT-X-VERSION:5",
    ),
    (
        "2",
        Must,
        "s-en",
        "#EXT-X-VERSION:7",
        "#EXT-X-VERSION:7\n#EXT-X-VERSION:7",
    ),
    (
        "5",
        Must,
        "v360-365-avc1",
        "avc1.mp4\n#EXTINF",
        "avc2.mp4\n#EXTINF",
    ),
    (
        "51",
        Must,
        "v360-365-avc1",
        "TARGETDURATION:6",
        "TARGETDURATION:5",
    ),
    (
        "51",
        Should,
        "s-en",
        "TARGETDURATION:60",
        "TARGETDURATION:70",
    ),
    ("52", Must, "a-en-ac3", "#EXT-X-ENDLIST\n", ""),
    (
        "53",
        Must,
        "a-en-ac3",
        "TARGETDURATION:6",
        "TARGETDURATION:7",
    ),
    (
        "54",
        Should,
        "a-en-ac3",
        "TARGETDURATION:6",
        "TARGETDURATION:10",
    ),
    (
        "56",
        Must,
        "v1080-6000-avc1",
        "EXTINF:6.006000",
        "EXTINF:6.051000",
    ),
    ("57", Must, "i-t360", "EXTINF:0.060000", "EXTINF:0.960000"),
    (
        "59",
        Must,
        "v1080-6000-avc1",
        "BYTERANGE=\"900@0\"",
        "BYTERANGE=\"901@0\"",
    ),
    (
        "60",
        Must,
        "v360-365-avc1",
        "#EXTINF:6",
        "#EXT-X-DISCONTINUITY\n#EXTINF:6",
    ),
    (
        "61",
        Must,
        "v1080-6000-avc1",
        "BYTERANGE:1801800@1200",
        "BYTERANGE:1801800",
    ),
    (
        "61",
        Must,
        "v1080-6000-avc1",
        "BYTERANGE:1801800@1200",
        "BYTERANGE:1801800@1201",
    ),
    (
        "62",
        Should,
        "v360-365-avc1",
        "#EXTINF",
        "#EXT-X-DATERANGE:ID=\"credits\"\n#EXTINF",
    ),
    ("93", Must, "s-de", "s-de.vtt", "s-de.mp4"),
    ("96", Must, "s-de", "EXTINF:60.060000", "EXTINF:50.000000"),
    (
        "97",
        Should,
        "s-de",
        "#EXTINF:60.060000,",
        "#EXTINF:30.000000,\n/s-de.vtt\n#EXTINF:30.060000,",
    ),
    ("101", Must, "i-t360", "#EXT-X-I-FRAMES-ONLY\n", ""),
    (
        "102",
        Must,
        "i-t360",
        "BYTERANGE:6750@1200",
        "BYTERANGE:6749@1200",
    ),
    ("103", Must, "i-t360", "EXTINF:1.000000", "EXTINF:0.900000"),
    (
        "108",
        Must,
        "v360-365-avc1",
        "METHOD=SAMPLE-AES",
        "METHOD=SAMPLE-AES-CTR",
    ),
    ("110", Must, "v360-365-avc1", "skd://", "https://"),
    (
        "110",
        Should,
        "v360-365-avc1",
        "URI=\"skd",
        "IV=0x00000000000000000000000000000001,URI=\"skd",
    ),
    (
        "111",
        Must,
        "a-en-ac3",
        "com.microsoft.playready",
        "org.w3.clearkey",
    ),
    ("112", Must, "v360-365-avc1", "KEYID=0x5e", "KEYID=0x5f"),
    ("112", Must, "v360-365-avc1", "skd://X", "skd://Y"),
    ("113", Must, "a-en-ac3", "#EXTINF", IDENTITY),
];

#[test]
fn each_defect_of_the_multivariant_playlist_is_caught() {
    for (rule, severity, from, to) in MULTIVARIANT {
        let mut case = Case::film();
        edit(&mut case.multivariant, from, to);
        caught(rule, *severity, &case, to);
    }
}

#[test]
fn each_defect_of_a_media_playlist_is_caught() {
    for (rule, severity, id, from, to) in PLAYLISTS {
        let mut case = Case::film();
        edit(case.playlist(id), from, to);
        caught(rule, *severity, &case, to);
    }
}

#[test]
fn missing_kinds_of_lines_are_caught() {
    for (rule, severity, tag) in [
        ("30", Should, "#EXT-X-SESSION-KEY"),
        ("100", Must, "#EXT-X-I-FRAME-STREAM-INF"),
    ] {
        let mut case = Case::film();
        let kept = case
            .multivariant
            .lines()
            .filter(|line| !line.starts_with(tag));
        case.multivariant = kept.fold(String::new(), |text, line| text + line + "\n");
        caught(rule, severity, &case, tag);
    }
}

#[test]
fn a_special_rendition_before_the_general_one_is_caught() {
    let mut case = Case::film();
    edit(
        &mut case.multivariant,
        "FORCED=NO,URI=\"s-en.m3u8\"",
        "FORCED=YES,URI=\"s-en.m3u8\"",
    );
    edit(
        &mut case.multivariant,
        "FORCED=NO,CHARACTERISTICS",
        "FORCED=NO,X-CHARACTERISTICS",
    );
    caught(
        "49",
        Should,
        &case,
        "SDH without characteristics after a forced rendition",
    );
}

#[test]
fn a_first_variant_far_from_apples_is_caught() {
    let viewpoint = Viewpoint {
        first_variant_bps: 1,
        ..Viewpoint::new(Tier::Uhd)
    };
    caught(
        "25",
        Should,
        &Case::written(film(), &viewpoint),
        "the smallest comes first",
    );
}

#[test]
fn a_content_key_in_a_playlist_is_caught() {
    let mut case = Case::film();
    let bytes = case.content_keys[1].expose().iter();
    let hex = bytes.fold(String::new(), |text, byte| text + &format!("{byte:02X}"));
    let line = format!("#EXT-X-SESSION-DATA:DATA-ID=\"note\",VALUE=\"{hex}\"\n");
    case.multivariant.push_str(&line);
    caught("113", Must, &case, "a key in hexadecimal digits");
}

#[test]
fn each_defect_of_a_subtitle_file_is_caught() {
    let head = &SUBTITLES[..SUBTITLES.find("\n\n").expect("the head ends")];
    let late = format!("{SUBTITLES}\n00:01:01.000 --> 00:01:02.000\nToo late.\n");
    let elsewhere = format!("{head}\n\n00:00:09.000 --> 00:00:10.000\nAnother time.\n");
    for (rule, severity, text) in [
        ("48", Should, elsewhere.as_str()),
        (
            "94",
            Must,
            "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHello.\n",
        ),
        ("94", Must, &format!("{SUBTITLES}\nno times\n")),
        ("95", Must, &late),
    ] {
        let mut case = Case::film();
        let (_, file) = case
            .subtitles
            .iter_mut()
            .find(|(name, _)| name == "s-en.vtt")
            .expect("it exists");
        text.clone_into(file);
        caught(rule, severity, &case, text);
    }
}
