//! `POST /api/drm/license`: the ClearKey exchange of Encrypted Media Extensions (W3C EME §9.1.4).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use edge::{Call, Failure, Reply};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use shared::{cenc::KeyId, token::playback::PlaybackClaims};

use crate::keys;

const MAX_BODY_BYTES: usize = 16 << 10;
const MAX_KIDS: usize = 64;

#[derive(Deserialize)]
struct LicenseRequest {
    kids: Vec<String>,
    #[serde(default = "temporary")]
    r#type: String,
}

#[derive(Serialize)]
struct License {
    keys: Vec<Jwk>,
    r#type: &'static str,
}

/// A symmetric key as RFC 7517 writes it.
#[derive(Serialize)]
struct Jwk {
    kty: &'static str,
    kid: String,
    k: String,
}

fn temporary() -> String {
    "temporary".to_owned()
}

/// Answers a licence request.
pub(crate) async fn license(call: &mut Call, claims: &PlaybackClaims) -> Result<Reply, Failure> {
    let request: LicenseRequest = call.json(MAX_BODY_BYTES).await?;
    let kids = parse(&request)?;
    let keys = keys::derive(claims, &kids).await?;
    let keys = keys.iter().map(|(kid, key)| Jwk {
        kty: "oct",
        kid: kid.base64url(),
        k: URL_SAFE_NO_PAD.encode(key.expose()),
    });
    Ok(Reply::json(
        StatusCode::OK,
        &License {
            keys: keys.collect(),
            r#type: "temporary",
        },
    ))
}

fn parse(request: &LicenseRequest) -> Result<Vec<KeyId>, Failure> {
    let refuse = |field: &str, problem: &str, remedy: &str| {
        Failure::invalid("The licence request can't be used.").field(field, problem, remedy)
    };
    if request.r#type != "temporary" {
        return Err(refuse(
            "type",
            "Only temporary licences are given.",
            "Send \"temporary\".",
        ));
    }
    if request.kids.is_empty() || request.kids.len() > MAX_KIDS {
        return Err(refuse(
            "kids",
            "The number of key ids is not 1 to 64.",
            "Ask for the keys of one title.",
        ));
    }
    request
        .kids
        .iter()
        .map(|kid| KeyId::from_base64url(kid))
        .collect::<Result<_, _>>()
        .map_err(|_| {
            refuse(
                "kids",
                "One is not 16 bytes in base64url without padding.",
                "Send key ids as EME makes them.",
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(kids: &[&str], kind: &str) -> LicenseRequest {
        LicenseRequest {
            kids: kids.iter().map(|&kid| kid.to_owned()).collect(),
            r#type: kind.to_owned(),
        }
    }

    #[test]
    fn a_request_names_one_to_sixty_four_key_ids() {
        let kid = "sbLD1OX2BxgpOktcbX6PkA";
        assert_eq!(
            parse(&request(&[kid], "temporary")).unwrap()[0].base64url(),
            kid
        );
        assert!(parse(&request(&[kid; 64], "temporary")).is_ok());
        for bad in [
            request(&[], "temporary"),
            request(&[kid; 65], "temporary"),
            request(&[kid, "sbLD1OX2BxgpOktcbX6PkA=="], "temporary"),
            request(&[kid], "persistent-license"),
        ] {
            assert_eq!(parse(&bad).unwrap_err().code, "invalid_request");
        }
    }

    #[test]
    fn a_request_without_a_type_is_for_a_temporary_license() {
        let request: LicenseRequest = serde_json::from_str(r#"{"kids":[]}"#).unwrap();
        assert_eq!(request.r#type, "temporary");
    }
}
