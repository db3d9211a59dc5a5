//! The public key set of session tokens: RFC 8037 octet key pairs, parsed where they enter.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Ed25519 public keys by `kid`, as `/.well-known/jwks.json` publishes them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JwkSet {
    keys: Vec<(String, VerifyingKey)>,
}

#[derive(Serialize, Deserialize)]
struct Jwk {
    kty: String,
    #[serde(default)]
    crv: String,
    #[serde(default)]
    kid: String,
    #[serde(default)]
    x: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    usage: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Document {
    keys: Vec<Jwk>,
}

impl JwkSet {
    /// The same set with one more key; a key of the same `kid` is replaced.
    #[must_use]
    pub fn with(mut self, kid: impl Into<String>, key: VerifyingKey) -> Self {
        let kid = kid.into();
        self.keys.retain(|(earlier, _)| *earlier != kid);
        self.keys.push((kid, key));
        self
    }

    /// The key of that `kid`.
    pub fn find(&self, kid: &str) -> Option<&VerifyingKey> {
        self.keys
            .iter()
            .find(|(known, _)| known == kid)
            .map(|(_, key)| key)
    }

    /// Whether it holds no key, so that every token would be refused.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

impl Serialize for JwkSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let jwk = |(kid, key): &(String, VerifyingKey)| Jwk {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            kid: kid.clone(),
            x: URL_SAFE_NO_PAD.encode(key.as_bytes()),
            alg: Some("EdDSA".to_owned()),
            usage: Some("sig".to_owned()),
        };
        Document {
            keys: self.keys.iter().map(jwk).collect(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for JwkSet {
    /// Keys of other kinds or uses are skipped, as RFC 7517 §5 asks; a broken key of our kind is skipped as well, so
    /// that one bad entry doesn't lock everybody out.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let document = Document::deserialize(deserializer)?;
        Ok(document
            .keys
            .iter()
            .filter_map(parse)
            .fold(Self::default(), |set, (kid, key)| set.with(kid, key)))
    }
}

fn parse(jwk: &Jwk) -> Option<(String, VerifyingKey)> {
    let ours = jwk.kty == "OKP"
        && jwk.crv == "Ed25519"
        && jwk
            .alg
            .as_deref()
            .is_none_or(|alg| alg == "EdDSA" || alg == "Ed25519")
        && jwk.usage.as_deref().is_none_or(|usage| usage == "sig")
        && !jwk.kid.is_empty();
    if !ours {
        return None;
    }
    let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(&jwk.x).ok()?.try_into().ok()?;
    let key = VerifyingKey::from_bytes(&bytes).ok()?;
    Some((jwk.kid.clone(), key))
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::*;

    /// RFC 8037 appendix A.2.
    const RFC_X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    #[test]
    fn the_key_of_rfc_8037_survives_a_round_trip() {
        let text = format!(
            r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"a","x":"{RFC_X}","alg":"EdDSA","use":"sig"}}]}}"#
        );
        let set: JwkSet = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&set).unwrap(), text);
        let secret =
            hex::decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
                .unwrap();
        let signing = SigningKey::from_bytes(&secret.try_into().unwrap());
        assert_eq!(set.find("a"), Some(&signing.verifying_key()));
    }

    #[test]
    fn foreign_and_broken_keys_are_skipped() {
        for jwk in [
            r#"{"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB"}"#.to_owned(),
            format!(r#"{{"kty":"OKP","crv":"X25519","kid":"a","x":"{RFC_X}"}}"#),
            format!(r#"{{"kty":"OKP","crv":"Ed25519","kid":"a","x":"{RFC_X}","use":"enc"}}"#),
            format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{RFC_X}"}}"#),
            r#"{"kty":"OKP","crv":"Ed25519","kid":"a","x":"AAAA"}"#.to_owned(),
        ] {
            let set: JwkSet = serde_json::from_str(&format!(r#"{{"keys":[{jwk}]}}"#)).unwrap();
            assert!(set.is_empty(), "{jwk}");
        }
    }
}
