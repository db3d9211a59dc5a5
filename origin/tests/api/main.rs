//! Origin over HTTP, against real PostgreSQL and Valkey.

mod events;
mod ingest;
mod jobs;
mod progress;
mod qoe;
mod test_app;
