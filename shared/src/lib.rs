//! The domain rules of Marquee, shared by the edge functions, origin and the transcode job.
//!
//! Pure: nothing here reads a clock, a random source, the environment or the network; time and seeds are parameters.
//! It builds for `wasm32-wasip2` and for the host, and everything that decides is tested here, natively.

#![warn(missing_docs)]

pub mod asset;
pub mod cenc;
pub mod edge_kv;
pub mod entitlement;
pub mod hls;
pub mod ids;
pub mod ladder;
pub mod mp4;
pub mod problem;
pub mod progress;
pub mod title;
pub mod token;
pub mod valkey;
pub mod webvtt;
