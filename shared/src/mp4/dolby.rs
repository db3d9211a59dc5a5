//! AC-3 and E-AC-3 configuration records (ETSI TS 102 366, Annex F; JOC: ETSI TS 103 420, 8.3.1).

use super::bits::Bits;

/// Full-range channels by `acmod`.
const CHANNELS: [u32; 8] = [2, 1, 2, 3, 3, 4, 4, 5];

/// Channels of an `AC3SpecificBox`.
pub(super) fn ac3_channels(record: &[u8]) -> u32 {
    let mut bits = Bits::new(record);
    bits.take(2 + 5 + 3); // fscod, bsid, bsmod
    channels(&mut bits)
}

/// `CHANNELS` of an `EC3SpecificBox`: a number, or with joint object coding the complexity index and `/JOC`.
pub(super) fn eac3_channels(record: &[u8]) -> String {
    let mut bits = Bits::new(record);
    bits.take(13); // data_rate
    let substreams = bits.take(3) + 1;
    let (mut count, mut read) = (0, 16);
    for _ in 0..substreams {
        bits.take(2 + 5 + 1 + 1 + 3); // fscod, bsid, reserved, asvc, bsmod
        count += channels(&mut bits);
        bits.take(3); // reserved
        if bits.take(4) > 0 {
            count += dependent_channels(bits.take(9));
            read += 32;
        } else {
            bits.take(1);
            read += 24;
        }
    }
    let has_extension = record.len() * 8 >= read + 16;
    bits.take(7);
    if has_extension && bits.take(1) == 1 {
        return format!("{}/JOC", bits.take(8));
    }
    count.to_string()
}

/// `acmod` and `lfeon`.
fn channels(bits: &mut Bits<'_>) -> u32 {
    CHANNELS[bits.take(3) as usize] + bits.take(1)
}

/// What dependent substreams add: `chan_loc`, most significant bit first. Cs, Ts, Cvh and LFE2 are single, others pairs.
fn dependent_channels(locations: u32) -> u32 {
    const EACH: [u32; 9] = [2, 2, 1, 1, 2, 2, 2, 1, 1];
    let is_set = |place: usize| locations >> (8 - place) & 1 == 1;
    EACH.iter()
        .enumerate()
        .filter(|(place, _)| is_set(*place))
        .map(|(_, channels)| channels)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_read_from_the_records_that_encoders_write() {
        assert_eq!(ac3_channels(&[0x10, 0x3d, 0xc0]), 6);
        assert_eq!(ac3_channels(&[0x10, 0x11, 0x40]), 2);
        let check = |record: &[u8], expect: &str| {
            assert_eq!(eac3_channels(record), expect, "{record:02x?}");
        };
        check(&[0x08, 0x00, 0x20, 0x0f, 0x00], "6");
        check(&[0x08, 0x08, 0x20, 0x0f, 0x00, 0x01, 0x10], "16/JOC");
        check(&[0x0c, 0x00, 0x20, 0x0f, 0x00, 0x01, 0x05], "5/JOC");
        check(&[0x08, 0x00, 0x20, 0x04, 0x00], "2");
        // 7.1: a dependent substream with the rear surround pair.
        check(&[0x0c, 0x00, 0x20, 0x0f, 0x02, 0x80], "8");
        check(&[0x08, 0x00, 0x20, 0x0f, 0x00, 0x00, 0x10], "6");
        check(&[], "2");
    }
}
