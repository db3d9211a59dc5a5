//! What a file's first bytes say before any program opens it: that it is something else than a film, or that it is encrypted
//! in a way that ffmpeg doesn't tell.

use shared::ladder::Refusal;

/// How much of the start must be readable text for the file to be text.
const TEXT_BYTES: usize = 4096;

/// Files that are delivered by mistake, by the bytes at an offset.
const OTHERS: [(usize, &[u8], &str); 20] = [
    (0, b"\x89PNG\r\n", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"GIF8", "a GIF picture"),
    (0, b"BM", "a BMP picture"),
    (0, b"II*\0", "a TIFF picture"),
    (0, b"MM\0*", "a TIFF picture"),
    (0, b"SDPX", "a DPX picture"),
    (0, b"XPDS", "a DPX picture"),
    (0, b"\x76\x2f\x31\x01", "an OpenEXR picture"),
    (8, b"WEBP", "a WebP picture"),
    (0, b"8BPS", "a Photoshop document"),
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (257, b"ustar", "a TAR archive"),
    (0, b"\x7fELF", "a program"),
    (0, b"ID3", "an MP3 recording"),
    (8, b"WAVE", "a WAV recording"),
];

/// Texts that name other files and addresses, by a word near their start.
const LISTS: [(&str, &str); 7] = [
    ("#EXTM3U", "an HLS playlist"),
    ("ffconcat", "a concatenation script"),
    ("v=0", "a session description (SDP)"),
    ("<MPD", "a DASH manifest"),
    ("<smil", "a SMIL presentation"),
    ("<SmoothStreamingMedia", "a Smooth Streaming manifest"),
    ("AssetMap", "an IMF or DCP asset map"),
];

/// The boxes that stand at the top of MP4 and MOV files.
const MP4_BOXES: [&[u8; 4]; 13] = [
    b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp", b"sidx", b"moof",
    b"mfra", b"uuid", b"meta",
];

const MATROSKA: &[u8] = b"\x1a\x45\xdf\xa3";
const MXF: &[u8] = b"\x06\x0e\x2b\x34";

/// The essence container label and the packet key of encrypted MXF (SMPTE ST 429-6).
const ENCRYPTED_MXF: [[u8; 16]; 2] = [
    *b"\x06\x0e\x2b\x34\x04\x01\x01\x07\x0d\x01\x03\x01\x02\x0b\x01\x00",
    *b"\x06\x0e\x2b\x34\x02\x04\x01\x07\x0d\x01\x03\x01\x02\x7e\x01\x00",
];

/// Why the file can't be a master, if its first bytes tell.
pub(super) fn refusal(head: &[u8]) -> Option<Refusal> {
    if let Some(what) = list(head) {
        return Some(Refusal::new(
            "playlist_master",
            format!("The file is {what}: it names other files and holds no film."),
            "Deliver the film itself, as one MP4, MOV, MKV, MXF or MPEG-TS file.",
        ));
    }
    let other = OTHERS.iter().find(|(offset, magic, _)| {
        head.get(*offset..)
            .is_some_and(|rest| rest.starts_with(magic))
    });
    let what = other.map(|(_, _, what)| *what);
    let what = what.or_else(|| is_text(head).then_some("a text file"))?;
    Some(Refusal::new(
        "not_a_film",
        format!("The file is {what}, not a film."),
        "Deliver MP4, MOV, MKV, MXF or MPEG-TS.",
    ))
}

/// Whether the file begins like a container that holds films: what can't be read of it is damaged, not foreign.
pub(super) fn begins_like_a_film(head: &[u8]) -> bool {
    let at = |offset: usize, magic: &[u8]| {
        head.get(offset..)
            .is_some_and(|rest| rest.starts_with(magic))
    };
    let is_mp4 = MP4_BOXES.iter().any(|name| at(4, *name));
    let is_stream = at(0, b"\x47") && at(188, b"\x47");
    let others: [&[u8]; 4] = [MATROSKA, MXF, b"RIFF", b"\0\0\x01\xba"];
    is_mp4 || is_stream || others.iter().any(|magic| at(0, magic))
}

/// Whether the file is shorter than its own header says: by the boxes of MP4 and MOV that begin in the head, and by the
/// place of the footer of MXF.
pub(super) fn is_cut(head: &[u8], bytes: u64) -> bool {
    if head.starts_with(MXF) {
        return footer(head).is_some_and(|place| place >= bytes);
    }
    let mut place = 0_u64;
    while let Some((size, name)) = mp4_box(head, place) {
        let is_known = MP4_BOXES.contains(&name);
        if size < 8 || !is_known {
            return false;
        }
        place = place.saturating_add(size);
        if place > bytes {
            return true;
        }
    }
    false
}

/// Size and name of the box at a place. A size of 0 reaches to the end of the file, 1 is followed by a longer one.
fn mp4_box(head: &[u8], place: u64) -> Option<(u64, &[u8; 4])> {
    let rest = head.get(usize::try_from(place).ok()?..)?;
    let size = u32::from_be_bytes(*rest.first_chunk()?);
    let name = rest.get(4..)?.first_chunk()?;
    match size {
        0 => None,
        1 => Some((u64::from_be_bytes(*rest.get(8..)?.first_chunk()?), name)),
        size => Some((size.into(), name)),
    }
}

/// `FooterPartition` of the header partition pack (SMPTE ST 377-1 §7.1); 0 when the writer did not know.
fn footer(head: &[u8]) -> Option<u64> {
    let length = *head.get(16)?;
    let length_bytes = if length < 0x80 {
        1
    } else {
        1 + usize::from(length & 0x7f)
    };
    // Versions, KAG size, this and the previous partition come first.
    let at = 16 + length_bytes + 2 + 2 + 4 + 8 + 8;
    let place = u64::from_be_bytes(*head.get(at..)?.first_chunk()?);
    (place > 0).then_some(place)
}

/// Whether the first bytes belong to a container whose content is encrypted.
pub(super) fn is_encrypted(head: &[u8]) -> bool {
    encrypted_mxf(head) || encrypted_matroska(head) || scrambled_transport_stream(head)
}

fn list(head: &[u8]) -> Option<&'static str> {
    let text = text(head)?;
    let known = LISTS.iter().find(|(word, _)| text.contains(word));
    known.map(|(_, what)| *what)
}

fn is_text(head: &[u8]) -> bool {
    text(head).is_some()
}

/// The start of the file when it is text: no container of films is.
fn text(head: &[u8]) -> Option<String> {
    let start = &head[..head.len().min(TEXT_BYTES)];
    let text = String::from_utf8_lossy(start);
    // A character may be cut in two at the end.
    let broken = text.matches(char::REPLACEMENT_CHARACTER).count();
    let is_readable =
        |character: char| !character.is_control() || "\t\r\n\u{c}".contains(character);
    (!text.is_empty() && broken <= 1 && text.chars().all(is_readable)).then(|| text.into_owned())
}

fn encrypted_mxf(head: &[u8]) -> bool {
    head.starts_with(MXF)
        && head
            .windows(16)
            .any(|window| ENCRYPTED_MXF.iter().any(|label| window == label))
}

/// `Segment` → `Tracks` → `TrackEntry` → `ContentEncodings` → `ContentEncoding` → `ContentEncryption` (RFC 9559 §5.1.4.1.31).
fn encrypted_matroska(head: &[u8]) -> bool {
    const PATH: [u32; 6] = [0x1853_8067, 0x1654_ae6b, 0xae, 0x6d80, 0x6240, 0x5035];
    head.starts_with(MATROSKA) && has_element(head, &PATH)
}

fn has_element(mut rest: &[u8], path: &[u32]) -> bool {
    let Some((wanted, deeper)) = path.split_first() else {
        return true;
    };
    while let Some((id, body, next)) = element(rest) {
        if id == *wanted && has_element(body, deeper) {
            return true;
        }
        rest = next;
    }
    false
}

/// An EBML element's id, the part of its body that is there, and what follows.
fn element(bytes: &[u8]) -> Option<(u32, &[u8], &[u8])> {
    let id_bytes = bytes.first()?.leading_zeros() as usize + 1;
    if id_bytes > 4 {
        return None;
    }
    let id = bytes
        .get(..id_bytes)?
        .iter()
        .fold(0, |id, byte| (id << 8) | u32::from(*byte));
    let rest = &bytes[id_bytes..];
    let size_bytes = rest.first()?.leading_zeros() as usize + 1;
    let digits = rest.get(..size_bytes.min(8))?;
    let value = digits
        .iter()
        .fold(0, |size, byte| (size << 8) | u64::from(*byte));
    let marker = 1 << (7 * digits.len());
    let is_unknown = value == 2 * marker - 1;
    let body = &rest[digits.len()..];
    let size = usize::try_from(value & (marker - 1)).unwrap_or(usize::MAX);
    let size = if is_unknown {
        body.len()
    } else {
        size.min(body.len())
    };
    let (body, next) = body.split_at(size);
    Some((id, body, next))
}

/// Packets of 188 bytes whose `transport_scrambling_control` is set (ISO/IEC 13818-1 §2.4.3.3).
fn scrambled_transport_stream(head: &[u8]) -> bool {
    let packets = head.chunks_exact(188).take(1000);
    let (mut count, mut scrambled) = (0, 0);
    for packet in packets {
        if packet[0] != 0x47 {
            return false;
        }
        count += 1;
        scrambled += u32::from(packet[3] & 0xc0 != 0);
    }
    count >= 3 && scrambled > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_film_is_named() {
        let check = |head: &[u8], code: &str, word: &str| {
            let refusal = refusal(head).unwrap();
            assert_eq!(refusal.code, code, "{word}");
            assert!(refusal.problem.contains(word), "{}", refusal.problem);
        };
        check(
            b"#EXTM3U\n#EXTINF:4,\nhttp://a/b.ts\n",
            "playlist_master",
            "HLS",
        );
        check(b"\xef\xbb\xbf#EXTM3U\n", "playlist_master", "HLS");
        check(
            b"ffconcat version 1.0\nfile secret\n",
            "playlist_master",
            "concatenation",
        );
        check(
            b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n",
            "playlist_master",
            "session",
        );
        check(
            b"<?xml version='1.0'?><MPD></MPD>",
            "playlist_master",
            "DASH",
        );
        check(
            b"1\n00:00:01,000 --> 00:00:02,000\nHi\n",
            "not_a_film",
            "text",
        );
        check(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", "not_a_film", "PNG");
        check(b"PK\x03\x04\x14\0\0\0", "not_a_film", "ZIP");
    }

    #[test]
    fn what_may_be_a_film_is_left_to_ffprobe() {
        for head in [
            &b"\0\0\0\x20ftypisom\0\0\x02\0"[..],
            b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x23",
            b"\x06\x0e\x2b\x34\x02\x05\x01\x01",
            b"\x47\x40\x11\x10\0",
            b"",
        ] {
            assert_eq!(refusal(head), None);
            assert!(!is_encrypted(head));
        }
    }

    #[test]
    fn a_file_is_cut_when_a_box_or_the_footer_lies_behind_its_end() {
        let film = b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x20mdat";
        assert!(!is_cut(film, 48));
        assert!(is_cut(film, 47));
        assert!(
            !is_cut(b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\0mdat", 24),
            "to the end"
        );
        let mut mxf = MXF.to_vec();
        mxf.resize(16, 0);
        mxf.extend([0x83, 0, 0, 120]);
        mxf.resize(20 + 24, 0);
        mxf.extend(5000_u64.to_be_bytes());
        assert!(is_cut(&mxf, 5000));
        assert!(!is_cut(&mxf, 5001));
    }

    #[test]
    fn damaged_matroska_lengths_end_the_walk() {
        for size in [0_u8, 1, 0x40, 0x80, 0xff] {
            let mut head = b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67".to_vec();
            head.extend([size; 40]);
            assert!(!is_encrypted(&head), "{size}");
        }
    }

    #[test]
    fn a_scrambled_packet_makes_a_transport_stream_encrypted() {
        let mut stream = vec![0; 188 * 4];
        for packet in stream.chunks_exact_mut(188) {
            packet[..4].copy_from_slice(b"\x47\x01\x00\x10");
        }
        assert!(!is_encrypted(&stream));
        stream[188 * 2 + 3] = 0x90;
        assert!(is_encrypted(&stream));
    }
}
