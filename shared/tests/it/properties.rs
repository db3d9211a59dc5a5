//! What holds for all inputs.

use proptest::prelude::*;
use shared::{
    cenc::{SeedRing, Tier, constant_iv, content_key, key_id, permitted_kids},
    ids::{AccountId, AssetVersion, ContentId, LeaseId, ProfileId, SessionId},
    progress::{MAX_AHEAD_MS, Position, clamp, merge},
    token::{
        JwkSet, KeyRing, Role, SigningKey, TokenError,
        playback::{self, PlaybackClaims},
        service::{self, Issuer, ServiceClaims},
        session::{self, SessionClaims},
    },
    webvtt::{Cue, Document, parse},
};
use uuid::Uuid;

const NOW: u64 = 1_800_000_000;

/// Few timestamps, devices and places, so that ties of every depth are common.
pub(crate) fn positions() -> impl Strategy<Value = Position> {
    (0..4_i64, 0..3_u128, 0..5_u8, 1..3_u8, any::<bool>()).prop_map(
        |(ts, device, place, length, completed)| Position {
            position: f64::from(place) * 0.1,
            duration: f64::from(length) * 1000.5,
            client_timestamp: 1_800_000_000_000 + ts,
            device: SessionId::from_uuid(Uuid::from_u128(device << 64 | 0xabc)),
            completed,
        },
    )
}

fn winner(positions: &[Position]) -> Position {
    positions
        .iter()
        .skip(1)
        .fold(positions[0], |winner, next| *merge(&winner, next))
}

proptest! {
    #[test]
    fn merge_is_commutative_associative_and_idempotent(a in positions(), b in positions(), c in positions()) {
        prop_assert_eq!(merge(&a, &b), merge(&b, &a));
        prop_assert_eq!(merge(merge(&a, &b), &c), merge(&a, merge(&b, &c)));
        prop_assert_eq!(merge(&a, &a), &a);
        prop_assert_eq!(a.beats(&b), merge(&a, &b) == &a && a != b);
    }

    #[test]
    fn the_order_and_repetition_of_writes_never_matters(
        (written, arrived) in prop::collection::vec(positions(), 1..12)
            .prop_flat_map(|written| (Just(written.clone()), Just(written).prop_shuffle()))
    ) {
        let mut twice = arrived.clone();
        twice.extend(&written);
        prop_assert_eq!(winner(&written), winner(&arrived));
        prop_assert_eq!(winner(&written), winner(&twice));
    }

    #[test]
    fn no_clock_wins_by_more_than_five_seconds(ts in any::<i64>(), now in 0..i64::MAX / 2) {
        prop_assert!(clamp(ts, now) <= now + MAX_AHEAD_MS);
        prop_assert!(clamp(ts, now) <= ts);
    }

    #[test]
    fn what_is_accepted_as_a_position_is_one(position in any::<f64>(), duration in any::<f64>(), ts in any::<i64>()) {
        let device = SessionId::from_uuid(Uuid::nil());
        if let Ok(written) = Position::written(position, duration, ts, device, None, 1000) {
            prop_assert!(written.duration > 0.0 && written.duration.is_finite());
            prop_assert!((0.0..=written.duration).contains(&written.position));
            prop_assert!((0..=6000).contains(&written.client_timestamp));
        }
    }
}

fn ring() -> KeyRing {
    KeyRing::parse(&format!("p2:{},p1:{}", "22".repeat(32), "11".repeat(32))).expect("two keys")
}

fn jwks() -> JwkSet {
    JwkSet::default().with("s1", SigningKey::from_bytes(&[9; 32]).verifying_key())
}

fn tokens(n: u128, tier: Tier) -> [String; 3] {
    let id = Uuid::from_u128(n);
    let session = SessionClaims {
        sub: AccountId::from_uuid(id),
        sid: SessionId::from_uuid(id),
        pid: None,
        role: Role::Viewer,
        maturity: 18,
        kids: false,
        iat: NOW,
        nbf: NOW,
        exp: NOW + 900,
    };
    let playback = PlaybackClaims {
        acc: AccountId::from_uuid(id),
        pid: ProfileId::from_uuid(id),
        did: SessionId::from_uuid(id),
        cid: ContentId::from_uuid(id),
        ver: AssetVersion(1),
        ks: 1,
        tier,
        lid: LeaseId::from_uuid(id),
        iat: NOW,
        nbf: NOW,
        exp: NOW + 600,
        max: NOW + 86_400,
    };
    [
        session::sign(&session, "s1", &SigningKey::from_bytes(&[9; 32])),
        playback::sign(&playback, &ring()),
        service::sign(&ServiceClaims::new(Issuer::Edge, NOW), &ring()),
    ]
}

/// Whether any verifier of ours takes it.
fn verifies(token: &str) -> bool {
    session::verify(token, &jwks(), NOW).is_ok()
        || playback::verify(token, &ring(), NOW).is_ok()
        || service::verify(token, &ring(), NOW).is_ok()
}

fn tiers() -> impl Strategy<Value = Tier> {
    prop::sample::select(Tier::ALL.to_vec())
}

proptest! {
    #[test]
    fn a_token_with_one_character_changed_never_verifies(
        n in any::<u128>(), tier in tiers(), at in any::<prop::sample::Index>(), with in "[A-Za-z0-9_.=-]"
    ) {
        for token in tokens(n, tier) {
            prop_assert!(verifies(&token));
            let at = at.index(token.len());
            let mut tampered = token.clone();
            tampered.replace_range(at..=at, &with);
            prop_assert!(tampered == token || !verifies(&tampered), "{}", tampered);
            tampered = token.clone();
            tampered.remove(at);
            prop_assert!(!verifies(&tampered), "{}", tampered);
        }
    }

    #[test]
    fn parts_of_two_tokens_never_make_a_third(a in any::<u128>(), b in any::<u128>(), kind in 0..3_usize, other in 0..3_usize) {
        let (one, two) = (&tokens(a, Tier::Sd)[kind], &tokens(b, Tier::Uhd)[other]);
        prop_assume!(one != two);
        let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
        let (one, two) = (parts(one), parts(two));
        for mixed in [[&one[0], &two[1], &one[2]], [&one[0], &one[1], &two[2]], [&two[0], &one[1], &one[2]]] {
            let mixed = mixed.map(String::as_str).join(".");
            let whole = mixed == one.join(".") || mixed == two.join(".");
            prop_assert!(whole || !verifies(&mixed), "{}", mixed);
        }
    }

    #[test]
    fn no_text_at_all_makes_a_verifier_panic(text in any::<String>(), parts in "[A-Za-z0-9_-]{0,40}(\\.[A-Za-z0-9_-]{0,40}){0,4}") {
        prop_assert!(!verifies(&text) && !verifies(&parts));
        prop_assert_eq!(playback::verify("", &ring(), NOW), Err(TokenError::Missing));
    }

    #[test]
    fn names_keys_and_vectors_are_all_distinct(
        seed in any::<[u8; 32]>(), a in any::<u128>(), b in any::<u128>(), ver in 1..9_u32, other in 1..9_u32
    ) {
        let seeds = SeedRing::parse(&format!("1:{},2:{}", "0a".repeat(32), "0b".repeat(32))).expect("two seeds");
        let mut all = Vec::new();
        let titles = [(a, ver), (a, ver + other), (b, ver)];
        for (cid, ver) in &titles[..if a == b { 2 } else { 3 }] {
            let cid = ContentId::from_uuid(Uuid::from_u128(*cid));
            let permitted = permitted_kids(&seed, cid, AssetVersion(*ver), Tier::Uhd);
            for (tier, kid) in permitted {
                prop_assert_eq!(kid, key_id(&seed, cid, AssetVersion(*ver), tier));
                all.push(*kid.as_bytes());
                all.push(constant_iv(&seed, kid));
                all.extend([1, 2].map(|n| *content_key(seeds.get(n).expect("it is there"), kid).expose()));
            }
        }
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        prop_assert_eq!(all.len(), count);
    }

    #[test]
    fn printed_subtitles_are_read_back(
        cues in prop::collection::vec((0..3_600_000_u64, 1..10_000_u64, "[a-z<>/ ]{0,8}[a-z]", prop::option::of("[0-9]{1,4}")), 0..8)
    ) {
        let cue = |(start, length, text, id): (u64, u64, String, Option<String>)| {
            Cue { id, ..Cue::new(start, start + length, text) }
        };
        let document = Document { blocks: Vec::new(), cues: cues.into_iter().map(cue).collect() };
        prop_assert_eq!(parse(&document.to_hls_text()), Ok(document.clone()));
        prop_assert_eq!(parse(&document.to_text()), Ok(document));
    }

    #[test]
    fn no_text_at_all_makes_the_subtitle_parser_panic(text in any::<String>()) {
        let _ = parse(&text);
        let _ = parse(&format!("WEBVTT\n\n{text}"));
    }
}
