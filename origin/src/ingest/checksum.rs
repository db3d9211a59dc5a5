//! The tus checksum extension: `Upload-Checksum: <algorithm> <base64 digest>` over the body of one request.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// What `Tus-Checksum-Algorithm` announces.
pub(super) const ALGORITHMS: &str = "sha1,sha256";

/// A header that isn't `sha1` or `sha256` with a digest of the right length.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InvalidChecksum;

/// The digest that a request promises, and the one that its body has so far.
#[derive(Clone, Debug)]
pub(super) struct Checksum {
    expect: Vec<u8>,
    running: Running,
}

#[derive(Clone, Debug)]
enum Running {
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Checksum {
    pub(super) fn parse(header: &str) -> Result<Self, InvalidChecksum> {
        let (algorithm, digest) = header.trim().split_once(' ').ok_or(InvalidChecksum)?;
        let expect = STANDARD
            .decode(digest.trim())
            .map_err(|_| InvalidChecksum)?;
        let (running, length) = match algorithm {
            "sha1" => (Running::Sha1(Sha1::new()), 20),
            "sha256" => (Running::Sha256(Sha256::new()), 32),
            _ => return Err(InvalidChecksum),
        };
        if expect.len() == length {
            Ok(Self { expect, running })
        } else {
            Err(InvalidChecksum)
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        match &mut self.running {
            Running::Sha1(hash) => hash.update(bytes),
            Running::Sha256(hash) => hash.update(bytes),
        }
    }

    pub(super) fn matches(self) -> bool {
        match self.running {
            Running::Sha1(hash) => hash.finalize().as_slice() == self.expect,
            Running::Sha256(hash) => hash.finalize().as_slice() == self.expect,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_matches_only_its_own_digest() {
        for (header, body, expect) in [
            ("sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00=", "hello", true),
            ("sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00=", "hellO", false),
            (
                "sha256 LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
                "hello",
                true,
            ),
        ] {
            let mut checksum = Checksum::parse(header).unwrap();
            for byte in body.bytes() {
                checksum.update(&[byte]);
            }
            assert_eq!(checksum.matches(), expect, "{header} {body}");
        }
    }

    #[test]
    fn other_algorithms_and_short_digests_are_refused() {
        for header in [
            "",
            "sha1",
            "md5 1B2M2Y8AsgTpgAmY7PhCfg==",
            "sha1 AAAA",
            "sha256 qvTGHdzF6KLavt4PO0gs2a6pQ00=",
            "sha1 !!",
        ] {
            assert_eq!(
                Checksum::parse(header).err(),
                Some(InvalidChecksum),
                "{header}"
            );
        }
    }
}
