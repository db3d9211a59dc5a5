//! Media Playlists: tracks, their I-frames, and subtitles.

use std::fmt::Write;

use super::{I_FRAMES, VERSION, Viewpoint, attributes::Tag, protection::key_lines};
use crate::asset::{Asset, AudioTrack, ByteRange, Media, SubtitleTrack, VideoTrack};

/// The Media Playlist of a rendition, or `None` when the asset, as seen from this viewpoint, has none of that id.
///
/// Ids are those of the tracks; `i-` before a video or trick-play track's id gives its I-frame playlist. Media is at
/// `{base_url}/media/{content}/{version}/{file}`: an empty `base_url` leaves it on the host that served the playlist.
pub fn media_playlist(
    asset: &Asset,
    rendition_id: &str,
    base_url: &str,
    viewpoint: &Viewpoint,
) -> Option<String> {
    let writer = Writer {
        asset,
        base_url,
        viewpoint,
    };
    if let Some(track) = asset.find_video(rendition_id) {
        return writer
            .seen(track)
            .map(|track| writer.segments(&track.media()));
    }
    if let Some(track) = asset.find_audio(rendition_id) {
        return Some(writer.segments(&track.media()));
    }
    if let Some(track) = asset.find_subtitle(rendition_id) {
        return Some(writer.subtitles(track));
    }
    let id = rendition_id.strip_prefix(I_FRAMES)?;
    let track = asset.find_trick(id).or_else(|| asset.find_video(id))?;
    writer.seen(track).map(|track| writer.i_frames(track))
}

/// The ids of all playlists that the Multivariant Playlist of this viewpoint refers to.
pub fn rendition_ids(asset: &Asset, viewpoint: &Viewpoint) -> Vec<String> {
    let video = asset
        .video_up_to(viewpoint.max_tier)
        .map(|track| track.id.clone());
    let audio = asset
        .audio
        .iter()
        .map(|track: &AudioTrack| track.id.clone());
    let subtitles = asset.subtitles.iter().map(|track| track.id.clone());
    let i_frames = i_frame_tracks(asset, viewpoint)
        .into_iter()
        .map(|track| format!("{I_FRAMES}{}", track.id));
    video
        .chain(audio)
        .chain(subtitles)
        .chain(i_frames)
        .collect()
}

/// The tracks whose I-frames are offered: the dense ones, or else the smallest ordinary one.
pub(super) fn i_frame_tracks<'a>(asset: &'a Asset, viewpoint: &Viewpoint) -> Vec<&'a VideoTrack> {
    let dense: Vec<_> = asset
        .trick
        .iter()
        .filter(|track| track.tier <= viewpoint.max_tier)
        .collect();
    if dense.is_empty() {
        asset
            .video_up_to(viewpoint.max_tier)
            .min_by_key(|track| (track.range, track.average_bps))
            .into_iter()
            .collect()
    } else {
        dense
    }
}

/// `EXT-X-TARGETDURATION` of all audio and video playlists: they must agree (rule 53).
pub(super) fn target_duration_s(asset: &Asset) -> u64 {
    let video = asset
        .video
        .iter()
        .map(|track| track.media().index().target_duration_s());
    let audio = asset
        .audio
        .iter()
        .map(|track| track.media().index().target_duration_s());
    video.chain(audio).max().unwrap_or(1)
}

struct Writer<'a> {
    asset: &'a Asset,
    base_url: &'a str,
    viewpoint: &'a Viewpoint,
}

impl<'a> Writer<'a> {
    fn seen(&self, track: &'a VideoTrack) -> Option<&'a VideoTrack> {
        (track.tier <= self.viewpoint.max_tier).then_some(track)
    }

    fn uri(&self, file: &str) -> String {
        format!(
            "{}/media/{}/{}/{file}",
            self.base_url, self.asset.content_id, self.asset.version
        )
    }

    fn segments(&self, media: &Media<'_>) -> String {
        let index = media.index();
        let uri = self.uri(media.file);
        let mut text = head(target_duration_s(self.asset), "");
        text += &self.map_and_keys(media, &uri);
        for (bytes, ticks) in index.listed() {
            write_range(&mut text, index.micros(ticks), bytes, &uri);
        }
        text + "#EXT-X-ENDLIST\n"
    }

    fn i_frames(&self, track: &VideoTrack) -> String {
        let media = track.media();
        let index = media.index();
        let uri = self.uri(media.file);
        let mut entries: Vec<(u64, ByteRange)> = index
            .fragments()
            .map(|fragment| (index.micros(fragment.duration), fragment.keyframe_bytes()))
            .collect();
        stretch_last(&mut entries, self.asset.programme_micros());
        let longest = entries.iter().map(|(micros, _)| *micros).max().unwrap_or(0);
        let target_duration_s = ((longest + 500_000) / 1_000_000).max(1);
        let mut text = head(target_duration_s, "#EXT-X-I-FRAMES-ONLY\n");
        text += &self.map_and_keys(&media, &uri);
        for (micros, bytes) in entries {
            write_range(&mut text, micros, bytes, &uri);
        }
        text + "#EXT-X-ENDLIST\n"
    }

    /// One segment for the whole programme (rule 97): the file is small, and one request is all it costs.
    fn subtitles(&self, track: &SubtitleTrack) -> String {
        let seconds = self.asset.duration_s();
        let mut text = head((seconds.round() as u64).max(1), "");
        write_extinf(&mut text, self.asset.duration_ms * 1000);
        text.push_str(&self.uri(&track.file));
        text + "\n#EXT-X-ENDLIST\n"
    }

    fn map_and_keys(&self, media: &Media<'_>, uri: &str) -> String {
        let ByteRange { offset, length } = media.init;
        let map = Tag::new("EXT-X-MAP")
            .quoted("URI", uri)
            .quoted("BYTERANGE", &format!("{length}@{offset}"))
            .end();
        let keys = media
            .kid
            .map(|kid| key_lines("EXT-X-KEY", kid, media.iv, self.viewpoint.protection));
        map + &keys.unwrap_or_default()
    }
}

/// The last I-frame lasts until the programme ends (rule 103), however long the encoder made it: one frame a second rarely
/// divides a programme evenly.
fn stretch_last(entries: &mut [(u64, ByteRange)], programme_micros: u64) {
    if let Some(((last, _), before)) = entries.split_last_mut() {
        let start: u64 = before.iter().map(|(micros, _)| *micros).sum();
        if start < programme_micros {
            *last = programme_micros - start;
        }
    }
}

fn head(target_duration_s: u64, kind: &str) -> String {
    format!(
        "#EXTM3U\n#EXT-X-VERSION:{VERSION}\n#EXT-X-TARGETDURATION:{target_duration_s}\n#EXT-X-PLAYLIST-TYPE:VOD\n{kind}"
    )
}

fn write_range(text: &mut String, micros: u64, bytes: ByteRange, uri: &str) {
    write_extinf(text, micros);
    writeln!(
        text,
        "#EXT-X-BYTERANGE:{}@{}\n{uri}",
        bytes.length, bytes.offset
    )
    .expect("writing to a String cannot fail");
}

/// Six decimals: a film's rounding errors stay far below one frame (rule 56). Integers throughout: this is the edge's inner loop.
fn write_extinf(text: &mut String, micros: u64) {
    let (seconds, rest) = (micros / 1_000_000, micros % 1_000_000);
    writeln!(text, "#EXTINF:{seconds}.{rest:06},").expect("writing to a String cannot fail");
}
