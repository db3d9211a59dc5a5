//! Origin: the only owner of PostgreSQL. Accounts, catalogue, ingest, jobs and watch progress over HTTP.
//!
//! It never trusts a caller because of its address: every route but the probes and the public key set demands a service
//! token, and the viewer's own token where a viewer acts. It never serves a viewer's media.

#![expect(
    unreachable_pub,
    reason = "what utoipa documents must be as visible as the routes that it writes"
)]

pub mod accounts;
pub mod admin;
pub mod app;
pub mod audit;
pub mod catalogue;
pub mod config;
pub mod events;
pub mod health;
pub mod housekeeping;
pub mod idempotency;
pub mod ingest;
pub mod jobs;
pub mod keys;
pub mod metrics;
pub mod objects;
pub mod openapi;
pub mod problem;
pub mod profiles;
pub mod progress;
pub mod qoe;
pub mod rate_limit;
pub mod request;
pub mod router;
pub mod serve;
pub mod valkey;

/// The schema, in the order in which it grew. Each step expands; a later one contracts.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");
