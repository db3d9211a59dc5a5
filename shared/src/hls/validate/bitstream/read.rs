//! One pass over a file: boxes first, then the samples of each fragment.

use std::io::{Read, Seek, SeekFrom};

use super::MediaFile;
use crate::mp4::{
    self, CodecConfig, Index, MovieFragment, Mp4Error, NalKind, NalUnit, SampleEntry, nal_units,
};

/// More than this is no two seconds of ours.
const LARGEST_FRAGMENT: u64 = 256 << 20;

/// What the samples of a fragment look like from outside.
#[derive(Debug, Default)]
pub(super) struct Samples {
    /// The first picture of the first sample.
    pub(super) first_picture: Option<NalKind>,
    /// A sample holds a picture that refers across its IDR picture (HEVC RASL, or a CRA that allows them).
    pub(super) is_open: bool,
    /// A sample is not what its coding says: units don't fill it, or it lies outside of its fragment.
    pub(super) damage: Vec<String>,
    /// What is wrong with how samples are said to be encrypted.
    pub(super) encryption: Vec<String>,
    /// A header that a player needs is encrypted.
    pub(super) hidden_headers: Vec<String>,
}

pub(super) fn file<R: Read + Seek>(reader: &mut R) -> Result<MediaFile, Mp4Error> {
    let index = mp4::index(reader)?;
    let mut init = Vec::new();
    reader.seek(SeekFrom::Start(index.init.offset))?;
    reader.take(index.init.length).read_to_end(&mut init)?;
    let entry = index.tracks.first().and_then(|track| track.entry.as_ref());
    let mut fragments = Vec::with_capacity(index.fragments.len());
    let mut bytes = Vec::new();
    for fragment in &index.fragments {
        let length = fragment.range.length.min(LARGEST_FRAGMENT);
        bytes.clear();
        reader.seek(SeekFrom::Start(fragment.range.offset))?;
        reader.by_ref().take(length).read_to_end(&mut bytes)?;
        fragments.push(samples(fragment, entry, &bytes));
    }
    Ok(MediaFile {
        index,
        init,
        fragments,
    })
}

fn samples(fragment: &MovieFragment, entry: Option<&SampleEntry>, bytes: &[u8]) -> Samples {
    let mut found = Samples::default();
    let protection = entry.and_then(|entry| entry.protection);
    let iv_size = protection.map_or(0, |protection| protection.per_sample_iv);
    let listed = fragment.senc.as_ref();
    let subsamples = listed.map(|senc| senc.subsamples(iv_size));
    if subsamples == Some(None) {
        found
            .encryption
            .push("senc is not as long as it says".to_owned());
    }
    found.encryption.extend(auxiliary(fragment, bytes));
    let subsamples = subsamples.flatten().unwrap_or_default();
    let mut at = usize::try_from(fragment.data_offset).unwrap_or(usize::MAX);
    for (place, sample) in fragment.samples.iter().enumerate() {
        let end = at.saturating_add(sample.size as usize);
        let Some(sample) = bytes.get(at..end) else {
            found
                .damage
                .push(format!("sample {place} lies outside of its fragment"));
            break;
        };
        at = end;
        if let Some(entry) = entry {
            let protected = subsamples.get(place).map(Vec::as_slice);
            one_sample(
                &mut found,
                entry,
                place,
                sample,
                protected.unwrap_or_default(),
            );
        }
    }
    found
}

/// `saiz` and `saio` against `senc`: they must lead to its entries.
fn auxiliary(fragment: &MovieFragment, bytes: &[u8]) -> Option<String> {
    let (senc, at) = (fragment.senc.as_ref()?, fragment.aux_offset?);
    let entries = usize::try_from(at).ok().and_then(|at| bytes.get(at..));
    let leads_there = entries.is_some_and(|entries| entries.starts_with(&senc.entries));
    (!leads_there).then(|| "saio doesn't lead to the entries of senc".to_owned())
}

fn one_sample(
    found: &mut Samples,
    entry: &SampleEntry,
    place: usize,
    sample: &[u8],
    subsamples: &[(u16, u32)],
) {
    let protected = protected_ranges(subsamples);
    let described = subsamples
        .iter()
        .map(|(clear, hidden)| usize::from(*clear) + *hidden as usize);
    if !subsamples.is_empty() && described.sum::<usize>() != sample.len() {
        found
            .encryption
            .push(format!("the subsamples of sample {place} don't fill it"));
    }
    let units = match &entry.config {
        CodecConfig::Av1(_) => return av1(found, place, sample, &protected),
        config => nal_units(config, sample),
    };
    let Ok(units) = units else {
        found
            .damage
            .push(format!("the NAL units of sample {place} don't fill it"));
        return;
    };
    let is_picture = |unit: &&NalUnit| unit.kind != NalKind::Other;
    if place == 0 {
        found.first_picture = units.iter().find(is_picture).map(|unit| unit.kind);
    }
    found.is_open |= units.iter().any(|unit| {
        matches!(
            unit.kind,
            NalKind::SkippedLeading | NalKind::CleanRandomAccess
        )
    });
    let hides = |unit: &&NalUnit| {
        // Beyond the header, a picture's slice header begins; anything that is no picture is clear as a whole.
        let clear = match unit.kind {
            NalKind::Other => unit.length,
            _ => unit.head + 1,
        };
        protected
            .iter()
            .any(|(from, to)| *from < unit.offset + clear && unit.offset < *to)
    };
    if units.iter().any(|unit| hides(&unit)) {
        found
            .hidden_headers
            .push(format!("a header in sample {place} is encrypted"));
    }
}

/// From and to of each protected part of a sample.
fn protected_ranges(subsamples: &[(u16, u32)]) -> Vec<(usize, usize)> {
    let mut at = 0;
    let parts = subsamples.iter().map(|(clear, hidden)| {
        let from = at + usize::from(*clear);
        at = from + *hidden as usize;
        (from, at)
    });
    parts.filter(|(from, to)| from < to).collect()
}

/// An AV1 sample begins with its sequence header when it is a key frame (AV1 in ISOBMFF 2.4).
fn av1(found: &mut Samples, place: usize, sample: &[u8], protected: &[(usize, usize)]) {
    const SEQUENCE_HEADER: u8 = 1;
    let kind = sample.first().map(|header| header >> 3 & 0x0f);
    if place == 0 {
        let is_key = kind == Some(SEQUENCE_HEADER);
        found.first_picture = Some(if is_key {
            NalKind::Idr
        } else {
            NalKind::Picture
        });
    }
    if protected.iter().any(|(from, _)| *from < 2) {
        found
            .hidden_headers
            .push(format!("a header in sample {place} is encrypted"));
    }
}

impl MediaFile {
    /// Each fragment's boxes with what its samples look like.
    pub(super) fn fragments(&self) -> impl Iterator<Item = (usize, &MovieFragment, &Samples)> {
        let Index { fragments, .. } = &self.index;
        let pairs = fragments.iter().zip(&self.fragments).enumerate();
        pairs.map(|(place, (boxes, samples))| (place, boxes, samples))
    }
}
