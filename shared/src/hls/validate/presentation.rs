//! A presentation taken apart: variants, renditions and segments, each tied to the track it shows.

use super::{
    Presentation,
    text::{Attributes, Line, lines},
};
use crate::{
    asset::{Asset, AudioTrack, Media, SubtitleTrack, TrackIndex, VideoTrack},
    hls::I_FRAMES,
};

/// Everything, taken apart.
pub(super) struct Parsed<'a> {
    pub(super) asset: &'a Asset,
    pub(super) presentation: &'a Presentation<'a>,
    pub(super) multivariant: Multivariant<'a>,
    pub(super) playlists: Vec<Playlist<'a>>,
}

/// The Multivariant Playlist.
pub(super) struct Multivariant<'a> {
    pub(super) lines: Vec<Line<'a>>,
    pub(super) variants: Vec<Variant<'a>>,
    pub(super) i_frames: Vec<Variant<'a>>,
    pub(super) media: Vec<Attributes<'a>>,
    pub(super) session_keys: Vec<Attributes<'a>>,
}

/// A Variant Stream, or an I-frame one.
pub(super) struct Variant<'a> {
    pub(super) attributes: Attributes<'a>,
    pub(super) uri: Option<&'a str>,
    /// The video it shows.
    pub(super) video: Option<&'a VideoTrack>,
    /// The members of its audio group.
    pub(super) audio: Vec<&'a AudioTrack>,
}

impl<'a> Variant<'a> {
    /// Names it in a finding.
    pub(super) fn label(&self) -> String {
        let group = self
            .attributes
            .get("AUDIO")
            .map(|group| format!(" with {group}"));
        let uri = self.uri.unwrap_or("a variant without URI");
        format!("{uri}{}", group.unwrap_or_default())
    }

    pub(super) fn codecs(&self) -> impl Iterator<Item = &'a str> {
        self.attributes
            .get("CODECS")
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|codec| !codec.is_empty())
    }

    pub(super) fn has_video(&self) -> bool {
        self.video.is_some()
            || self.attributes.has("RESOLUTION")
            || self.codecs().any(is_video_codec)
    }
}

/// Whether a codec string is a video's.
pub(super) fn is_video_codec(codec: &str) -> bool {
    let family = codec.split('.').next().unwrap_or_default();
    matches!(
        family,
        "avc1"
            | "avc3"
            | "hvc1"
            | "hev1"
            | "dvh1"
            | "dvhe"
            | "dvav"
            | "dva1"
            | "av01"
            | "vp09"
            | "mjpg"
    )
}

/// A Media Playlist.
pub(super) struct Playlist<'a> {
    pub(super) id: &'a str,
    pub(super) lines: Vec<Line<'a>>,
    pub(super) shows: Shows<'a>,
    pub(super) target_duration_s: Option<u64>,
    pub(super) segments: Vec<Listed<'a>>,
}

/// What a Media Playlist shows.
#[derive(Clone, Copy)]
pub(super) enum Shows<'a> {
    Video(&'a VideoTrack),
    Audio(&'a AudioTrack),
    IFrames(&'a VideoTrack),
    Subtitles(&'a SubtitleTrack),
    Unknown,
}

/// One Media Segment as listed.
pub(super) struct Listed<'a> {
    pub(super) seconds: Option<f64>,
    pub(super) range: Option<Range>,
    pub(super) uri: &'a str,
    pub(super) map: Option<Attributes<'a>>,
    pub(super) keys: Vec<Attributes<'a>>,
    pub(super) discontinuity: bool,
}

/// `EXT-X-BYTERANGE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) length: u64,
    /// `None` when it is left to follow from the segment before.
    pub(super) offset: Option<u64>,
}

impl Range {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.split_once('@') {
            Some((length, offset)) => Some(Self {
                length: length.parse().ok()?,
                offset: Some(offset.parse().ok()?),
            }),
            None => Some(Self {
                length: text.parse().ok()?,
                offset: None,
            }),
        }
    }
}

impl<'a> Parsed<'a> {
    pub(super) fn new(presentation: &'a Presentation<'a>) -> Self {
        let asset = presentation.asset;
        Self {
            asset,
            presentation,
            multivariant: Multivariant::new(&presentation.multivariant, asset),
            playlists: presentation
                .playlists
                .iter()
                .map(|(id, text)| Playlist::new(id, text, asset))
                .collect(),
        }
    }

    /// Every playlist's name and text.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let playlists = self
            .presentation
            .playlists
            .iter()
            .map(|(id, text)| (id.as_str(), text.as_str()));
        std::iter::once(("multivariant", self.presentation.multivariant.as_str())).chain(playlists)
    }

    /// Every playlist's name and lines.
    pub(super) fn all_lines(&self) -> impl Iterator<Item = (&str, &[Line<'a>])> {
        let playlists = self
            .playlists
            .iter()
            .map(|playlist| (playlist.id, playlist.lines.as_slice()));
        std::iter::once(("multivariant", self.multivariant.lines.as_slice())).chain(playlists)
    }

    pub(super) fn find(&self, id: &str) -> Option<&Playlist<'a>> {
        self.playlists.iter().find(|playlist| playlist.id == id)
    }

    /// Playlists of audio and video.
    pub(super) fn media(&self) -> impl Iterator<Item = (&Playlist<'a>, Media<'a>)> {
        self.playlists
            .iter()
            .filter_map(|playlist| match playlist.shows {
                Shows::Video(track) => Some((playlist, track.media())),
                Shows::Audio(track) => Some((playlist, track.media())),
                Shows::IFrames(_) | Shows::Subtitles(_) | Shows::Unknown => None,
            })
    }

    /// The video tracks that variants show, each once.
    pub(super) fn listed_video(&self) -> Vec<&'a VideoTrack> {
        let mut tracks: Vec<&VideoTrack> = Vec::new();
        for track in self
            .multivariant
            .variants
            .iter()
            .filter_map(|variant| variant.video)
        {
            if !tracks.iter().any(|known| known.id == track.id) {
                tracks.push(track);
            }
        }
        tracks
    }

    /// The programme's duration: the longest video's.
    pub(super) fn programme_s(&self) -> f64 {
        let seconds = |index: TrackIndex<'_>| index.seconds(index.duration());
        let video = self
            .listed_video()
            .into_iter()
            .map(|track| seconds(track.media().index()));
        video
            .fold(None, |longest: Option<f64>, s| {
                Some(longest.map_or(s, |l| l.max(s)))
            })
            .unwrap_or(self.asset.duration_s())
    }

    /// How far two tracks' ends may lie apart: one frame of the slower kind.
    pub(super) fn frame_s(&self) -> f64 {
        let video = self
            .listed_video()
            .into_iter()
            .map(|track| track.frame_rate.frame_s());
        let audio = self.asset.audio.iter().map(audio_frame_s);
        video.chain(audio).fold(0.0, f64::max)
    }
}

impl Parsed<'_> {
    /// How far the index of an audio track may run past the programme: [`Self::frame_s`] and the encoder's priming, at most
    /// one frame, which the edit list cuts off (rule 92).
    pub(super) fn audio_slack_s(&self, track: &AudioTrack) -> f64 {
        self.frame_s() + audio_frame_s(track) + 0.001
    }
}

/// Seconds that one coded audio frame lasts.
pub(super) fn audio_frame_s(track: &AudioTrack) -> f64 {
    let samples = if track.codec.starts_with("mp4a") {
        1024.0
    } else {
        1536.0
    };
    samples / f64::from(track.timescale)
}

/// The rendition that a playlist URI of ours names.
pub(super) fn rendition_id(uri: &str) -> &str {
    uri.strip_suffix(".m3u8").unwrap_or(uri)
}

impl<'a> Multivariant<'a> {
    fn new(text: &'a str, asset: &'a Asset) -> Self {
        let lines = lines(text);
        let mut parsed = Self {
            variants: Vec::new(),
            i_frames: Vec::new(),
            media: Vec::new(),
            session_keys: Vec::new(),
            lines,
        };
        for (at, line) in parsed.lines.iter().enumerate() {
            let Line::Tag(tag) = line else { continue };
            let attributes = Attributes::of(tag);
            match tag.name {
                "EXT-X-MEDIA" => parsed.media.push(attributes),
                "EXT-X-SESSION-KEY" => parsed.session_keys.push(attributes),
                "EXT-X-STREAM-INF" => {
                    let uri = parsed.lines.get(at + 1).and_then(|next| match next {
                        Line::Uri(uri) => Some(*uri),
                        Line::Tag(_) => None,
                    });
                    let video = uri.and_then(|uri| asset.find_video(rendition_id(uri)));
                    parsed.variants.push(Variant {
                        attributes,
                        uri,
                        video,
                        audio: Vec::new(),
                    });
                }
                "EXT-X-I-FRAME-STREAM-INF" => {
                    let uri = attributes.get("URI");
                    let id = uri.and_then(|uri| rendition_id(uri).strip_prefix(I_FRAMES));
                    let video =
                        id.and_then(|id| asset.find_trick(id).or_else(|| asset.find_video(id)));
                    parsed.i_frames.push(Variant {
                        attributes,
                        uri,
                        video,
                        audio: Vec::new(),
                    });
                }
                _ => {}
            }
        }
        for variant in &mut parsed.variants {
            let group = variant.attributes.get("AUDIO");
            let members = parsed
                .media
                .iter()
                .filter(|media| group.is_some() && media.get("GROUP-ID") == group);
            variant.audio = members
                .filter_map(|media| asset.find_audio(rendition_id(media.get("URI")?)))
                .collect();
        }
        parsed
    }
}

impl<'a> Playlist<'a> {
    fn new(id: &'a str, text: &'a str, asset: &'a Asset) -> Self {
        let lines = lines(text);
        let mut playlist = Self {
            id,
            shows: shows(id, asset),
            target_duration_s: None,
            segments: Vec::new(),
            lines,
        };
        let (mut seconds, mut range, mut discontinuity) = (None, None, false);
        let (mut map, mut keys): (Option<Attributes<'a>>, Vec<Attributes<'a>>) = (None, Vec::new());
        let mut keys_open = false;
        for line in &playlist.lines {
            match line {
                Line::Uri(uri) => {
                    playlist.segments.push(Listed {
                        seconds: seconds.take(),
                        range: range.take(),
                        uri,
                        map: map.clone(),
                        keys: keys.clone(),
                        discontinuity: std::mem::take(&mut discontinuity),
                    });
                    keys_open = false;
                }
                Line::Tag(tag) => match tag.name {
                    "EXTINF" => seconds = extinf_seconds(tag.value),
                    "EXT-X-BYTERANGE" => range = Range::parse(tag.value),
                    "EXT-X-DISCONTINUITY" => discontinuity = true,
                    "EXT-X-TARGETDURATION" => playlist.target_duration_s = tag.value.parse().ok(),
                    "EXT-X-MAP" => map = Some(Attributes::of(tag)),
                    "EXT-X-KEY" => {
                        // Key lines in a row are alternatives; a new run replaces the last.
                        if !std::mem::replace(&mut keys_open, true) {
                            keys.clear();
                        }
                        keys.push(Attributes::of(tag));
                    }
                    _ => {}
                },
            }
        }
        playlist
    }

    pub(super) fn has_tag(&self, name: &str) -> bool {
        self.lines
            .iter()
            .any(|line| matches!(line, Line::Tag(tag) if tag.name == name))
    }

    /// The sum of its segments' durations.
    pub(super) fn seconds(&self) -> f64 {
        self.segments
            .iter()
            .filter_map(|segment| segment.seconds)
            .sum()
    }

    /// The key of the track it shows.
    pub(super) fn kid(&self) -> Option<crate::cenc::KeyId> {
        match self.shows {
            Shows::Video(track) | Shows::IFrames(track) => track.kid,
            Shows::Audio(track) => track.kid,
            Shows::Subtitles(_) | Shows::Unknown => None,
        }
    }
}

fn extinf_seconds(value: &str) -> Option<f64> {
    value.split(',').next()?.parse().ok()
}

fn shows<'a>(id: &str, asset: &'a Asset) -> Shows<'a> {
    if let Some(track) = asset.find_video(id) {
        Shows::Video(track)
    } else if let Some(track) = asset.find_audio(id) {
        Shows::Audio(track)
    } else if let Some(track) = asset.find_subtitle(id) {
        Shows::Subtitles(track)
    } else {
        let id = id.strip_prefix(I_FRAMES);
        id.and_then(|id| asset.find_trick(id).or_else(|| asset.find_video(id)))
            .map_or(Shows::Unknown, Shows::IFrames)
    }
}
