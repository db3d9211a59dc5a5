//! Origin over HTTP, against real PostgreSQL and Valkey.

mod accounts;
mod bucket;
mod catalogue;
mod copy;
mod curation;
mod events;
mod ingest;
mod jobs;
mod leases;
mod operations;
mod progress;
mod publish;
mod qoe;
mod test_app;
mod tus_client;
