//! AWS Signature Version 4 for reads from an S3 endpoint: one `GET` or `HEAD`, an empty payload, our few headers.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// SHA-256 of nothing.
const EMPTY_PAYLOAD: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Who signs, for where.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    /// Access key id.
    pub key_id: &'a str,
    /// Secret access key.
    pub secret: &'a str,
    /// Region.
    pub region: &'a str,
}

/// What is read.
#[derive(Clone, Copy, Debug)]
pub struct Read<'a> {
    /// `GET` or `HEAD`.
    pub method: &'a str,
    /// The authority exactly as it is sent.
    pub host: &'a str,
    /// The path exactly as it is sent. Ours needs no escaping.
    pub path: &'a str,
    /// `Range`, if one is sent.
    pub range: Option<&'a str>,
    /// `YYYYMMDDTHHMMSSZ`
    pub at: &'a str,
}

/// The headers to add to the request.
pub fn headers(signer: &Signer<'_>, read: &Read<'_>) -> [(&'static str, String); 3] {
    let date = read.at.get(..8).unwrap_or_default();
    let scope = format!("{date}/{}/s3/aws4_request", signer.region);
    let (names, canonical) = canonical(read);
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{}\n{scope}\n{}",
        read.at,
        hex::encode(Sha256::digest(canonical))
    );
    let secret = format!("AWS4{}", signer.secret);
    let key = [date, signer.region, "s3", "aws4_request"]
        .iter()
        .fold(secret.into_bytes(), |key, part| mac(&key, part.as_bytes()));
    let signature = hex::encode(mac(&key, to_sign.as_bytes()));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope},SignedHeaders={names},Signature={signature}",
        signer.key_id
    );
    [
        ("x-amz-date", read.at.to_owned()),
        ("x-amz-content-sha256", EMPTY_PAYLOAD.to_owned()),
        ("authorization", authorization),
    ]
}

/// The signed headers' names and the canonical request.
fn canonical(read: &Read<'_>) -> (&'static str, String) {
    let names = match read.range {
        Some(_) => "host;range;x-amz-content-sha256;x-amz-date",
        None => "host;x-amz-content-sha256;x-amz-date",
    };
    let mut text = format!("{}\n{}\n\nhost:{}\n", read.method, read.path, read.host);
    if let Some(range) = read.range {
        let _infallible = writeln!(text, "range:{}", range.trim());
    }
    let _infallible = write!(
        text,
        "x-amz-content-sha256:{EMPTY_PAYLOAD}\nx-amz-date:{}\n\n{names}\n{EMPTY_PAYLOAD}",
        read.at
    );
    (names, text)
}

fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.chain_update(message).finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "Example: GET Object" of AWS's "Signature Calculations for the Authorization Header".
    #[test]
    fn the_published_example_has_its_published_signature() {
        let signer = Signer {
            key_id: "AKIAIOSFODNN7EXAMPLE",
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            region: "us-east-1",
        };
        let read = Read {
            method: "GET",
            host: "examplebucket.s3.amazonaws.com",
            path: "/test.txt",
            range: Some("bytes=0-9"),
            at: "20130524T000000Z",
        };
        let [date, payload, authorization] = headers(&signer, &read);
        assert_eq!(date, ("x-amz-date", "20130524T000000Z".to_owned()));
        assert_eq!(payload.1, EMPTY_PAYLOAD);
        assert_eq!(
            authorization.1,
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
             SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,\
             Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        );
    }
}
