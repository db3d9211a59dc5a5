//! Defects in playlists' text and subtitle files.

use shared::hls::validate::Severity::{Must, Should};

use super::{Case, Mutation, Which};

#[track_caller]
fn edit(text: &mut String, from: &str, to: &str) {
    assert!(text.contains(from), "nothing to replace: {from}\n{text}");
    *text = text.replacen(from, to, 1);
}

/// The value of an attribute where it first stands.
fn value(text: &str, name: &str) -> String {
    let start = text.find(&format!("{name}=")).unwrap() + name.len() + 1;
    let end = text[start..].find([',', '\n']).unwrap();
    text[start..start + end].to_owned()
}

/// Multiplies a number that stands after a name.
fn scale(text: &mut String, name: &str, percent: u64) {
    let old = value(text, name);
    let new = old.parse::<u64>().unwrap() * percent / 100;
    edit(text, &format!("{name}={old}"), &format!("{name}={new}"));
}

/// Removes the lines that begin so.
fn drop_lines(text: &mut String, start: &str) {
    assert!(text.contains(start));
    *text = text
        .lines()
        .filter(|line| !line.starts_with(start))
        .fold(String::new(), |text, line| text + line + "\n");
}

const INDEPENDENT: &str = "#EXT-X-INDEPENDENT-SEGMENTS\n";

/// In the Multivariant Playlist.
pub(super) const MULTIVARIANT: &[Mutation] = &[
    ("a byte order mark", "1", Must, |c| {
        c.multivariant.insert(0, '\u{feff}');
    }),
    ("an old version", "2", Must, |c| {
        edit(&mut c.multivariant, "VERSION:7", "VERSION:3");
    }),
    ("a media tag in the Multivariant Playlist", "3", Must, |c| {
        edit(&mut c.multivariant, INDEPENDENT, "#EXT-X-ENDLIST\n");
    }),
    ("an unquoted group", "4", Must, |c| {
        edit(&mut c.multivariant, "GROUP-ID=\"aac2\"", "GROUP-ID=aac2");
    }),
    ("a rendition without its playlist", "5", Must, |c| {
        edit(&mut c.multivariant, "URI=\"a-", "URI=\"b-");
    }),
    ("a variant without URI", "9", Must, |c| {
        let line = c
            .multivariant
            .lines()
            .find(|line| line.starts_with('v'))
            .unwrap()
            .to_owned();
        edit(&mut c.multivariant, &format!("\n{line}\n"), "\n");
    }),
    ("no BANDWIDTH", "10", Must, |c| {
        edit(&mut c.multivariant, "INF:BANDWIDTH", "INF:X-BANDWIDTH");
    }),
    ("an average above the peak", "11", Must, |c| {
        scale(&mut c.multivariant, "AVERAGE-BANDWIDTH", 1000);
    }),
    ("no CODECS", "12", Must, |c| {
        edit(&mut c.multivariant, ",CODECS=", ",X-CODECS=");
    }),
    ("no RESOLUTION", "13", Must, |c| {
        edit(&mut c.multivariant, ",RESOLUTION=", ",X-RESOLUTION=");
    }),
    ("no FRAME-RATE", "14", Must, |c| {
        edit(&mut c.multivariant, ",FRAME-RATE=", ",X-FRAME-RATE=");
    }),
    ("no VIDEO-RANGE beside HDR", "15", Must, |c| {
        edit(&mut c.multivariant, ",VIDEO-RANGE=", ",X-VIDEO-RANGE=");
    }),
    ("closed captions on some variants only", "16", Must, |c| {
        edit(&mut c.multivariant, ",CLOSED-CAPTIONS=NONE", "");
    }),
    ("a group that is not there", "17", Must, |c| {
        edit(&mut c.multivariant, ",AUDIO=\"aac2\"", ",AUDIO=\"aac5\"");
    }),
    ("segments that promise no independence", "20", Should, |c| {
        edit(&mut c.multivariant, INDEPENDENT, "");
    }),
    ("SCORE on some variants", "28", Must, |c| {
        let (from, to) = if c.multivariant.contains(",SCORE=") {
            (",SCORE=", ",X-SCORE=")
        } else {
            (",CLOSED-CAPTIONS=NONE", ",CLOSED-CAPTIONS=NONE,SCORE=0.5")
        };
        edit(&mut c.multivariant, from, to);
    }),
    ("HDCP for SD", "29", Should, |c| {
        edit(&mut c.multivariant, "HDCP-LEVEL=NONE", "HDCP-LEVEL=TYPE-1");
    }),
    ("a session key that no playlist uses", "30", Must, |c| {
        edit(&mut c.multivariant, "skd://", "skd://x");
    }),
    ("no session keys", "30", Should, |c| {
        drop_lines(&mut c.multivariant, "#EXT-X-SESSION-KEY");
    }),
    ("a start after the end", "31", Should, |c| {
        edit(
            &mut c.multivariant,
            INDEPENDENT,
            "#EXT-X-START:TIME-OFFSET=999\n",
        );
    }),
    ("steering without a server", "32", Must, |c| {
        edit(
            &mut c.multivariant,
            INDEPENDENT,
            "#EXT-X-CONTENT-STEERING:PATHWAY-ID=\"a\"\n",
        );
    }),
    ("a pathway with one variant", "32", Must, |c| {
        edit(
            &mut c.multivariant,
            ",CLOSED-CAPTIONS=NONE",
            ",CLOSED-CAPTIONS=NONE,PATHWAY-ID=\"b\"",
        );
    }),
    ("Dolby Vision 8 in CODECS", "34", Must, |c| {
        edit(&mut c.multivariant, "hvc1.2.4", "dvh1.08.01");
    }),
    ("an unknown label", "35", Should, |c| {
        edit(
            &mut c.multivariant,
            ",CLOSED-CAPTIONS=NONE",
            ",CLOSED-CAPTIONS=NONE,ALLOWED-CPC=\"x:y\"",
        );
    }),
    ("chapters that are no file", "36", Should, |c| {
        edit(
            &mut c.multivariant,
            INDEPENDENT,
            "#EXT-X-SESSION-DATA:DATA-ID=\"com.apple.hls.chapters\",VALUE=\"x\"\n",
        );
    }),
    ("a default that is not selected", "37", Must, |c| {
        edit(
            &mut c.multivariant,
            "DEFAULT=YES,AUTOSELECT=YES",
            "DEFAULT=YES,AUTOSELECT=NO",
        );
    }),
    ("a language of three letters", "38", Must, |c| {
        edit(&mut c.multivariant, "LANGUAGE=\"en\"", "LANGUAGE=\"eng\"");
    }),
    ("subtitles without a URI", "39", Must, |c| {
        edit(&mut c.multivariant, ",URI=\"s-", ",X-URI=\"s-");
    }),
    ("other CHANNELS", "41", Must, |c| {
        edit(&mut c.multivariant, "CHANNELS=\"2\"", "CHANNELS=\"6\"");
    }),
    ("sound that is FORCED", "48", Must, |c| {
        edit(
            &mut c.multivariant,
            "CHANNELS=\"2\"",
            "CHANNELS=\"2\",FORCED=NO",
        );
    }),
    ("BANDWIDTH a fifth too high", "63", Must, |c| {
        scale(&mut c.multivariant, "INF:BANDWIDTH", 120);
    }),
    ("BANDWIDTH a fifth too low", "63", Must, |c| {
        scale(&mut c.multivariant, "INF:BANDWIDTH", 80);
    }),
    ("AVERAGE-BANDWIDTH a fifth too low", "64", Must, |c| {
        scale(&mut c.multivariant, "AVERAGE-BANDWIDTH", 80);
    }),
    ("an I-frame BANDWIDTH a half too high", "66", Must, |c| {
        let at = c.multivariant.find("#EXT-X-I-FRAME-STREAM-INF").unwrap();
        let mut rest = c.multivariant.split_off(at);
        scale(&mut rest, "INF:BANDWIDTH", 150);
        c.multivariant += &rest;
    }),
    ("CODECS without the sound", "68", Must, |c| {
        edit(&mut c.multivariant, ",mp4a.40.2\"", "\"");
    }),
    ("another RESOLUTION", "70", Must, |c| {
        edit(
            &mut c.multivariant,
            "RESOLUTION=640x360",
            "RESOLUTION=640x368",
        );
    }),
    ("another FRAME-RATE", "71", Must, |c| {
        edit(
            &mut c.multivariant,
            "FRAME-RATE=24.000",
            "FRAME-RATE=23.976",
        );
    }),
    ("PQ that is called HLG", "72", Must, |c| {
        edit(&mut c.multivariant, "VIDEO-RANGE=PQ", "VIDEO-RANGE=HLG");
    }),
    ("a variant without sound", "88", Must, |c| {
        edit(&mut c.multivariant, ",AUDIO=\"aac2\"", "");
    }),
    ("IMSC by another name", "98", Should, |c| {
        edit(&mut c.multivariant, ",mp4a.40.2\"", ",mp4a.40.2,stpp\"");
    }),
    ("no trick play", "100", Must, |c| {
        drop_lines(&mut c.multivariant, "#EXT-X-I-FRAME-STREAM-INF");
    }),
];

/// In Media Playlists.
pub(super) const MEDIA: &[Mutation] = &[
    ("a first line that is none", "1", Must, |c| {
        edit(c.playlist(Which::Aac), "#EXTM3U", "#EXTM3U8");
    }),
    ("another track's file", "5", Must, |c| {
        edit(c.playlist(Which::Avc), ".mp4\n", ".m4v\n");
    }),
    ("a target duration too short", "51", Must, |c| {
        edit(
            c.playlist(Which::Avc),
            "TARGETDURATION:6",
            "TARGETDURATION:1",
        );
    }),
    ("no end", "52", Must, |c| {
        drop_lines(c.playlist(Which::Avc), "#EXT-X-ENDLIST");
    }),
    ("no playlist type", "52", Must, |c| {
        drop_lines(c.playlist(Which::Aac), "#EXT-X-PLAYLIST-TYPE");
    }),
    ("another target duration in sound", "53", Must, |c| {
        edit(
            c.playlist(Which::Aac),
            "TARGETDURATION:6",
            "TARGETDURATION:7",
        );
    }),
    ("a target duration of 10 s", "54", Should, |c| {
        edit(
            c.playlist(Which::Aac),
            "TARGETDURATION:6",
            "TARGETDURATION:10",
        );
    }),
    ("EXTINF 50 ms too long", "56", Must, |c| {
        edit(c.playlist(Which::Avc), "EXTINF:2.000000", "EXTINF:2.050000");
    }),
    ("a segment that is missing", "56", Must, |c| {
        let text = c.playlist(Which::Avc);
        let start = text.rfind("#EXTINF").unwrap();
        let end = text.find("#EXT-X-ENDLIST").unwrap();
        text.replace_range(start..end, "");
    }),
    ("subtitles that end early", "96", Must, |c| {
        let (_, text) = c
            .playlists
            .iter_mut()
            .find(|(id, _)| id.starts_with("s-"))
            .unwrap();
        edit(text, "EXTINF:8.", "EXTINF:5.");
    }),
    ("no initialization section", "59", Must, |c| {
        drop_lines(c.playlist(Which::Avc), "#EXT-X-MAP");
    }),
    ("a discontinuity in one rendition", "60", Must, |c| {
        edit(
            c.playlist(Which::Avc),
            "#EXTINF",
            "#EXT-X-DISCONTINUITY\n#EXTINF",
        );
    }),
    ("a range that begins one byte late", "61", Must, |c| {
        let text = c.playlist(Which::Avc);
        let at = text.find("#EXT-X-BYTERANGE").unwrap();
        let place = at + text[at..].find('@').unwrap() + 1;
        text.insert(place, '1');
    }),
    ("a date range without a date", "62", Should, |c| {
        edit(
            c.playlist(Which::Avc),
            "#EXTINF",
            "#EXT-X-DATERANGE:ID=\"x\"\n#EXTINF",
        );
    }),
    ("subtitles that are no WebVTT", "93", Must, |c| {
        let (_, text) = c
            .playlists
            .iter_mut()
            .find(|(id, _)| id.starts_with("s-"))
            .unwrap();
        edit(text, ".vtt", ".ttml");
    }),
    (
        "an I-frame playlist that doesn't say so",
        "101",
        Must,
        |c| drop_lines(c.playlist(Which::Trick), "#EXT-X-I-FRAMES-ONLY"),
    ),
    ("an I-frame range that is cut off", "102", Must, |c| {
        let text = c.playlist(Which::Trick);
        let at = text.find("#EXT-X-BYTERANGE:").unwrap() + 17;
        text.remove(at);
    }),
    ("I-frames that come too soon", "103", Must, |c| {
        edit(
            c.playlist(Which::Trick),
            "EXTINF:1.000000",
            "EXTINF:0.900000",
        );
    }),
    ("counter mode", "108", Must, |c| {
        edit(
            c.playlist(Which::Avc),
            "METHOD=SAMPLE-AES",
            "METHOD=SAMPLE-AES-CTR",
        );
    }),
    ("a FairPlay key by http", "110", Must, |c| {
        edit(c.playlist(Which::Avc), "skd://", "https://");
    }),
    ("a FairPlay line with an IV", "110", Should, |c| {
        edit(
            c.playlist(Which::Avc),
            "URI=\"skd",
            "IV=0x00000000000000000000000000000001,URI=\"skd",
        );
    }),
    (
        "a key system that is missing in one rendition",
        "111",
        Must,
        |c| {
            let text = c.playlist(Which::Aac);
            let line = text
                .lines()
                .find(|line| line.contains("com.microsoft"))
                .unwrap()
                .to_owned()
                + "\n";
            edit(text, &line, "");
        },
    ),
    ("an encrypted rendition without keys", "111", Must, |c| {
        drop_lines(c.playlist(Which::Avc), "#EXT-X-KEY");
    }),
    ("a key line of another key", "112", Must, |c| {
        let other = value(c.playlist(Which::Aac), "KEYID");
        let text = c.playlist(Which::Avc);
        let own = value(text, "KEYID");
        edit(text, &own, &other);
    }),
    ("a content key in a comment", "113", Must, |c| {
        let key = hex_of(c);
        c.playlist(Which::Avc).extend(["# ", &key, "\n"]);
    }),
    ("an identity line beside key systems", "113", Must, |c| {
        edit(
            c.playlist(Which::Avc),
            "#EXTINF",
            "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"/k\",KEYFORMAT=\"identity\"\n#EXTINF",
        );
    }),
];

fn hex_of(case: &Case) -> String {
    hex::encode(case.content_keys[0].expose())
}

/// In WebVTT files.
pub(super) const SUBTITLES: &[Mutation] = &[
    ("subtitles without their place in time", "94", Must, |c| {
        drop_lines(&mut c.subtitles[0].1, "X-TIMESTAMP-MAP");
    }),
    ("subtitles that begin otherwise", "94", Must, |c| {
        edit(&mut c.subtitles[0].1, "WEBVTT", "SUBTITLES");
    }),
    ("a cue that can't be read", "94", Must, |c| {
        c.subtitles[0].1.push_str("\nnow --> later\nWhat?\n");
    }),
    ("a cue after the end", "95", Must, |c| {
        c.subtitles[0]
            .1
            .push_str("\n01:00:00.000 --> 01:00:01.000\nToo late.\n");
    }),
    ("subtitles in two segments", "97", Should, |c| {
        let (_, text) = c
            .playlists
            .iter_mut()
            .find(|(id, _)| id.starts_with("s-"))
            .unwrap();
        let start = text.find("#EXTINF").unwrap();
        let segment = text[start..text.find("#EXT-X-ENDLIST").unwrap()].to_owned();
        text.insert_str(start, &segment);
    }),
];
