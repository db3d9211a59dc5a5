//! A closed loop over keep-alive connections: each sends its next request when the last answer is whole.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::target::{Route, Target};

pub(crate) struct Sample {
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// One round. Fails when any answer is not the expected success: a fast refusal is not a result.
pub(crate) async fn run(
    target: &Target,
    route: Route,
    connections: u16,
    length: Duration,
) -> Result<Sample> {
    let counter = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        tasks.spawn(connection(
            target.clone(),
            route,
            begun + length,
            Arc::clone(&counter),
        ));
    }
    let mut latencies_ms = Vec::new();
    while let Some(finished) = tasks.join_next().await {
        latencies_ms.extend(finished?.with_context(|| target.describe(route))?);
    }
    let elapsed = begun.elapsed().as_secs_f64();
    ensure!(
        !latencies_ms.is_empty(),
        "{}: no answer in {} s",
        target.describe(route),
        length.as_secs()
    );
    latencies_ms.sort_by(f64::total_cmp);
    let at = |share: f64| latencies_ms[((latencies_ms.len() - 1) as f64 * share) as usize];
    Ok(Sample {
        per_second: latencies_ms.len() as f64 / elapsed,
        p50_ms: at(0.5),
        p99_ms: at(0.99),
    })
}

async fn connection(
    target: Target,
    route: Route,
    until: Instant,
    counter: Arc<AtomicU64>,
) -> Result<Vec<f64>> {
    let address: SocketAddr = target
        .authority
        .parse()
        .context("the target must be an address and a port")?;
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, driver) =
        http1::handshake::<_, Full<bytes::Bytes>>(TokioIo::new(stream)).await?;
    tokio::spawn(driver);
    let mut latencies_ms = Vec::new();
    while Instant::now() < until {
        let request = target.request(route, counter.fetch_add(1, Ordering::Relaxed))?;
        let sent = Instant::now();
        sender.ready().await?;
        let answer = sender.send_request(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        ensure!(
            status.is_success(),
            "status {status}: {}",
            String::from_utf8_lossy(&body)
        );
        latencies_ms.push(sent.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(latencies_ms)
}
