//! Initialisation data of Widevine and PlayReady: names of keys in each system's own envelope, byte for byte as the packager
//! writes them.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::cenc::KeyId;

/// Widevine's system id (`edef8ba9-79d6-4ace-a3c8-27dcd51d21ed`).
const WIDEVINE: [u8; 16] = [
    0xed, 0xef, 0x8b, 0xa9, 0x79, 0xd6, 0x4a, 0xce, 0xa3, 0xc8, 0x27, 0xdc, 0xd5, 0x1d, 0x21, 0xed,
];

/// A version 0 `pssh` box for Widevine: protobuf field 2 = `KID`, field 9 = protection scheme `cbcs`.
pub(super) fn widevine_box(kid: KeyId) -> Vec<u8> {
    let mut data = vec![0x12, 0x10];
    data.extend_from_slice(kid.as_bytes());
    data.push(0x48);
    data.extend(varint(u32::from_be_bytes(*b"cbcs")));
    let size = 32 + data.len();
    let mut pssh = Vec::with_capacity(size);
    pssh.extend_from_slice(&(size as u32).to_be_bytes());
    pssh.extend_from_slice(b"pssh\0\0\0\0");
    pssh.extend_from_slice(&WIDEVINE);
    pssh.extend_from_slice(&(data.len() as u32).to_be_bytes());
    pssh.extend_from_slice(&data);
    pssh
}

/// A PlayReady Object with one rights management header, version 4.3.0.0 (the first that knows `cbcs`).
pub(super) fn playready_object(kid: KeyId) -> Vec<u8> {
    let header = format!(
        concat!(
            r#"<WRMHEADER xmlns="http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader" version="4.3.0.0"><DATA><PROTECTINFO>"#,
            r#"<KIDS><KID ALGID="AESCBC" VALUE="{}"></KID></KIDS></PROTECTINFO></DATA></WRMHEADER>"#
        ),
        STANDARD.encode(kid.guid_bytes())
    );
    let record: Vec<u8> = header.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut object = Vec::with_capacity(10 + record.len());
    object.extend_from_slice(&(10 + record.len() as u32).to_le_bytes());
    object.extend_from_slice(&1_u16.to_le_bytes()); // one record
    object.extend_from_slice(&1_u16.to_le_bytes()); // of type rights management header
    object.extend_from_slice(&(record.len() as u16).to_le_bytes());
    object.extend_from_slice(&record);
    object
}

/// Protobuf's variable-length integer.
fn varint(mut value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKAGER_WIDEVINE: &str =
        "AAAAOHBzc2gAAAAA7e+LqXnWSs6jyCfc1R0h7QAAABgSELGyw9Tl9gcYKTpLXG1+j5BI88aJmwY=";
    const PACKAGER_PLAYREADY: &str = concat!(
        "vgEAAAEAAQC0ATwAVwBSAE0ASABFAEEARABFAFIAIAB4AG0AbABuAHMAPQAiAGgAdAB0AHAAOgAvAC8AcwBjAGgAZQBtAGEAcwAu",
        "AG0AaQBjAHIAbwBzAG8AZgB0AC4AYwBvAG0ALwBEAFIATQAvADIAMAAwADcALwAwADMALwBQAGwAYQB5AFIAZQBhAGQAeQBIAGUA",
        "YQBkAGUAcgAiACAAdgBlAHIAcwBpAG8AbgA9ACIANAAuADMALgAwAC4AMAAiAD4APABEAEEAVABBAD4APABQAFIATwBUAEUAQwBU",
        "AEkATgBGAE8APgA8AEsASQBEAFMAPgA8AEsASQBEACAAQQBMAEcASQBEAD0AIgBBAEUAUwBDAEIAQwAiACAAVgBBAEwAVQBFAD0A",
        "IgAxAE0ATwB5AHMAZgBiAGwARwBBAGMAcABPAGsAdABjAGIAWAA2AFAAawBBAD0APQAiAD4APAAvAEsASQBEAD4APAAvAEsASQBE",
        "AFMAPgA8AC8AUABSAE8AVABFAEMAVABJAE4ARgBPAD4APAAvAEQAQQBUAEEAPgA8AC8AVwBSAE0ASABFAEEARABFAFIAPgA=",
    );

    #[test]
    fn both_envelopes_are_the_packagers_own_bytes() {
        let kid = "b1b2c3d4e5f60718293a4b5c6d7e8f90".parse().unwrap();
        assert_eq!(STANDARD.encode(widevine_box(kid)), PACKAGER_WIDEVINE);
        assert_eq!(STANDARD.encode(playready_object(kid)), PACKAGER_PLAYREADY);
    }
}
