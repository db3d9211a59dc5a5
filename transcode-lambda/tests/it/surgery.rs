//! Cutting boxes open. A path names boxes from the top: `moov/trak/mdia`, the second of a kind with `moof:1`, any child
//! with `*`.

use std::ops::Range;

/// Where a box and those around it lie, outermost first.
fn find(bytes: &[u8], path: &str) -> Vec<Range<usize>> {
    let mut chain: Vec<Range<usize>> = Vec::new();
    let mut within = 0..bytes.len();
    for name in path.split('/') {
        let (kind, wanted) = name.split_once(':').unwrap_or((name, "0"));
        let wanted: usize = wanted.parse().unwrap();
        let mut found = children(bytes, within.clone()).filter(|range| {
            kind == "*" || &bytes[range.start + 4..range.start + 8] == kind.as_bytes()
        });
        let range = found
            .nth(wanted)
            .unwrap_or_else(|| panic!("no {name} in {path}"));
        within = range.start + header(bytes, &range)..range.end;
        chain.push(range);
    }
    chain
}

fn children(bytes: &[u8], within: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut at = within.start;
    std::iter::from_fn(move || {
        let size = bytes.get(at..at + 4).filter(|_| at + 8 <= within.end)?;
        let size = u32::from_be_bytes(size.try_into().unwrap()) as usize;
        at += size;
        Some(at - size..at)
    })
}

/// Bytes before the first child.
fn header(bytes: &[u8], range: &Range<usize>) -> usize {
    match &bytes[range.start + 4..range.start + 8] {
        b"stsd" => 16,
        b"encv" => 8 + 78,
        b"enca" => 8 + 28,
        _ => 8,
    }
}

/// What a box holds.
pub(crate) fn payload<'a>(bytes: &'a mut [u8], path: &str) -> &'a mut [u8] {
    let range = find(bytes, path).pop().unwrap();
    &mut bytes[range.start + 8..range.end]
}

/// Gives a box another name, where it is.
pub(crate) fn rename(bytes: &mut [u8], path: &str, kind: [u8; 4]) {
    let range = find(bytes, path).pop().unwrap();
    bytes[range.start + 4..range.start + 8].copy_from_slice(&kind);
}

/// A whole box, with its header.
pub(crate) fn whole(bytes: &[u8], path: &str) -> Vec<u8> {
    bytes[find(bytes, path).pop().unwrap()].to_vec()
}

/// Puts `new` in the place of a box, and corrects the sizes of those around it. Nothing, to remove it.
pub(crate) fn replace(bytes: &mut Vec<u8>, path: &str, new: &[u8]) {
    let mut chain = find(bytes, path);
    let range = chain.pop().unwrap();
    let grown = signed(new.len()) - signed(range.len());
    bytes.splice(range, new.iter().copied());
    resize(bytes, &chain, grown);
}

/// Adds a child at the end of a box.
pub(crate) fn append(bytes: &mut Vec<u8>, path: &str, new: &[u8]) {
    let chain = find(bytes, path);
    let end = chain.last().unwrap().end;
    bytes.splice(end..end, new.iter().copied());
    resize(bytes, &chain, signed(new.len()));
}

fn resize(bytes: &mut [u8], around: &[Range<usize>], grown: i64) {
    for range in around {
        let size = u32::try_from(signed(range.len()) + grown).unwrap();
        bytes[range.start..range.start + 4].copy_from_slice(&size.to_be_bytes());
    }
}

fn signed(length: usize) -> i64 {
    i64::try_from(length).unwrap()
}

/// A box.
pub(crate) fn boxed(kind: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let size = u32::try_from(payload.len() + 8).unwrap();
    [&size.to_be_bytes()[..], &kind, payload].concat()
}

/// The 32-bit number at a place.
pub(crate) fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// Adds to the 32-bit number at a place, wrapping.
pub(crate) fn add(bytes: &mut [u8], at: usize, by: i32) {
    let sum = number(bytes, at).wrapping_add_signed(by);
    bytes[at..at + 4].copy_from_slice(&sum.to_be_bytes());
}

/// The bytes of the fragment at a place: its `moof` and its `mdat`.
pub(crate) fn fragment(bytes: &[u8], place: usize) -> Range<usize> {
    let moof = find(bytes, &format!("moof:{place}")).pop().unwrap();
    let mdat = find(bytes, &format!("mdat:{place}")).pop().unwrap();
    moof.start..mdat.end
}

/// Where the media of a fragment begins in the file.
pub(crate) fn media(bytes: &[u8], place: usize) -> usize {
    find(bytes, &format!("mdat:{place}")).pop().unwrap().start + 8
}

/// Where the fields of a sample stand in the payload of a `trun` as the packager writes them: a data offset, then for each
/// sample those of duration, size, flags and composition offset that the flags announce.
pub(crate) fn sample_field(trun: &[u8], sample: usize, field: u32) -> usize {
    const FIELDS: [u32; 4] = [0x100, 0x200, 0x400, 0x800];
    let flags = number(trun, 0) & 0x00ff_ffff;
    assert!(flags & field != 0, "trun has no field {field:x}");
    let per_sample = FIELDS.iter().filter(|set| flags & **set != 0).count();
    let before = FIELDS
        .iter()
        .filter(|set| **set < field && flags & **set != 0)
        .count();
    let head = 8 + if flags & 1 == 0 { 0 } else { 4 } + if flags & 4 == 0 { 0 } else { 4 };
    head + 4 * (sample * per_sample + before)
}

/// `trun` fields.
pub(crate) const SIZE: u32 = 0x200;
pub(crate) const FLAGS: u32 = 0x400;
pub(crate) const COMPOSITION: u32 = 0x800;
