//! The rules that boxes and samples decide. One file is read once, fragment by fragment; its rules are pure functions over what
//! was found.

mod container;
mod pictures;
mod protection;
mod read;
mod sound;

use std::io::{Read, Seek};

use super::Severity;
use crate::{
    asset::{Asset, AudioTrack, Media, VideoTrack},
    cenc::{ContentKey, KeyId, Tier},
    mp4::{Index, Mp4Error, SampleEntry, Track},
};

/// A published file as it is: its boxes, and what its samples look like from outside.
#[derive(Debug)]
pub struct MediaFile {
    index: Index,
    /// The bytes of the Media Initialization Section.
    init: Vec<u8>,
    fragments: Vec<read::Samples>,
}

impl MediaFile {
    /// Reads a file, holding one fragment in memory at a time. What is not readable as fragmented MP4 at all breaks rule 85,
    /// see [`super::Verification::unreadable`].
    pub fn read<R: Read + Seek>(reader: &mut R) -> Result<Self, Mp4Error> {
        read::file(reader)
    }
}

/// Which track of the asset a file is said to hold.
#[derive(Clone, Copy, Debug)]
pub enum Published<'a> {
    /// Pictures.
    Video(&'a VideoTrack),
    /// Pictures for scrubbing, each a fragment.
    Trick(&'a VideoTrack),
    /// Sound.
    Audio(&'a AudioTrack),
}

impl<'a> Published<'a> {
    /// Every track of an asset that has a media file.
    pub fn all(asset: &'a Asset) -> impl Iterator<Item = Self> {
        let video = asset.video.iter().map(Self::Video);
        let trick = asset.trick.iter().map(Self::Trick);
        video
            .chain(trick)
            .chain(asset.audio.iter().map(Self::Audio))
    }

    /// What kinds of tracks have in common.
    pub fn media(self) -> Media<'a> {
        match self {
            Self::Video(track) | Self::Trick(track) => track.media(),
            Self::Audio(track) => track.media(),
        }
    }

    /// The tier whose key it has.
    pub fn tier(self) -> Tier {
        match self {
            Self::Video(track) | Self::Trick(track) => track.tier,
            Self::Audio(_) => Tier::Audio,
        }
    }

    /// The video track, of either kind.
    fn video(self) -> Option<&'a VideoTrack> {
        match self {
            Self::Video(track) | Self::Trick(track) => Some(track),
            Self::Audio(_) => None,
        }
    }

    fn audio(self) -> Option<&'a AudioTrack> {
        match self {
            Self::Audio(track) => Some(track),
            Self::Video(_) | Self::Trick(_) => None,
        }
    }
}

/// What keys a track should have.
#[derive(Clone, Copy, Debug)]
pub struct Keys<'a> {
    /// The `KID` that derives from the asset's id and the track's tier.
    pub kid: KeyId,
    /// The asset's content keys, to prove that the file holds none.
    pub content_keys: &'a [ContentKey],
}

/// A track, its file and its keys.
pub(super) struct Subject<'a> {
    track: Published<'a>,
    file: &'a MediaFile,
    keys: Keys<'a>,
}

impl<'a> Subject<'a> {
    fn boxes(&self) -> &'a Index {
        &self.file.index
    }

    fn only_track(&self) -> Option<&'a Track> {
        self.file.index.tracks.first()
    }

    fn entry(&self) -> Option<&'a SampleEntry> {
        self.only_track()?.entry.as_ref()
    }

    fn is_video(&self) -> bool {
        self.track.video().is_some()
    }

    fn is_trick(&self) -> bool {
        matches!(self.track, Published::Trick(_))
    }
}

/// A rule's number and weight, and what of a track breaks it.
pub(super) type BitstreamCheck = (&'static str, Severity, fn(&Subject<'_>) -> Vec<String>);

/// Every check, by file of rules.
pub(super) const CHECKS: [&[BitstreamCheck]; 4] = [
    container::CHECKS,
    pictures::CHECKS,
    sound::CHECKS,
    protection::CHECKS,
];

/// Holds a track against every rule.
pub(super) fn check(
    track: Published<'_>,
    file: &MediaFile,
    keys: Keys<'_>,
    mut found: impl FnMut(&str, Severity, Vec<String>),
) {
    let subject = Subject { track, file, keys };
    let id = track.media().id;
    for (number, severity, check) in CHECKS.into_iter().flatten() {
        let findings = check(&subject).into_iter();
        let located = findings.map(|finding| format!("{id}: {finding}")).collect();
        found(number, *severity, located);
    }
}

fn finding(broken: bool, text: &str) -> Vec<String> {
    if broken {
        vec![text.to_owned()]
    } else {
        Vec::new()
    }
}
