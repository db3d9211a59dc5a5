//! The clock, deadlines, and ids that need randomness: the edge's only sources of all three.

use std::{
    pin::pin,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures::future::{Either, select};
use uuid::{Builder, Uuid};

/// Milliseconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "the edge's entry to the clock; everything else takes the time"
)]
pub fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("the host's clock is past 1970");
    u64::try_from(since.as_millis()).expect("milliseconds fit 64 bits for 500 million years")
}

/// Seconds since 1970.
pub fn now_s() -> u64 {
    now_ms() / 1000
}

/// A new UUIDv7.
pub fn new_id() -> Uuid {
    let mut random = [0; 10];
    getrandom::fill(&mut random).expect("the host has a random source");
    Builder::from_unix_timestamp_millis(now_ms(), &random).into_uuid()
}

/// The future's output, or `None` when it takes longer. What hasn't finished is cancelled.
pub async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    match select(pin!(future), pin!(spin_sdk::time::sleep(limit))).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}
