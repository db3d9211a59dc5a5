//! Measures the three hot routes of the edge against the Node peer: same machine, same run, rounds in turn, so that only
//! the ratio counts. The load is bounded in connections and time and goes to loopback only.

use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;

use crate::load::{self, Sample};
use crate::target::{self, Route, Target};
use crate::{StackArgs, say};

#[derive(Args)]
pub(crate) struct EdgeArgs {
    #[command(flatten)]
    stack: StackArgs,
    /// The Node peer
    #[arg(long)]
    peer: String,
    /// Keep-alive connections
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: u16,
    /// Seconds a round
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Rounds of each side, in turn
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=20))]
    rounds: u16,
}

pub(crate) async fn run(cli: &EdgeArgs) -> Result<()> {
    let stack = &cli.stack;
    let edge = target::marquee(&stack.marquee, &stack.username, &stack.password)
        .await
        .context("the edge")?;
    let peer = target::peer(&cli.peer).await.context("the peer")?;
    let round = Duration::from_secs(cli.seconds);
    say(&format!(
        "{} connections, {} rounds of {} s each, in turn; requests/s are medians",
        cli.connections, cli.rounds, cli.seconds
    ));
    say(&format!(
        "{:<10} {:>12} {:>12} {:>8} {:>22} {:>22}",
        "route", "edge req/s", "node req/s", "ratio", "edge p50/p99 ms", "node p50/p99 ms"
    ));
    for route in [Route::Session, Route::Manifest, Route::Progress] {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for target in [&edge, &peer] {
            load::run(target, route, cli.connections, Duration::from_secs(1)).await?; // Warm: JIT, instances, caches.
        }
        for _ in 0..cli.rounds {
            ours.push(load::run(&edge, route, cli.connections, round).await?);
            theirs.push(load::run(&peer, route, cli.connections, round).await?);
        }
        report(route, ours, theirs);
    }
    Ok(())
}

fn report(route: Route, ours: Vec<Sample>, theirs: Vec<Sample>) {
    let (ours, theirs) = (median(ours), median(theirs));
    say(&format!(
        "{:<10} {:>12.0} {:>12.0} {:>7.2}x {:>14.2} / {:>5.2} {:>14.2} / {:>5.2}",
        route.name(),
        ours.per_second,
        theirs.per_second,
        ours.per_second / theirs.per_second,
        ours.p50_ms,
        ours.p99_ms,
        theirs.p50_ms,
        theirs.p99_ms,
    ));
}

fn median(mut samples: Vec<Sample>) -> Sample {
    samples.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    samples.swap_remove(samples.len() / 2)
}

/// A target and everything its requests need.
impl Target {
    pub(crate) fn describe(&self, route: Route) -> String {
        format!("{} {}", self.name, route.name())
    }
}
