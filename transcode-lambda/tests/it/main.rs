//! The pipeline with real programs and a real object folder; only origin and the Lambda Runtime API are imitated, over HTTP.

#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on says so by panicking"
)]

mod bucket;
mod clear;
mod clients;
mod encoding;
mod films;
mod gate;
mod lambda;
mod mutations;
mod origin;
mod pipeline;
mod refusals;
mod runtime_api;
mod studio;
mod surgery;
mod worker;
