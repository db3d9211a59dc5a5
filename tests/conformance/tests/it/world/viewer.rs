//! Viewers and their tokens: signed as origin and the playback function sign them.

use shared::{
    cenc::Tier,
    ids::{AccountId, LeaseId, ProfileId, SessionId},
    token::{
        JwkSet, KeyRing, Role, SigningKey,
        playback::{self, PlaybackClaims},
        session::{self, SessionClaims},
    },
};
use uuid::Uuid;

use super::{CID, VERSION, now_s};

pub(crate) const SERVICE_KEYS: &str =
    "s1:3333333333333333333333333333333333333333333333333333333333333333";
pub(crate) const PLAYBACK_KEYS: &str = "p2:2222222222222222222222222222222222222222222222222222222222222222,\
                                        p1:1111111111111111111111111111111111111111111111111111111111111111";
const KID: &str = "session-1";

/// The key that origin signs sessions with.
pub(crate) fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

/// What origin publishes.
pub(crate) fn key_set() -> JwkSet {
    JwkSet::default().with(KID, signing_key().verifying_key())
}

/// Somebody on a device.
#[derive(Clone)]
pub(crate) struct Viewer {
    pub(crate) claims: SessionClaims,
}

impl Viewer {
    /// A grown-up with a profile, on an account of their own.
    pub(crate) fn new() -> Self {
        let now = now_s();
        Self {
            claims: SessionClaims {
                sub: AccountId::from_uuid(Uuid::now_v7()),
                sid: SessionId::from_uuid(Uuid::now_v7()),
                pid: Some(ProfileId::from_uuid(Uuid::now_v7())),
                role: Role::Viewer,
                maturity: 18,
                kids: false,
                iat: now,
                nbf: now,
                exp: now + session::LIFETIME_S,
            },
        }
    }

    /// The same person on another device.
    pub(crate) fn on_another_device(&self) -> Self {
        let mut other = self.clone();
        other.claims.sid = SessionId::from_uuid(Uuid::now_v7());
        other
    }

    /// The same device after another profile was chosen.
    pub(crate) fn as_another_profile(&self) -> Self {
        let mut other = self.clone();
        other.claims.pid = Some(ProfileId::from_uuid(Uuid::now_v7()));
        other
    }

    /// The same device a while after its session ended.
    pub(crate) fn long_gone(&self) -> Self {
        self.with(|claims| {
            for moment in [&mut claims.iat, &mut claims.nbf, &mut claims.exp] {
                *moment -= 2 * session::LIFETIME_S;
            }
        })
    }

    /// With other claims.
    pub(crate) fn with(&self, change: impl FnOnce(&mut SessionClaims)) -> Self {
        let mut other = self.clone();
        change(&mut other.claims);
        other
    }

    pub(crate) fn profile(&self) -> ProfileId {
        self.claims.pid.expect("this viewer has a profile")
    }

    /// The session token.
    pub(crate) fn token(&self) -> String {
        self.signed_as(KID)
    }

    /// The session token under that key id.
    pub(crate) fn signed_as(&self, kid: &str) -> String {
        session::sign(&self.claims, kid, &signing_key())
    }

    /// The session token as a cookie.
    pub(crate) fn cookie(&self) -> String {
        format!("marquee_session={}", self.token())
    }

    /// A playback token for the film, with other claims.
    pub(crate) fn permit(&self, change: impl FnOnce(&mut PlaybackClaims)) -> String {
        let mut claims = self.permitted();
        change(&mut claims);
        playback::sign(&claims, &KeyRing::parse(PLAYBACK_KEYS).expect("a key ring"))
    }

    fn permitted(&self) -> PlaybackClaims {
        let now = now_s();
        PlaybackClaims {
            acc: self.claims.sub,
            pid: self.profile(),
            did: self.claims.sid,
            cid: CID,
            ver: VERSION,
            ks: 1,
            tier: Tier::Uhd,
            lid: LeaseId::from_uuid(Uuid::now_v7()),
            iat: now,
            nbf: now,
            exp: now + playback::LIFETIME_S,
            max: now + playback::OUTER_LIFETIME_S,
        }
    }
}

/// Every way in which a playback token for the film can be wrong for it, with what the edge must answer.
pub(crate) fn bad_permits(viewer: &Viewer) -> Vec<(&'static str, String, u16, &'static str)> {
    let now = now_s();
    let other_ring =
        KeyRing::parse("p9:9999999999999999999999999999999999999999999999999999999999999999")
            .expect("a ring");
    let forged_ring =
        KeyRing::parse("p2:9999999999999999999999999999999999999999999999999999999999999999")
            .expect("a ring");
    let claims = viewer.permitted();
    vec![
        ("no token", String::new(), 401, "token_missing"),
        ("not a token", "abc".to_owned(), 401, "token_malformed"),
        ("a session token", viewer.token(), 401, "token_algorithm"),
        (
            "an unknown key",
            playback::sign(&claims, &other_ring),
            401,
            "token_key_unknown",
        ),
        (
            "a forged signature",
            playback::sign(&claims, &forged_ring),
            401,
            "token_signature",
        ),
        (
            "expired",
            viewer.permit(|claims| {
                (claims.iat, claims.nbf, claims.exp) = (now - 700, now - 700, now - 100);
            }),
            401,
            "token_expired",
        ),
        (
            "from the future",
            viewer.permit(|claims| claims.nbf = now + 100),
            401,
            "token_not_yet_valid",
        ),
    ]
}
