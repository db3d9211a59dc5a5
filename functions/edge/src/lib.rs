//! What every edge function needs from its host, and nothing about titles: requests, replies, sessions, stores, deadlines.
//!
//! Invariants: nothing of one viewer is kept past a request, except verdicts under the hash of their token; every
//! outbound call ends; a failure that a viewer can cause is a reply, never an `Err` or a panic.

pub mod call;
pub mod clock;
pub mod cookie;
pub mod date;
pub mod etag;
pub mod failure;
pub mod kv;
pub mod log;
pub mod media_name;
pub mod memo;
pub mod objects;
pub mod origin;
pub mod pass;
pub mod permit;
pub mod reply;
pub mod revocation;
pub mod same_origin;
pub mod serve;
pub mod session;
pub mod settings;
pub mod sigv4;
pub mod titles;
pub mod valkey;

pub use call::Call;
pub use clock::{now_ms, now_s, within};
pub use failure::Failure;
pub use reply::Reply;
pub use serve::serve;
/// What a component's entry point returns.
pub type Answer =
    Result<spin_sdk::wasip3::http::types::Response, spin_sdk::wasip3::http::types::ErrorCode>;
