//! Defects in `asset.json`: it says something else than the media is, or it describes faithfully what may not be published.

use shared::{
    asset::{FrameRate, VideoRange, VideoTrack},
    cenc::{ConstantIv, KeyId},
    hls::validate::Severity::{Must, Should},
};

use super::{Case, Mutation, Which};

fn video(case: &mut Case, which: Which) -> &mut VideoTrack {
    let id = case.track(which).media().id.to_owned();
    let mut tracks = case.asset.video.iter_mut().chain(&mut case.asset.trick);
    tracks.find(|track| track.id == id).unwrap()
}

/// What the description says is not what the files hold. Playlists follow the description.
pub(super) const MISREPRESENTED: &[Mutation] = &[
    ("a file that was never uploaded", "5", Must, |c| {
        let file = c.track(Which::Trick).media().file.to_owned();
        c.files.remove(&file);
    }),
    (
        "Dolby Vision that the media doesn't have",
        "33",
        Must,
        |c| {
            video(c, Which::Hevc).supplemental_codec = Some("dvh1.08.01/db1p".to_owned());
            c.write_playlists();
        },
    ),
    ("Dolby Vision for HLG over PQ", "33", Must, |c| {
        video(c, Which::Hevc).supplemental_codec = Some("dvh1.08.01/db4h".to_owned());
        c.write_playlists();
    }),
    ("six channels that are two", "41", Must, |c| {
        c.asset.audio[0].channels = "6".into();
        c.write_playlists();
    }),
    ("a fragment that begins elsewhere", "61", Must, |c| {
        video(c, Which::Avc).segments[0].fragments[1].offset += 1;
        c.write_playlists();
    }),
    ("a longer initialization section", "61", Must, |c| {
        video(c, Which::Avc).init.length += 1;
        c.write_playlists();
    }),
    ("another timescale", "61", Must, |c| {
        video(c, Which::Avc).timescale *= 2;
        c.write_playlists();
    }),
    ("segments in another order", "61", Must, |c| {
        video(c, Which::Avc).segments.swap(0, 1);
        c.write_playlists();
    }),
    (
        "the constraint byte that everybody writes",
        "68",
        Must,
        |c| {
            let track = video(c, Which::Hevc);
            track.codec = track.codec.replace(".90", ".B0");
            c.write_playlists();
        },
    ),
    ("another H.264 level", "68", Must, |c| {
        let track = video(c, Which::Avc);
        track.codec = track.codec[..track.codec.len() - 2].to_owned() + "29";
        c.write_playlists();
    }),
    (
        "HE-AAC that the configuration doesn't say",
        "89",
        Must,
        |c| {
            c.asset.audio[0].codec = "mp4a.40.5".into();
            c.write_playlists();
        },
    ),
    ("in-band parameter sets", "69", Must, |c| {
        let track = video(c, Which::Avc);
        track.codec = track.codec.replace("avc1", "avc3");
        c.write_playlists();
    }),
    ("a width of two more", "70", Must, |c| {
        video(c, Which::Avc).width += 2;
        c.write_playlists();
    }),
    ("half the frame rate", "71", Must, |c| {
        video(c, Which::Avc).frame_rate.num /= 2;
        c.write_playlists();
    }),
    ("SDR that is called PQ", "72", Must, |c| {
        video(c, Which::Avc).range = VideoRange::Pq;
        c.write_playlists();
    }),
    ("a key frame one byte shorter", "102", Must, |c| {
        video(c, Which::Avc).segments[0].fragments[0].keyframe_length -= 1;
        c.write_playlists();
    }),
    ("another initialization vector", "109", Must, |c| {
        video(c, Which::Avc).iv = Some(ConstantIv::from_bytes([7; 16]));
        c.write_playlists();
    }),
    ("another track's key", "112", Must, |c| {
        c.asset.audio[0].kid = c.track(Which::Avc).media().kid;
        c.write_playlists();
    }),
    ("a key of another asset", "112", Must, |c| {
        video(c, Which::Avc).kid = Some(KeyId::from_bytes([9; 16]));
        c.write_playlists();
    }),
    ("a track that is said to be clear", "112", Must, |c| {
        (video(c, Which::Avc).kid, video(c, Which::Avc).iv) = (None, None);
        c.write_playlists();
    }),
];

fn is_avc(track: &VideoTrack) -> bool {
    track.codec.starts_with("avc1")
}

/// The description is true, and what it describes may not be published, or should be better.
pub(super) const BAD: &[Mutation] = &[
    ("one variant", "18", Must, |c| {
        c.asset.video.truncate(1);
        c.write_playlists();
    }),
    ("HDR alone", "21", Must, |c| {
        c.asset.video.retain(|track| track.range != VideoRange::Sdr);
        c.write_playlists();
    }),
    ("no H.264", "23", Should, |c| {
        c.asset.video.retain(|track| !is_avc(track));
        c.write_playlists();
    }),
    ("a variant of another shape", "24", Should, |c| {
        video(c, Which::Avc).height -= 60;
        c.write_playlists();
    }),
    ("no stereo AAC", "43", Must, |c| {
        c.asset
            .audio
            .iter_mut()
            .for_each(|track| track.codec = "ec-3".into());
        c.write_playlists();
    }),
    ("two layouts in one group", "42", Must, |c| {
        let mut second = c.asset.audio[0].clone();
        (second.id, second.name, second.language, second.channels) = (
            "a-de".to_owned(),
            "Deutsch".to_owned(),
            "de".to_owned(),
            "1".to_owned(),
        );
        second.default = false;
        c.asset.audio.push(second);
        c.write_playlists();
    }),
    ("a group without a language", "42", Must, |c| {
        let mut second = c.asset.audio[0].clone();
        (second.id, second.group, second.language) =
            ("a-de-x".to_owned(), "other".to_owned(), "de".to_owned());
        c.asset.audio.push(second);
        c.write_playlists();
    }),
    ("audio description without a mark", "46", Must, |c| {
        c.asset.audio[0].describes_video = true;
    }),
    ("subtitles for the deaf without a mark", "47", Must, |c| {
        c.asset.subtitles[0].sdh = true;
    }),
    ("forced subtitles alone", "48", Must, |c| {
        c.asset.subtitles[0].forced = true;
        c.write_playlists();
    }),
    ("a segment that is too long", "55", Must, |c| {
        let track = video(c, Which::Avc);
        track.segments[0].duration += u64::from(track.timescale) * 3;
    }),
    ("sound that ends early", "91", Must, |c| {
        c.asset.audio[0].segments.pop();
        c.write_playlists();
    }),
    ("boundaries of its own", "58", Must, |c| {
        let track = video(c, Which::Avc);
        let joined = track.segments.remove(1);
        track.segments[0].duration += joined.duration;
        track.segments[0].fragments.extend(joined.fragments);
        c.write_playlists();
    }),
    ("key frames 4 s apart", "75", Should, |c| {
        video(c, Which::Avc).segments[0].fragments[0].duration *= 2;
    }),
    ("another video codec", "73", Must, |c| {
        video(c, Which::Avc).codec = "vp09.00.10.08".into();
        c.write_playlists();
    }),
    ("H.264 at level 6", "77", Must, |c| {
        video(c, Which::Avc).codec = "avc1.64003c".into();
        c.write_playlists();
    }),
    ("HEVC at level 6", "78", Must, |c| {
        video(c, Which::Hevc).codec = "hvc1.2.4.L180.90".into();
        c.write_playlists();
    }),
    ("HEVC two levels too high", "79", Should, |c| {
        video(c, Which::Hevc).codec = "hvc1.2.4.L150.90".into();
        c.write_playlists();
    }),
    ("20 frames a second", "80", Must, |c| {
        video(c, Which::Avc).frame_rate = FrameRate { num: 20, den: 1 };
        c.write_playlists();
    }),
    ("PQ in eight bits", "81", Must, |c| {
        video(c, Which::Hevc).codec = "hvc1.1.6.L63.90".into();
        c.write_playlists();
    }),
    ("trick play of one rate, not H.264", "100", Should, |c| {
        video(c, Which::Trick).codec = "hvc1.2.4.L63.90".into();
        c.write_playlists();
    }),
    ("no dense trick play", "104", Should, |c| {
        c.asset.trick.clear();
        c.write_playlists();
    }),
    ("one key for two tiers", "116", Should, |c| {
        c.asset.audio[0].kid = c.track(Which::Avc).media().kid;
        c.write_playlists();
    }),
    ("rungs that are too close", "1.13", Should, |c| {
        let close = video(c, Which::Avc).average_bps * 11 / 10;
        let mut others = c
            .asset
            .video
            .iter_mut()
            .filter(|track| is_avc(track))
            .skip(1);
        others.next().unwrap().average_bps = close;
        c.write_playlists();
    }),
];
