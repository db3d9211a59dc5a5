//! Bytes of a subtitle file into text. Files say rarely what they are: a byte order mark decides, then whether the bytes
//! are UTF-8, then whether every other byte is zero; what is left is Windows-1252, as old SubRip files are.

/// More is no subtitle file.
pub(super) const MOST_BYTES: u64 = 32 << 20;

/// The text, and what was guessed about it, for the operator.
pub(super) fn decode(bytes: &[u8]) -> Result<(String, Option<&'static str>), &'static str> {
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => (utf8(rest)?, None),
        [0xff, 0xfe, rest @ ..] => (utf16(rest, u16::from_le_bytes)?, None),
        [0xfe, 0xff, rest @ ..] => (utf16(rest, u16::from_be_bytes)?, None),
        _ => match (std::str::from_utf8(bytes), zeros(bytes)) {
            (Ok(text), (0, 0)) => (text.to_owned(), None),
            (_, (0, 0)) => (
                bytes.iter().map(|byte| windows_1252(*byte)).collect(),
                Some("its bytes are no UTF-8 and were read as Windows-1252"),
            ),
            (_, (even, odd)) if odd > 4 * even => (
                utf16(bytes, u16::from_le_bytes)?,
                Some("it was read as UTF-16"),
            ),
            (_, (even, odd)) if even > 4 * odd => (
                utf16(bytes, u16::from_be_bytes)?,
                Some("it was read as UTF-16"),
            ),
            _ => return Err("it is no text"),
        },
    };
    let is_binary = |character: char| {
        character.is_control()
            && !matches!(
                character,
                '\n' | '\r' | '\t' | '\u{c}' | '\u{80}'..='\u{9f}'
            )
    };
    if text.0.chars().any(is_binary) {
        return Err("it is no text");
    }
    Ok(text)
}

fn utf8(bytes: &[u8]) -> Result<String, &'static str> {
    String::from_utf8(bytes.to_vec())
        .map_err(|_| "its byte order mark says UTF-8, its bytes are something else")
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, &'static str> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let text: Result<String, _> =
        char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect();
    match text {
        Ok(text) if rest.is_empty() => Ok(text),
        _ => Err("its UTF-16 is damaged"),
    }
}

/// Zero bytes at even and at odd places: UTF-16 of Latin letters has one in every pair.
fn zeros(bytes: &[u8]) -> (usize, usize) {
    let count = |first: usize| {
        bytes
            .iter()
            .skip(first)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    (count(0), count(1))
}

/// The bytes 0x80 to 0x9f differ from Latin-1: quotes and dashes, which subtitles are full of.
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
        other => char::from(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_are_read_from_every_encoding() {
        let words = "Où est-elle ? – Là…";
        let units: Vec<u16> = words.encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        let windows = b"O\xf9 est-elle ? \x96 L\xe0\x85";
        for (name, bytes, is_guess) in [
            ("UTF-8", words.as_bytes().to_vec(), false),
            (
                "UTF-8 with a mark",
                [b"\xef\xbb\xbf", words.as_bytes()].concat(),
                false,
            ),
            (
                "UTF-16LE with a mark",
                [b"\xff\xfe", little.as_slice()].concat(),
                false,
            ),
            (
                "UTF-16BE with a mark",
                [b"\xfe\xff", big.as_slice()].concat(),
                false,
            ),
            ("UTF-16LE", little, true),
            ("UTF-16BE", big, true),
            ("Windows-1252", windows.to_vec(), true),
        ] {
            let (text, guess) = decode(&bytes).unwrap();
            assert_eq!(
                (text.as_str(), guess.is_some()),
                (words, is_guess),
                "{name}"
            );
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for bytes in [
            &b"\x00\x00\x00\x18ftypmp42"[..],
            b"\xff\xfea",
            b"\xef\xbb\xbf\xff",
            b"\x7fELF\x01",
        ] {
            assert!(decode(bytes).is_err(), "{bytes:?}");
        }
    }
}
