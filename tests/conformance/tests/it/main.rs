//! The edge as its clients see it: real components, a real Valkey, an object store and an origin over HTTP.
//!
//! Origin is a stand-in here, because these facts are about the edge: it answers what a fact needs, remembers what it was
//! asked, and goes away when told. `EDGE_RUNNER` names another host binary, `EDGE=spin` uses `spin up` instead.

mod catalogue;
mod delivery;
mod gateway;
mod leases;
mod license;
mod manifest;
mod media;
mod playback;
mod progress;
mod routing;
mod telemetry;
mod web;
mod world;
