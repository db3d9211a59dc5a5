//! The pipeline with real programs and a real object folder; only origin and the Lambda Runtime API are imitated, over HTTP.

#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on says so by panicking"
)]

mod bucket;
mod clear;
mod clients;
mod copy;
mod dolby;
mod dolby_vision;
mod encoding;
mod films;
mod gate;
mod ladder;
mod lambda;
mod marks;
mod memory;
mod mutations;
mod origin;
mod pictures;
mod pipeline;
mod probe;
mod refusals;
mod runtime_api;
mod s3_server;
mod secrets_manager;
mod sound;
mod studio;
mod surgery;
mod text;
mod tone;
mod worker;
