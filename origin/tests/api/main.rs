//! Origin over HTTP, against real PostgreSQL and Valkey.

mod accounts;
mod announce;
mod bucket;
mod catalogue;
mod continue_watching;
mod copy;
mod curation;
mod events;
mod ingest;
mod job_views;
mod jobs;
mod leases;
mod operations;
mod progress;
mod publish;
mod qoe;
mod queue;
mod test_app;
mod tus_client;
