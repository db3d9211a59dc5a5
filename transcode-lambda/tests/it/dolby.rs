//! E-AC-3 frames, taken apart and put together. No free encoder makes joint object coding, so a test stream is ordinary
//! E-AC-3 whose frames declare it: what says so (ETSI TS 103 420, 8.3.1) is put into `addbsi`, the frame grows by two words,
//! and its CRC is computed anew. The sound below is untouched, and every decoder plays it.

/// Bit offsets in a frame as ffmpeg's encoder writes it: six blocks, no mixing metadata.
const FRAME_SIZE: std::ops::Range<usize> = 21..32;
const DIALNORM: std::ops::Range<usize> = 45..50;
const ADDITIONAL_INFORMATION: usize = 53;
/// `auxdatae`, `crcrsv` and the CRC.
const TAIL_BITS: usize = 18;

/// A raw E-AC-3 stream's frames.
pub(crate) fn frames(stream: &[u8]) -> Vec<&[u8]> {
    let mut frames = Vec::new();
    let mut rest = stream;
    while rest.len() > 4 {
        let bits = bits(&rest[..4]);
        let length = (number(&bits[FRAME_SIZE]) + 1) * 2;
        let (frame, next) = rest.split_at(length);
        frames.push(frame);
        rest = next;
    }
    frames
}

/// `dialnorm` of a frame, dB.
pub(crate) fn dialnorm(frame: &[u8]) -> i32 {
    -i32::try_from(number(&bits(frame)[DIALNORM])).unwrap()
}

/// The stream as one that declares joint object coding of this complexity.
pub(crate) fn with_objects(stream: &[u8], complexity: u8) -> Vec<u8> {
    frames(stream)
        .into_iter()
        .flat_map(|frame| object_frame(frame, complexity))
        .collect()
}

fn object_frame(frame: &[u8], complexity: u8) -> Vec<u8> {
    let old = bits(frame);
    assert!(
        !old[ADDITIONAL_INFORMATION],
        "the frame has information already"
    );
    let end = old.len() - TAIL_BITS;
    let mut new = old[..ADDITIONAL_INFORMATION].to_vec();
    let words = frame.len() / 2 + 2;
    for (place, bit) in FRAME_SIZE.zip(to_bits(words - 1, 11)) {
        new[place] = bit;
    }
    new.push(true); // addbsie
    new.extend(to_bits(1, 6)); // addbsil: two bytes
    new.extend(to_bits(1, 8)); // seven reserved bits, flag_ec3_extension_type_a
    new.extend(to_bits(usize::from(complexity), 8));
    new.extend(&old[ADDITIONAL_INFORMATION + 1..end]);
    new.extend([false; 10]); // two words are 32 bits, of which 22 are used
    new.extend(&old[end..end + 2]);
    let mut bytes: Vec<u8> = new.chunks(8).map(|byte| number(byte) as u8).collect();
    bytes.extend(crc(&bytes[2..]).to_be_bytes());
    bytes
}

fn bits(bytes: &[u8]) -> Vec<bool> {
    bytes
        .iter()
        .flat_map(|byte| to_bits(usize::from(*byte), 8))
        .collect()
}

fn to_bits(value: usize, count: usize) -> impl Iterator<Item = bool> {
    (0..count).rev().map(move |place| value >> place & 1 == 1)
}

fn number(bits: &[bool]) -> usize {
    bits.iter()
        .fold(0, |value, bit| value << 1 | usize::from(*bit))
}

/// CRC-16 with the polynomial 0x8005 (A/52, 6.1.7).
fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| {
            if crc & 0x8000 == 0 {
                crc << 1
            } else {
                crc << 1 ^ 0x8005
            }
        })
    })
}
