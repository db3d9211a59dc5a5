//! The Multivariant Playlist: what there is, what it needs, and where to begin.

use super::{
    I_FRAMES, SUBTITLES, VERSION, Viewpoint, attributes::Tag, media::i_frame_tracks,
    protection::key_lines, score::scores,
};
use crate::{
    asset::{Asset, AudioTrack, CHAPTERS_FILE, Rates, SubtitleTrack, VideoRange, VideoTrack},
    cenc::Tier,
};

/// The Multivariant Playlist of an asset as seen from a viewpoint. Playlist URIs are relative: `{rendition id}.m3u8`.
pub fn multivariant(asset: &Asset, viewpoint: &Viewpoint) -> String {
    let mut text = format!("#EXTM3U\n#EXT-X-VERSION:{VERSION}\n#EXT-X-INDEPENDENT-SEGMENTS\n");
    text += &session_keys(asset, viewpoint);
    text += &chapters(asset);
    for group in asset.audio_groups() {
        text += &audio_group(asset, group);
    }
    text += &subtitles(asset);
    // Codec groups are not switchable (AAC ↔ E-AC-3), so each lists every variant (rule 42).
    let groups = asset.audio_groups();
    if groups.is_empty() {
        text += &variants(asset, viewpoint, None);
    }
    for group in groups {
        text += &variants(asset, viewpoint, Some(group));
    }
    for track in i_frame_tracks(asset, viewpoint) {
        text += &i_frame_variant(track);
    }
    text
}

/// One line per key and system, so that keys can be fetched before the first Media Playlist is read.
fn session_keys(asset: &Asset, viewpoint: &Viewpoint) -> String {
    let video = asset.video.iter().chain(&asset.trick);
    let video = video
        .filter(|track| track.tier <= viewpoint.max_tier)
        .filter_map(|track| Some((track.kid?, track.iv)));
    let audio = asset
        .audio
        .iter()
        .filter_map(|track| Some((track.kid?, track.iv)));
    let mut keys = Vec::new();
    for key in audio.chain(video) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys.into_iter()
        .map(|(kid, iv)| key_lines("EXT-X-SESSION-KEY", kid, iv, viewpoint.protection))
        .collect()
}

/// Chapters for Apple's players (rule 36). Media has no relative address from here, as playlists are somewhere else.
fn chapters(asset: &Asset) -> String {
    if asset.chapters.is_empty() {
        return String::new();
    }
    let uri = format!(
        "/media/{}/{}/{CHAPTERS_FILE}",
        asset.content_id, asset.version
    );
    Tag::new("EXT-X-SESSION-DATA")
        .quoted("DATA-ID", "com.apple.hls.chapters")
        .quoted("URI", &uri)
        .end()
}

fn audio_group(asset: &Asset, group: &str) -> String {
    let mut tracks: Vec<&AudioTrack> = asset
        .audio
        .iter()
        .filter(|track| track.is_in(group))
        .collect();
    // From general to specific within a language (rule 49).
    tracks.sort_by_key(|track| {
        (
            language_order(asset.audio.iter().map(|t| &t.language), &track.language),
            track.describes_video,
        )
    });
    let default = tracks.iter().position(|track| track.default);
    let line = |(at, track): (usize, &&AudioTrack)| {
        Tag::new("EXT-X-MEDIA")
            .bare("TYPE", "AUDIO")
            .quoted("GROUP-ID", group)
            .quoted("NAME", &track.name)
            .quoted("LANGUAGE", &track.language)
            .flag("DEFAULT", default == Some(at))
            .flag("AUTOSELECT", true)
            .quoted_if(
                "CHARACTERISTICS",
                track
                    .describes_video
                    .then_some("public.accessibility.describes-video"),
            )
            .quoted("CHANNELS", &track.channels)
            .quoted("URI", &format!("{}.m3u8", track.id))
            .end()
    };
    tracks.iter().enumerate().map(line).collect()
}

fn subtitles(asset: &Asset) -> String {
    let mut tracks: Vec<&SubtitleTrack> = asset.subtitles.iter().collect();
    tracks.sort_by_key(|track| {
        let language = language_order(asset.subtitles.iter().map(|t| &t.language), &track.language);
        (language, track.forced, track.sdh)
    });
    let default = tracks.iter().position(|track| track.default);
    let sdh = "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound";
    let line = |(at, track): (usize, &&SubtitleTrack)| {
        Tag::new("EXT-X-MEDIA")
            .bare("TYPE", "SUBTITLES")
            .quoted("GROUP-ID", SUBTITLES)
            .quoted("NAME", &track.name)
            .quoted("LANGUAGE", &track.language)
            .flag("DEFAULT", default == Some(at))
            .flag("AUTOSELECT", true)
            .flag("FORCED", track.forced)
            .quoted_if("CHARACTERISTICS", track.sdh.then_some(sdh))
            .quoted("URI", &format!("{}.m3u8", track.id))
            .end()
    };
    tracks.iter().enumerate().map(line).collect()
}

/// Languages keep the order in which the asset first names them.
fn language_order<'a>(mut languages: impl Iterator<Item = &'a String>, language: &str) -> usize {
    languages
        .position(|known| known == language)
        .unwrap_or(usize::MAX)
}

/// One Variant Stream: a video track with one audio group.
struct Variant<'a> {
    video: &'a VideoTrack,
    rates: Rates,
    codecs: String,
}

/// Codec and dynamic range: a client should never have to change it to adapt.
type Family<'a> = (VideoRange, &'a str);

impl<'a> Variant<'a> {
    fn new(video: &'a VideoTrack, audio: &[&AudioTrack]) -> Self {
        let peak = audio.iter().map(|track| track.peak_bps).max().unwrap_or(0);
        let average = audio
            .iter()
            .map(|track| track.average_bps)
            .max()
            .unwrap_or(0);
        let mut codecs = vec![video.codec.as_str()];
        for track in audio {
            if !codecs.contains(&track.codec.as_str()) {
                codecs.push(&track.codec);
            }
        }
        Self {
            video,
            rates: Rates {
                peak_bps: video.peak_bps + peak,
                average_bps: video.average_bps + average,
            },
            codecs: codecs.join(","),
        }
    }

    fn family(&self) -> Family<'a> {
        (
            self.video.range,
            self.video.codec.split('.').next().unwrap_or_default(),
        )
    }

    fn line(&self, asset: &Asset, group: Option<&str>, score: Option<&f64>) -> String {
        let VideoTrack {
            id,
            width,
            height,
            frame_rate,
            range,
            tier,
            kid,
            supplemental_codec,
            ..
        } = self.video;
        let mut tag = Tag::new("EXT-X-STREAM-INF")
            .bare("BANDWIDTH", self.rates.peak_bps)
            .bare("AVERAGE-BANDWIDTH", self.rates.average_bps)
            .quoted("CODECS", &self.codecs)
            .quoted_if("SUPPLEMENTAL-CODECS", supplemental_codec.as_deref())
            .bare("RESOLUTION", format_args!("{width}x{height}"))
            .bare("FRAME-RATE", frame_rate)
            .bare("VIDEO-RANGE", range);
        if let Some(score) = score {
            tag = tag.bare("SCORE", format_args!("{score:.2}"));
        }
        if kid.is_some() {
            tag = tag.bare("HDCP-LEVEL", hdcp_level(*tier));
        }
        let subtitles = (!asset.subtitles.is_empty()).then_some(SUBTITLES);
        let tag = tag
            .quoted_if("AUDIO", group)
            .quoted_if("SUBTITLES", subtitles);
        tag.bare("CLOSED-CAPTIONS", "NONE").end() + id + ".m3u8\n"
    }
}

/// The variants of one audio group. Families stand together; standard range comes before high, then the family whose nearest
/// variant is nearest to the wanted first rate. Each family begins with that variant, so that a player which drops
/// the families it can't play still begins in the right place (rule 25); the others follow from low to high.
fn variants(asset: &Asset, viewpoint: &Viewpoint, group: Option<&str>) -> String {
    let audio: Vec<&AudioTrack> = asset
        .audio
        .iter()
        .filter(|track| group.is_some_and(|group| track.is_in(group)))
        .collect();
    let distance = |variant: &Variant<'_>| {
        variant
            .rates
            .average_bps
            .abs_diff(viewpoint.first_variant_bps)
    };
    let mut families: Vec<(Family<'_>, Vec<Variant<'_>>)> = Vec::new();
    for variant in asset
        .video_up_to(viewpoint.max_tier)
        .map(|video| Variant::new(video, &audio))
    {
        match families
            .iter_mut()
            .find(|(family, _)| *family == variant.family())
        {
            Some((_, variants)) => variants.push(variant),
            None => families.push((variant.family(), vec![variant])),
        }
    }
    for (_, variants) in &mut families {
        variants.sort_by_key(|variant| (variant.rates.average_bps, variant.rates.peak_bps));
        if let Some(first) = (0..variants.len()).min_by_key(|at| distance(&variants[*at])) {
            variants[..=first].rotate_right(1);
        }
    }
    families.sort_by_key(|((range, _), variants)| (*range, variants.first().map(distance)));
    let scores = scores(asset);
    families
        .iter()
        .flat_map(|(_, variants)| variants)
        .map(|variant| variant.line(asset, group, scores.get(variant.video.id.as_str())))
        .collect()
}

/// 8216bis: content keys and HDCP demands go together.
const fn hdcp_level(tier: Tier) -> &'static str {
    match tier {
        Tier::Audio | Tier::Sd => "NONE",
        Tier::Hd => "TYPE-0",
        Tier::Uhd => "TYPE-1",
    }
}

fn i_frame_variant(track: &VideoTrack) -> String {
    let rates = track.media().index().keyframe_rates();
    let mut tag = Tag::new("EXT-X-I-FRAME-STREAM-INF")
        .bare("BANDWIDTH", rates.peak_bps)
        .bare("AVERAGE-BANDWIDTH", rates.average_bps)
        .quoted("CODECS", &track.codec)
        .quoted_if("SUPPLEMENTAL-CODECS", track.supplemental_codec.as_deref())
        .bare(
            "RESOLUTION",
            format_args!("{}x{}", track.width, track.height),
        )
        .bare("VIDEO-RANGE", track.range);
    if track.kid.is_some() {
        tag = tag.bare("HDCP-LEVEL", hdcp_level(track.tier));
    }
    tag.quoted("URI", &format!("{I_FRAMES}{}.m3u8", track.id))
        .end()
}
