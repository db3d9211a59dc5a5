//! Hosts our Spin application on Wasmtime as Spin 4.1 does, from the same `spin.toml`, for one machine and for tests.
//!
//! Invariant: a component cannot tell the runner from Spin, except by the limits it is given. Where the runner differs
//! on purpose (TCP_NODELAY, a bound on requests, guest loops that are stopped), the difference is never that something
//! forbidden there works here.
//!
//! ```no_run
//! # async fn run() -> anyhow::Result<()> {
//! use edge_runner::{Manifest, Runner, RunnerConfig};
//!
//! let manifest = Manifest::load("spin.toml".as_ref())?;
//! let edge = Runner::start(RunnerConfig::new(manifest, ".marquee/edge")).await?;
//! println!("http://{}", edge.addr);
//! edge.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod access;
mod allow_list;
mod app;
mod body;
mod config;
mod engine;
mod files;
mod host;
mod manifest;
mod request;
mod routing;
mod server;
mod variables;
mod worker;

pub use access::AccessLog;
pub use config::{KeyValueBackend, RunnerConfig};
pub use manifest::Manifest;
pub use server::{PublicRoute, Runner, RunningEdge};
pub use variables::from_environment as variables_from_environment;
