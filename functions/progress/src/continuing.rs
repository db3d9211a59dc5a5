//! `GET /api/watch/continue`: what origin has stored, overlaid with what Valkey holds hot.

use edge::{
    Failure, Reply, origin, titles,
    valkey::{self, Down, Value},
};
use futures::future::join_all;
use http::StatusCode;
use serde::Deserialize;
use shared::{
    entitlement::{self, Viewer},
    ids::{ContentId, ProfileId},
    progress::{MAX_CONTINUE, Record},
    token::session::SessionClaims,
    valkey as names,
};

use crate::{
    overlay::{self, Card, Offer, Stored, Summary},
    unavailable,
};

const MAX_ANSWER_BYTES: usize = 512 << 10;
/// Origin's last answer stands in for origin this long.
const KEPT_TTL_S: u64 = 86_400;
/// The hot positions, and origin's last answer before them.
const READ: &str = "local all = redis.call('HGETALL', KEYS[1]) \
                    table.insert(all, 1, redis.call('GET', KEYS[2]) or '') return all";

#[derive(Deserialize)]
struct Positions {
    positions: Vec<Stored>,
}

/// The cards.
pub(crate) async fn list(viewer: &SessionClaims, profile: ProfileId) -> Result<Reply, Failure> {
    let keys = [names::progress(profile), kept_key(profile)];
    let path = format!("/internal/watch/{profile}");
    let (hot, stored) = futures::join!(
        valkey::eval(READ, &keys, &[]),
        origin::get(&path, MAX_ANSWER_BYTES)
    );
    let stored = stored
        .ok()
        .filter(|whole| whole.status == StatusCode::OK)
        .map(|whole| whole.body);
    if stored.is_none() && hot == Err(Down) {
        return Err(unavailable());
    }
    let hot = hot.unwrap_or_default();
    if let Some(body) = &stored {
        keep(keys[1].clone(), String::from_utf8_lossy(body).into_owned());
    }
    let kept = hot.first().and_then(Value::text).unwrap_or_default();
    let stored = match &stored {
        Some(body) => positions(body),
        None => positions(kept.as_bytes()),
    };
    let cards = cards(overlay::offers(stored, &records(&hot)), viewer).await;
    Ok(Reply::json(StatusCode::OK, &cards))
}

fn kept_key(profile: ProfileId) -> String {
    format!("progress-kept:{{p{}}}:{profile}", names::shard(profile))
}

/// After the answer, so that nobody waits for it.
fn keep(key: String, body: String) {
    spin_sdk::wasip3::spawn(async move {
        // Lost when Valkey is down, which only matters if origin goes down next.
        let _kept = valkey::execute("SET", &[&key, &body, "EX", &KEPT_TTL_S.to_string()]).await;
    });
}

fn positions(body: &[u8]) -> Vec<Stored> {
    if body.is_empty() {
        return Vec::new();
    }
    serde_json::from_slice(body).map_or_else(
        |error| {
            edge::log::error(&format!("origin's positions: {error}"));
            Vec::new()
        },
        |Positions { positions }| positions,
    )
}

/// The hash's pairs, behind the kept answer.
fn records(answer: &[Value]) -> Vec<(ContentId, Record)> {
    let pairs = answer.get(1..).unwrap_or_default().chunks_exact(2);
    pairs
        .filter_map(|pair| {
            Some((
                pair[0].text()?.parse().ok()?,
                serde_json::from_str(pair[1].text()?).ok()?,
            ))
        })
        .collect()
}

/// Titles that origin didn't describe yet, because the position is seconds old, are looked up one by one.
async fn cards(offers: Vec<Offer>, viewer: &SessionClaims) -> Vec<Card> {
    let offers = offers.into_iter().take(MAX_CONTINUE);
    let described = join_all(offers.map(|offer| describe(offer, viewer))).await;
    described
        .into_iter()
        .flatten()
        .filter_map(Offer::into_card)
        .collect()
}

async fn describe(mut offer: Offer, viewer: &SessionClaims) -> Option<Offer> {
    if offer.title.is_none() {
        let found = titles::find(offer.content).await.ok().flatten()?;
        entitlement::decide(&Viewer::from(viewer), &found.gate()).ok()?;
        offer.title = Some(Summary::from(&found));
        if offer.duration <= 0.0 {
            offer.duration = found.duration_ms as f64 / 1000.0;
        }
    }
    Some(offer)
}
