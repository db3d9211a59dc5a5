//! Compact JSON Web Signatures (RFC 7515), reduced to what we issue: one header shape, two algorithms.
//!
//! A caller names the algorithm it accepts; the header can only agree with it, never choose. So a token with `none`, or
//! an HS256 token made from a public Ed25519 key, gets no further than its header.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{MAX_TOKEN_BYTES, TokenError};

/// The algorithm that one kind of token uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Hs256,
    EdDsa,
}

impl Algorithm {
    const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::EdDsa => "EdDSA",
        }
    }
}

#[derive(Serialize)]
struct HeaderOut<'a> {
    alg: &'a str,
    typ: &'a str,
    kid: &'a str,
}

#[derive(Deserialize)]
struct HeaderIn {
    alg: String,
    kid: Option<String>,
    /// RFC 7515 §4.1.11: extensions that must be understood. We understand none.
    crit: Option<serde_json::Value>,
}

/// A token taken apart, its signature not verified yet.
pub(super) struct Unverified<'a> {
    pub(super) kid: String,
    pub(super) signing_input: &'a str,
    pub(super) signature: Vec<u8>,
    payload: &'a str,
}

/// Takes a token apart and holds its header against the one accepted algorithm.
pub(super) fn open(token: &str, accepted: Algorithm) -> Result<Unverified<'_>, TokenError> {
    if token.is_empty() {
        return Err(TokenError::Missing);
    }
    if token.len() > MAX_TOKEN_BYTES {
        return Err(TokenError::Malformed);
    }
    let (signing_input, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
    let (header, payload) = signing_input.split_once('.').ok_or(TokenError::Malformed)?;
    if payload.contains('.') {
        return Err(TokenError::Malformed);
    }
    let header: HeaderIn = read(header)?;
    if header.crit.is_some() {
        return Err(TokenError::Malformed);
    }
    if header.alg != accepted.name() {
        return Err(TokenError::Algorithm);
    }
    Ok(Unverified {
        kid: header.kid.ok_or(TokenError::KeyUnknown)?,
        signing_input,
        signature: URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| TokenError::Malformed)?,
        payload,
    })
}

impl Unverified<'_> {
    /// The claims, for a caller that has verified the signature.
    pub(super) fn claims<C: DeserializeOwned>(
        &self,
        issuers: &[&str],
        audience: &str,
    ) -> Result<C, TokenError> {
        #[derive(Deserialize)]
        struct Parties {
            iss: String,
            aud: String,
        }
        let payload = URL_SAFE_NO_PAD
            .decode(self.payload)
            .map_err(|_| TokenError::Malformed)?;
        let parties: Parties =
            serde_json::from_slice(&payload).map_err(|_| TokenError::Audience)?;
        if parties.aud != audience || !issuers.contains(&parties.iss.as_str()) {
            return Err(TokenError::Audience);
        }
        serde_json::from_slice(&payload).map_err(|_| TokenError::Malformed)
    }
}

/// Builds the token around `sign`, which gets the signing input. `issuer` is `None` where the claims name it.
pub(super) fn seal<C: Serialize>(
    algorithm: Algorithm,
    kid: &str,
    issuer: Option<&str>,
    audience: &str,
    claims: &C,
    sign: impl FnOnce(&[u8]) -> Vec<u8>,
) -> String {
    #[derive(Serialize)]
    struct Payload<'a, C> {
        #[serde(skip_serializing_if = "Option::is_none")]
        iss: Option<&'a str>,
        aud: &'a str,
        #[serde(flatten)]
        claims: &'a C,
    }
    let header = HeaderOut {
        alg: algorithm.name(),
        typ: "JWT",
        kid,
    };
    let mut token = write(&header);
    token.push('.');
    token.push_str(&write(&Payload {
        iss: issuer,
        aud: audience,
        claims,
    }));
    let signature = sign(token.as_bytes());
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    token
}

fn read<T: DeserializeOwned>(part: &str) -> Result<T, TokenError> {
    let bytes = URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| TokenError::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenError::Malformed)
}

fn write<T: Serialize>(value: &T) -> String {
    let json =
        serde_json::to_vec(value).expect("headers and claims are plain structs with string keys");
    URL_SAFE_NO_PAD.encode(json)
}
