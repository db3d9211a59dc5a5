//! One Valkey subscription per process, fanned out to the profiles that listen here.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::StreamExt;
use redis::RedisResult;
use shared::{
    ids::{AccountId, ProfileId},
    progress::ProgressEvent,
    valkey::{CATALOGUE_EVENTS, PROFILE_EVENTS},
};
use tokio::sync::broadcast;

use crate::app::App;

/// Messages that a slow screen may lag behind before it is told to ask for everything again.
const LAG_MAX: usize = 64;
/// A subscription without a word for this long is asked whether it still lives.
const PING_INTERVAL: Duration = Duration::from_secs(15);
const RECONNECT: Duration = Duration::from_secs(1);

/// What a screen hears.
#[derive(Clone, Debug)]
pub(super) enum Message {
    Progress(ProgressEvent),
    /// The catalogue changed; what the publisher said of it.
    Catalogue(Arc<str>),
    /// Something may have been missed.
    Resync,
}

/// The listeners of this process.
#[derive(Clone, Default)]
pub struct Hub(Arc<Listeners>);

#[derive(Default)]
struct Listeners {
    profiles: Mutex<HashMap<ProfileId, broadcast::Sender<Message>>>,
    streams: Mutex<HashMap<AccountId, usize>>,
    is_subscribed: AtomicBool,
}

/// One open stream. Its place is free again when it is dropped.
pub(super) struct Subscription {
    hub: Hub,
    account: AccountId,
    profile: ProfileId,
    receiver: Option<broadcast::Receiver<Message>>,
}

impl Hub {
    /// Opens a stream, unless the account has as many as it may.
    pub(super) fn subscribe(
        &self,
        app: &App,
        account: AccountId,
        profile: ProfileId,
    ) -> Option<Subscription> {
        {
            let mut streams = lock(&self.0.streams);
            let open = streams.entry(account).or_insert(0);
            if *open >= app.config.limits.event_streams {
                return None;
            }
            *open += 1;
        }
        self.ensure_subscribed(app);
        let mut profiles = lock(&self.0.profiles);
        let sender = profiles
            .entry(profile)
            .or_insert_with(|| broadcast::Sender::new(LAG_MAX));
        Some(Subscription {
            hub: self.clone(),
            account,
            profile,
            receiver: Some(sender.subscribe()),
        })
    }

    /// Listens to Valkey from the first listener on.
    pub(super) fn ensure_subscribed(&self, app: &App) {
        if !self.0.is_subscribed.swap(true, Ordering::AcqRel) {
            tokio::spawn(self.clone().listen(app.clone()));
        }
    }

    async fn listen(self, app: App) {
        while !app.shutdown.is_cancelled() {
            let heard = tokio::select! {
                () = app.shutdown.cancelled() => return,
                heard = self.listen_once(&app) => heard,
            };
            if let Err(error) = heard {
                tracing::warn!(%error, "no live events: Valkey is down");
            }
            tokio::select! {
                () = app.shutdown.cancelled() => return,
                () = tokio::time::sleep(RECONNECT) => {}
            }
        }
    }

    async fn listen_once(&self, app: &App) -> RedisResult<()> {
        let (mut sink, mut messages) = app.valkey.client().get_async_pubsub().await?.split();
        sink.subscribe(PROFILE_EVENTS).await?;
        sink.subscribe(CATALOGUE_EVENTS).await?;
        // What was published while nobody listened is lost.
        self.tell_all(&Message::Resync);
        loop {
            match tokio::time::timeout(PING_INTERVAL, messages.next()).await {
                Ok(Some(message)) => self.pass_on(
                    message.get_channel_name(),
                    &message.get_payload::<String>()?,
                ),
                Ok(None) => return Ok(()),
                Err(_) => {
                    let pong =
                        tokio::time::timeout(Duration::from_secs(5), sink.ping::<String>()).await;
                    if !matches!(pong, Ok(Ok(_))) {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn pass_on(&self, channel: &str, payload: &str) {
        if channel == CATALOGUE_EVENTS {
            self.tell_all(&Message::Catalogue(payload.into()));
            return;
        }
        match serde_json::from_str::<ProgressEvent>(payload) {
            Ok(event) => {
                if let Some(sender) = lock(&self.0.profiles).get(&event.profile) {
                    // Nobody listening is no failure.
                    sender.send(Message::Progress(event)).ok();
                }
            }
            Err(error) => tracing::warn!(%error, channel, "event can't be read"),
        }
    }

    fn tell_all(&self, message: &Message) {
        for sender in lock(&self.0.profiles).values() {
            sender.send(message.clone()).ok();
        }
    }
}

impl Subscription {
    /// The next message; `Resync` when the listener was too slow. Never ends while the process serves.
    pub(super) async fn next(&mut self) -> Message {
        let receiver = self
            .receiver
            .as_mut()
            .expect("only dropping takes the receiver");
        match receiver.recv().await {
            Ok(message) => message,
            Err(broadcast::error::RecvError::Lagged(_)) => Message::Resync,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut profiles = lock(&self.hub.0.profiles);
        // The receiver goes first: then the count tells whether it was the last.
        self.receiver = None;
        if profiles
            .get(&self.profile)
            .is_some_and(|sender| sender.receiver_count() == 0)
        {
            profiles.remove(&self.profile);
        }
        drop(profiles);
        let mut streams = lock(&self.hub.0.streams);
        if let Some(open) = streams.get_mut(&self.account) {
            *open -= 1;
            if *open == 0 {
                streams.remove(&self.account);
            }
        }
    }
}

/// Both maps are whole after every step, so a panic elsewhere doesn't spoil them.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
