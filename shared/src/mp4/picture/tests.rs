use super::*;

/// x264, 320x180 with samples of 16:15, BT.709.
const AVC: &str = "0164000cffe100206764000cacd941419f9fff0010000f6a020202800000030080000018078a14cb01000468ef8fcbfdf8f800";
/// x264, 320x180, fields.
const AVC_FIELDS: &str =
    "01640015ffe1001967640015acd941433f260220000003002000000643e28532c001000468fe8fcbfdf8f800";
/// x265, Main 10, 320x180, PQ, with mastering display and content light.
const HEVC: &str = "0102200000009000000000003cf000fcfdfafa00000f04a00001001840010c01ffff02200000030090000003000003003c959409a10001002e42010102200000030090000003000003003ca00a080c1f3b6595952930bc05a84880482000000300200000030301a2000100064401c073c18927000200094e01900403e8019080001e4e01891833c286c41d4c0bb884d03e803d13404200989680000003003280";
/// SVT-AV1, 320x180, 10 bits, PQ.
const AV1: &str = "81004c000a0e0200000521e7f66017c284880482";

fn avc(record: &str) -> CodecConfig {
    CodecConfig::Avc(hex::decode(record).unwrap())
}

fn hevc() -> CodecConfig {
    CodecConfig::Hevc(hex::decode(HEVC).unwrap())
}

const BT709: Colour = Colour {
    primaries: 1,
    transfer: 1,
    matrix: 1,
    full_range: false,
};
const PQ: Colour = Colour {
    primaries: 9,
    transfer: 16,
    matrix: 9,
    full_range: false,
};

#[test]
fn the_sequence_headers_of_three_encoders_say_what_was_asked_of_them() {
    let found = avc(AVC).picture_format().unwrap();
    assert_eq!((found.width, found.height, found.bit_depth), (320, 180, 8));
    assert_eq!(
        (found.sample_aspect, found.colour),
        (Some((16, 15)), Some(BT709))
    );
    assert!(found.is_progressive);
    let found = hevc().picture_format().unwrap();
    assert_eq!((found.width, found.height, found.bit_depth), (320, 180, 10));
    assert_eq!(
        (found.sample_aspect, found.colour),
        (Some((1, 1)), Some(PQ))
    );
    assert!(found.is_progressive);
    let found = CodecConfig::Av1(hex::decode(AV1).unwrap())
        .picture_format()
        .unwrap();
    assert_eq!((found.width, found.height, found.bit_depth), (320, 180, 10));
    assert_eq!(found.colour, Some(PQ));
}

#[test]
fn fields_are_seen() {
    assert!(!avc(AVC_FIELDS).picture_format().unwrap().is_progressive);
}

#[test]
fn the_messages_of_a_record_are_listed() {
    assert_eq!(hevc().hevc_sei_types(), [144, 137]);
}

#[test]
fn a_record_cut_or_damaged_anywhere_never_panics() {
    let records = [AVC, HEVC, AV1].map(|record| hex::decode(record).unwrap());
    let wrap: [fn(Vec<u8>) -> CodecConfig; 3] =
        [CodecConfig::Avc, CodecConfig::Hevc, CodecConfig::Av1];
    for (record, wrap) in records.iter().zip(wrap) {
        for place in 0..record.len() {
            let _ = wrap(record[..place].to_vec()).picture_format();
            for value in [0, 0xff, record[place] ^ 0x10] {
                let mut damaged = record.clone();
                damaged[place] = value;
                let config = wrap(damaged);
                let _ = (config.picture_format(), config.hevc_sei_types());
            }
        }
    }
}
