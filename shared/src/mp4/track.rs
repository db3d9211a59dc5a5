//! `moov`: the tracks of a file.

use super::{Mp4Error, SampleEntry, cursor::Cursor, sample_entry};

/// What kind of media a track is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handler {
    /// Pictures.
    Video,
    /// Sound.
    Audio,
    /// Anything else: text, metadata, timecode.
    Other,
}

/// One entry of an edit list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edit {
    /// In the movie's timescale; 0 in fragmented files.
    pub duration: u64,
    /// The first media time that is presented; −1 is an empty edit.
    pub media_time: i64,
}

/// A track.
#[derive(Clone, Debug)]
pub struct Track {
    /// What kind of media it is.
    pub handler: Handler,
    /// Ticks per second.
    pub timescale: u32,
    /// The edit list; empty when there is none.
    pub edits: Vec<Edit>,
    /// How its samples are coded. `None` when `stsd` has no entry that we know.
    pub entry: Option<SampleEntry>,
    /// Entries in `stsd`.
    pub sample_descriptions: u32,
    /// Samples that the sample table (not a fragment) describes.
    pub samples: u32,
    /// A `roll` group is described: how many frames a decoder needs before sound is right.
    pub has_roll_group: bool,
    /// `ludt` is there.
    pub has_loudness: bool,
}

/// Defaults for the samples of fragments, from `trex`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SampleDefaults {
    pub(super) duration: u32,
    pub(super) size: u32,
    pub(super) flags: u32,
}

/// What `moov` says.
#[derive(Default)]
pub(super) struct Movie {
    pub(super) tracks: Vec<Track>,
    pub(super) is_fragmented: bool,
    pub(super) pssh: Vec<Vec<u8>>,
    pub(super) defaults: SampleDefaults,
}

pub(super) fn movie(cursor: &mut Cursor<'_>) -> Result<Movie, Mp4Error> {
    let mut movie = Movie::default();
    while let Some((kind, mut child)) = cursor.child()? {
        match &kind {
            b"trak" => movie.tracks.push(track(&mut child)?),
            b"pssh" => movie.pssh.push(child.rest().to_vec()),
            b"mvex" => {
                movie.is_fragmented = true;
                while let Some((kind, mut trex)) = child.child()? {
                    if &kind == b"trex" {
                        trex.skip(12)?; // version and flags, track, sample description
                        movie.defaults = SampleDefaults {
                            duration: trex.u32()?,
                            size: trex.u32()?,
                            flags: trex.u32()?,
                        };
                    }
                }
            }
            _ => {}
        }
    }
    Ok(movie)
}

fn track(cursor: &mut Cursor<'_>) -> Result<Track, Mp4Error> {
    let mut track = Track {
        handler: Handler::Other,
        timescale: 0,
        edits: Vec::new(),
        entry: None,
        sample_descriptions: 0,
        samples: 0,
        has_roll_group: false,
        has_loudness: false,
    };
    while let Some((kind, mut child)) = cursor.child()? {
        match &kind {
            b"edts" => {
                while let Some((kind, mut list)) = child.child()? {
                    if &kind == b"elst" {
                        track.edits = edits(&mut list)?;
                    }
                }
            }
            b"mdia" => media(&mut child, &mut track)?,
            b"udta" => {
                while let Some((kind, _)) = child.child()? {
                    track.has_loudness |= &kind == b"ludt";
                }
            }
            _ => {}
        }
    }
    Ok(track)
}

fn edits(cursor: &mut Cursor<'_>) -> Result<Vec<Edit>, Mp4Error> {
    let (version, _) = cursor.full()?;
    let count = cursor.u32()?;
    let mut edits = Vec::new();
    for _ in 0..count {
        let duration = cursor.versioned(version)?;
        let media_time = if version == 0 {
            i64::from(cursor.i32()?)
        } else {
            cursor.u64()?.cast_signed()
        };
        cursor.skip(4)?; // the rate
        edits.push(Edit {
            duration,
            media_time,
        });
    }
    Ok(edits)
}

fn media(cursor: &mut Cursor<'_>, track: &mut Track) -> Result<(), Mp4Error> {
    while let Some((kind, mut child)) = cursor.child()? {
        match &kind {
            b"mdhd" => {
                let (version, _) = child.full()?;
                child.skip(if version == 0 { 8 } else { 16 })?; // creation and modification
                track.timescale = child.u32()?;
            }
            b"hdlr" => {
                child.skip(8)?;
                track.handler = match &child.four()? {
                    b"vide" => Handler::Video,
                    b"soun" => Handler::Audio,
                    _ => Handler::Other,
                };
            }
            b"minf" => {
                while let Some((kind, mut table)) = child.child()? {
                    if &kind == b"stbl" {
                        sample_table(&mut table, track)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn sample_table(cursor: &mut Cursor<'_>, track: &mut Track) -> Result<(), Mp4Error> {
    while let Some((kind, mut child)) = cursor.child()? {
        match &kind {
            b"stsd" => {
                child.skip(4)?;
                track.sample_descriptions = child.u32()?;
                if let Some((kind, mut entry)) = child.child()? {
                    track.entry = sample_entry::read(kind, &mut entry, track.handler)?;
                }
            }
            b"stsz" => {
                child.skip(8)?; // version and flags, common size
                track.samples = child.u32()?;
            }
            b"sgpd" => {
                child.full()?;
                track.has_roll_group |= &child.four()? == b"roll";
            }
            _ => {}
        }
    }
    Ok(())
}
