//! Who waits for a task is woken when one appears, in this process or another: one PostgreSQL `LISTEN` per process.

use std::{sync::Arc, time::Duration};

use sqlx::postgres::PgListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// The channel that `NOTIFY` names.
pub(super) const CHANNEL: &str = "marquee_tasks";
/// How often a waiting worker looks by itself: back-offs and leases run out without anyone notifying.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Wakes the long polls of this process.
#[derive(Clone, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// A bell that is heard from now on: made before looking, so that what appears in between isn't missed.
    pub(super) fn bell(&self) -> impl Future<Output = ()> + '_ {
        let mut notified = Box::pin(self.0.notified());
        notified.as_mut().enable();
        async move {
            // Elapsed or woken: both mean "look again".
            let _ = tokio::time::timeout(LOOK_AGAIN, notified).await;
        }
    }

    fn ring(&self) {
        self.0.notify_waiters();
    }
}

/// Listens until shutdown; reconnects, with the second's look as the fallback meanwhile.
pub(super) async fn listen(app: App, shutdown: CancellationToken) {
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            result = listen_once(&app) => {
                if let Err(error) = result {
                    tracing::warn!(%error, "listening for tasks failed; trying again");
                }
            }
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(Duration::from_secs(2)) => {}
        }
    }
}

async fn listen_once(app: &App) -> sqlx::Result<()> {
    let mut listener = PgListener::connect_with(&app.db).await?;
    listener.listen(CHANNEL).await?;
    loop {
        listener.recv().await?;
        app.tasks.ring();
    }
}
