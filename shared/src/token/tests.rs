//! What every verifier refuses, for each kind of token.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    playback::PlaybackClaims,
    service::{Issuer, ServiceClaims},
    session::SessionClaims,
    *,
};
use crate::{
    cenc::Tier,
    ids::{AccountId, AssetVersion, ContentId, LeaseId, ProfileId, SessionId},
};

const NOW: u64 = 1_800_000_000;

fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

fn jwks() -> JwkSet {
    JwkSet::default().with("s1", signing_key().verifying_key())
}

fn ring() -> KeyRing {
    KeyRing::parse(&format!("p2:{},p1:{}", "22".repeat(32), "11".repeat(32))).unwrap()
}

fn session_claims() -> SessionClaims {
    SessionClaims {
        sub: AccountId::from_uuid(uuid(1)),
        sid: SessionId::from_uuid(uuid(2)),
        pid: Some(ProfileId::from_uuid(uuid(3))),
        role: Role::Viewer,
        maturity: 16,
        kids: false,
        iat: NOW,
        nbf: NOW,
        exp: NOW + session::LIFETIME_S,
    }
}

fn playback_claims() -> PlaybackClaims {
    PlaybackClaims {
        acc: AccountId::from_uuid(uuid(1)),
        pid: ProfileId::from_uuid(uuid(3)),
        did: SessionId::from_uuid(uuid(2)),
        cid: ContentId::from_uuid(uuid(4)),
        ver: AssetVersion(2),
        ks: 1,
        tier: Tier::Hd,
        lid: LeaseId::from_uuid(uuid(5)),
        iat: NOW,
        nbf: NOW,
        exp: NOW + playback::LIFETIME_S,
        max: NOW + playback::OUTER_LIFETIME_S,
    }
}

/// One kind of token: its valid form, and a verifier that says only whether it passed.
struct Kind {
    name: &'static str,
    token: String,
    verify: fn(&str, u64) -> Result<(), TokenError>,
    /// Signs any header and payload with this kind's real key.
    forge: fn(&Value, &Value) -> String,
    lifetime_s: u64,
}

fn kinds() -> [Kind; 3] {
    [
        Kind {
            name: "session",
            token: session::sign(&session_claims(), "s1", &signing_key()),
            verify: |token, now| session::verify(token, &jwks(), now).map(|_| ()),
            forge: |header, payload| {
                let input = signing_input(header, payload);
                let signature = ed25519_dalek::Signer::sign(&signing_key(), input.as_bytes());
                format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
            },
            lifetime_s: session::LIFETIME_S,
        },
        Kind {
            name: "playback",
            token: playback::sign(&playback_claims(), &ring()),
            verify: |token, now| playback::verify(token, &ring(), now).map(|_| ()),
            forge: hmac_forge,
            lifetime_s: playback::LIFETIME_S,
        },
        Kind {
            name: "service",
            token: service::sign(&ServiceClaims::new(Issuer::Edge, NOW), &ring()),
            verify: |token, now| service::verify(token, &ring(), now).map(|_| ()),
            forge: hmac_forge,
            lifetime_s: service::LIFETIME_S,
        },
    ]
}

fn signing_input(header: &Value, payload: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(payload))
}

fn hmac_forge(header: &Value, payload: &Value) -> String {
    hmac_sign(&signing_input(header, payload), &[0x22; 32])
}

fn hmac_sign(input: &str, key: &[u8]) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let mac = Hmac::<sha2::Sha256>::new_from_slice(key)
        .unwrap()
        .chain_update(input.as_bytes());
    format!(
        "{input}.{}",
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    )
}

fn parts(token: &str) -> (Value, Value) {
    let mut parts = token
        .split('.')
        .map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let mut json = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (json(), json())
}

fn with(value: &Value, name: &str, member: Value) -> Value {
    let mut changed = value.clone();
    changed[name] = member;
    changed
}

fn without(value: &Value, name: &str) -> Value {
    let mut changed = value.clone();
    changed.as_object_mut().unwrap().remove(name);
    changed
}

#[test]
fn a_signed_token_verifies_and_gives_its_claims_back() {
    let token = session::sign(&session_claims(), "s1", &signing_key());
    assert_eq!(session::verify(&token, &jwks(), NOW), Ok(session_claims()));
    let token = playback::sign(&playback_claims(), &ring());
    assert_eq!(
        playback::verify(&token, &ring(), NOW),
        Ok(playback_claims())
    );
    let token = service::sign(&ServiceClaims::new(Issuer::Worker, NOW), &ring());
    assert_eq!(
        service::verify(&token, &ring(), NOW).map(|claims| claims.iss),
        Ok(Issuer::Worker)
    );
}

#[test]
fn the_wire_form_is_the_one_that_was_agreed() {
    let (header, payload) = parts(&playback::sign(&playback_claims(), &ring()));
    assert_eq!(header, json!({"alg": "HS256", "typ": "JWT", "kid": "p2"}));
    assert_eq!(
        payload,
        json!({
            "iss": "marquee", "aud": "playback",
            "acc": uuid(1), "pid": uuid(3), "did": uuid(2), "cid": uuid(4), "ver": 2, "ks": 1, "tier": "hd", "lid": uuid(5),
            "iat": NOW, "nbf": NOW, "exp": NOW + 600, "max": NOW + 86_400,
        })
    );
    let (header, payload) = parts(&session::sign(&session_claims(), "s1", &signing_key()));
    assert_eq!(header["alg"], "EdDSA");
    assert_eq!(
        (&payload["iss"], &payload["aud"]),
        (&json!("marquee"), &json!("edge"))
    );
    let (_, payload) = parts(&service::sign(
        &ServiceClaims::new(Issuer::Edge, NOW),
        &ring(),
    ));
    assert_eq!(
        payload,
        json!({"iss": "edge", "aud": "origin", "iat": NOW, "exp": NOW + 60})
    );
}

#[test]
fn a_rotated_key_still_verifies_and_a_dropped_one_does_not() {
    let old = KeyRing::parse(&format!("p1:{}", "11".repeat(32))).unwrap();
    let token = playback::sign(&playback_claims(), &old);
    assert!(playback::verify(&token, &ring(), NOW).is_ok());
    let next = KeyRing::parse(&format!("p3:{}", "33".repeat(32))).unwrap();
    assert_eq!(
        playback::verify(&token, &next, NOW),
        Err(TokenError::KeyUnknown)
    );
    assert_eq!(
        session::verify(
            &session::sign(&session_claims(), "s2", &signing_key()),
            &jwks(),
            NOW
        ),
        Err(TokenError::KeyUnknown)
    );
}

fn refuses(kind: &Kind, token: &str, expect: TokenError) {
    assert_eq!(
        (kind.verify)(token, NOW),
        Err(expect),
        "{} {token}",
        kind.name
    );
}

#[test]
fn every_verifier_refuses_what_is_not_a_compact_token() {
    for kind in kinds() {
        let (header, payload) = parts(&kind.token);
        refuses(&kind, "", TokenError::Missing);
        refuses(&kind, "a.b", TokenError::Malformed);
        refuses(&kind, &format!("{}.x", kind.token), TokenError::Malformed);
        refuses(&kind, &format!("{}=", kind.token), TokenError::Malformed);
        refuses(
            &kind,
            &"a".repeat(MAX_TOKEN_BYTES + 1),
            TokenError::Malformed,
        );
        let padded = with(&payload, "pad", json!("a".repeat(MAX_TOKEN_BYTES)));
        refuses(
            &kind,
            &(kind.forge)(&header, &padded),
            TokenError::Malformed,
        );
    }
}

#[test]
fn every_verifier_refuses_a_header_that_chooses() {
    for kind in kinds() {
        let (header, payload) = parts(&kind.token);
        let check =
            |header: &Value, expect| refuses(&kind, &(kind.forge)(header, &payload), expect);
        for alg in ["none", "None", "RS256", "HS512", "hs256", ""] {
            check(&with(&header, "alg", json!(alg)), TokenError::Algorithm);
        }
        check(&without(&header, "alg"), TokenError::Malformed);
        check(
            &with(&header, "crit", json!(["exp"])),
            TokenError::Malformed,
        );
        check(&without(&header, "kid"), TokenError::KeyUnknown);
        check(&with(&header, "kid", json!("zz")), TokenError::KeyUnknown);
    }
}

#[test]
fn every_verifier_refuses_claims_that_are_not_for_it() {
    for kind in kinds() {
        let (header, payload) = parts(&kind.token);
        let check =
            |payload: &Value, expect| refuses(&kind, &(kind.forge)(&header, payload), expect);
        check(&with(&payload, "aud", json!("other")), TokenError::Audience);
        let everybody = json!(["edge", "origin", "playback"]);
        check(&with(&payload, "aud", everybody), TokenError::Audience);
        check(&without(&payload, "aud"), TokenError::Audience);
        check(&without(&payload, "iss"), TokenError::Audience);
        check(&without(&payload, "exp"), TokenError::Malformed);
        check(&with(&payload, "exp", json!(NOW)), TokenError::Malformed);
        check(&with(&payload, "exp", json!(-1)), TokenError::Malformed);
    }
}

#[test]
fn every_verifier_refuses_a_signature_of_something_else() {
    for kind in kinds() {
        let (header, payload) = parts(&kind.token);
        let (signing_input, _) = kind.token.rsplit_once('.').unwrap();
        let other = (kind.forge)(&header, &with(&payload, "exp", json!(NOW + 1)));
        let (_, foreign) = other.rsplit_once('.').unwrap();
        for signature in ["", "AAAA", foreign] {
            refuses(
                &kind,
                &format!("{signing_input}.{signature}"),
                TokenError::Signature,
            );
        }
    }
}

#[test]
fn a_foreign_issuer_is_refused() {
    for kind in &kinds()[..2] {
        let (header, payload) = parts(&kind.token);
        let token = (kind.forge)(&header, &with(&payload, "iss", json!("edge")));
        assert_eq!(
            (kind.verify)(&token, NOW),
            Err(TokenError::Audience),
            "{}",
            kind.name
        );
    }
    let [.., service] = kinds();
    let (header, payload) = parts(&service.token);
    let token = (service.forge)(&header, &with(&payload, "iss", json!("marquee")));
    assert_eq!((service.verify)(&token, NOW), Err(TokenError::Audience));
}

#[test]
fn the_window_has_thirty_seconds_of_leeway_on_both_sides() {
    for kind in kinds() {
        let check = |now, expect| {
            assert_eq!(
                (kind.verify)(&kind.token, now),
                expect,
                "{} {now}",
                kind.name
            );
        };
        check(NOW - 30, Ok(()));
        check(NOW - 31, Err(TokenError::NotYetValid));
        check(NOW + kind.lifetime_s + 29, Ok(()));
        check(NOW + kind.lifetime_s + 30, Err(TokenError::Expired));
        check(u64::MAX, Err(TokenError::Expired));
        check(0, Err(TokenError::NotYetValid));
    }
}

#[test]
fn an_hmac_made_from_the_public_key_is_not_a_session() {
    let (_, payload) = parts(&session::sign(&session_claims(), "s1", &signing_key()));
    let header = json!({"alg": "HS256", "typ": "JWT", "kid": "s1"});
    let token = hmac_sign(
        &signing_input(&header, &payload),
        signing_key().verifying_key().as_bytes(),
    );
    assert_eq!(
        session::verify(&token, &jwks(), NOW),
        Err(TokenError::Algorithm)
    );
    let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": "s1"});
    let token = hmac_sign(
        &signing_input(&header, &payload),
        signing_key().verifying_key().as_bytes(),
    );
    assert_eq!(
        session::verify(&token, &jwks(), NOW),
        Err(TokenError::Signature)
    );
}

#[test]
fn one_kind_of_token_never_passes_as_another() {
    let [session, playback, service] = kinds();
    assert_eq!(
        (playback.verify)(&service.token, NOW),
        Err(TokenError::Audience)
    );
    assert_eq!(
        (service.verify)(&playback.token, NOW),
        Err(TokenError::Audience)
    );
    assert_eq!(
        (session.verify)(&playback.token, NOW),
        Err(TokenError::Algorithm)
    );
    assert_eq!(
        (playback.verify)(&session.token, NOW),
        Err(TokenError::Algorithm)
    );
}

#[test]
fn a_service_token_that_lives_longer_than_a_minute_is_refused() {
    let claims = ServiceClaims {
        exp: NOW + 61,
        ..ServiceClaims::new(Issuer::Edge, NOW)
    };
    assert_eq!(
        service::verify(&service::sign(&claims, &ring()), &ring(), NOW),
        Err(TokenError::Malformed)
    );
}

#[test]
fn a_playback_token_is_for_one_title_and_version() {
    let claims = playback_claims();
    let other = ContentId::from_uuid(uuid(9));
    assert_eq!(playback::check(&claims, claims.cid, None), Ok(()));
    assert_eq!(
        playback::check(&claims, claims.cid, Some(claims.ver)),
        Ok(())
    );
    assert_eq!(
        playback::check(&claims, other, Some(claims.ver)),
        Err(TokenError::WrongContent)
    );
    assert_eq!(
        playback::check(&claims, claims.cid, Some(AssetVersion(1))),
        Err(TokenError::WrongVersion)
    );
    assert_eq!(
        (
            TokenError::WrongContent.status(),
            TokenError::Expired.status()
        ),
        (403, 401)
    );
}

#[test]
fn renewal_extends_up_to_the_outer_limit_and_not_past_it() {
    let claims = playback_claims();
    let renewed = claims.renewed(NOW + 500).unwrap();
    assert_eq!(
        (renewed.iat, renewed.exp, renewed.max),
        (NOW + 500, NOW + 1100, claims.max)
    );
    assert_eq!(claims.renewed(claims.max - 10).unwrap().exp, claims.max);
    assert_eq!(claims.renewed(claims.max), Err(TokenError::Expired));
    let overlong = PlaybackClaims {
        exp: claims.max + 1,
        ..claims
    };
    assert_eq!(
        playback::verify(&playback::sign(&overlong, &ring()), &ring(), NOW),
        Err(TokenError::Malformed)
    );
}
