//! Listening and stopping: readiness goes off first, requests in flight are finished, then the pool is closed.

use std::{
    future::{Future, IntoFuture},
    net::SocketAddr,
    pin::pin,
};

use anyhow::Context;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::{app::App, events, housekeeping, ingest, jobs, progress, qoe, router};

/// `origin serve`: until SIGTERM or SIGINT.
pub async fn run(app: App) -> anyhow::Result<()> {
    let listener = TcpListener::bind(app.config.listen)
        .await
        .with_context(|| format!("listening on {}", app.config.listen))?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    serve(app, listener, stop).await
}

/// Serves on a listener until `stop` is done.
pub async fn serve(
    app: App,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send,
) -> anyhow::Result<()> {
    let address: SocketAddr = listener.local_addr()?;
    tracing::info!(%address, "serving");
    spawn_background(&app);
    let stopping = app.shutdown.clone();
    let server = axum::serve(listener, router::build(app.clone()))
        .with_graceful_shutdown(stopping.cancelled_owned());
    let mut server = pin!(server.into_future());
    tokio::select! {
        result = &mut server => return result.context("serving"),
        () = stop => tracing::info!("stopping: no new requests"),
    }
    app.begin_shutdown();
    let limit = app.config.limits.shutdown;
    if tokio::time::timeout(limit, server).await.is_err() {
        tracing::warn!(
            limit_s = limit.as_secs(),
            "requests still in flight were cut off"
        );
    }
    app.db.close().await;
    tracing::info!("stopped");
    Ok(())
}

fn spawn_background(app: &App) {
    ingest::spawn(app, &app.shutdown);
    housekeeping::spawn(app, &app.shutdown);
    jobs::spawn(app, &app.shutdown);
    progress::spawn(app, &app.shutdown);
    qoe::spawn(app, &app.shutdown);
    events::spawn(app, &app.shutdown);
}
