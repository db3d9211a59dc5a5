//! From a master to a published asset: probe → plan → encode → package → verify.
//!
//! One library behind three binaries: the container worker, the Lambda function and the command line. Every task is idempotent
//! and gives the same bytes wherever it runs, so a lost machine costs time and nothing else. It writes to its scratch folder
//! and to the object store, `asset.json` last: a half-made asset has no description and can't be played.

pub mod attempt;
pub mod audio;
pub mod config;
pub mod copy;
pub mod encode;
pub mod engine;
pub mod failure;
pub mod images;
pub mod input;
pub mod ladders;
pub mod lambda;
pub mod origin;
pub mod package;
pub mod pipeline;
pub mod probe;
pub mod process;
pub mod samples;
pub mod scratch;
pub mod secrets;
pub mod store;
pub mod subtitles;
pub mod task;
pub mod tone;
pub mod tools;
pub mod verify;
pub mod worker;
