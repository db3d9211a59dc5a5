//! A viewer's position in a title: a last-writer-wins register per (profile, content).
//!
//! [`merge`] is the one rule; the Valkey script ([`LUA`]) and PostgreSQL's upsert are held against it by tests. It is
//! commutative, associative and idempotent, so positions may arrive late, twice and in any order.

mod position;
mod record;
mod script;

pub use position::{InvalidPosition, Position, clamp, completed, is_begun, merge};
pub use record::{ProgressEvent, Record};
pub use script::{LUA, arguments, keys};

/// How far a client's clock may run ahead of the server's before it is cut down.
pub const MAX_AHEAD_MS: i64 = 5_000;
/// A title counts as watched from this share of its duration on.
pub const COMPLETED_SHARE: f64 = 0.9;
/// Positions up to here are not offered to continue from.
pub const CONTINUE_AFTER_S: f64 = 60.0;
/// Below this duration [`CONTINUE_SHARE`] decides instead, or nobody could continue a trailer.
pub const SHORT_TITLE_S: f64 = 120.0;
/// The share of a short title after which it is offered to continue.
pub const CONTINUE_SHARE: f64 = 0.05;
/// The most positions one batch may hold.
pub const MAX_BATCH: usize = 50;
/// The most titles that "continue watching" shows.
pub const MAX_CONTINUE: usize = 20;
/// How long Valkey keeps a profile's hot positions.
pub const HOT_TTL_S: u64 = 30 * 86_400;
