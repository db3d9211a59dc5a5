//! Valkey streams read with a consumer group: every entry reaches PostgreSQL, also when a process dies holding it.
//!
//! An entry is acknowledged and deleted only after the transaction that stored it. What isn't acknowledged is claimed by
//! whoever is alive, so storing must be harmless when repeated.

use std::{collections::HashMap, future::Future, time::Duration};

use redis::{
    AsyncConnectionConfig, RedisError, RedisResult,
    aio::MultiplexedConnection,
    streams::{
        StreamAutoClaimReply, StreamId, StreamInfoConsumer, StreamInfoConsumersReply,
        StreamReadReply,
    },
};
use shared::valkey::PROGRESS_GROUP;
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// Entries that are stored in one transaction.
pub(crate) const BATCH: usize = 500;
/// How long a read waits for the next entry.
const BLOCK: Duration = Duration::from_secs(2);
/// An entry that nobody acknowledged for this long belonged to a process that is dead.
const ABANDONED: Duration = Duration::from_secs(60);
/// How often the abandoned are looked for.
const LOOK_FOR_ABANDONED: Duration = Duration::from_secs(30);
/// A member of the group that hasn't asked for this long is a process of the past: live ones ask every [`BLOCK`].
const DEAD: Duration = Duration::from_hours(1);
const BACK_OFF_MIN: Duration = Duration::from_millis(250);
const BACK_OFF_MAX: Duration = Duration::from_secs(30);

/// One entry of a stream.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Index of its stream in the consumer's list.
    stream: usize,
    pub(crate) id: String,
    fields: HashMap<String, redis::Value>,
}

impl Entry {
    /// A field as text.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        redis::from_redis_value_ref(self.fields.get(name)?).ok()
    }

    /// When it was added, ms since 1970: the first half of its id.
    pub(crate) fn added_ms(&self) -> Option<i64> {
        self.id.split_once('-')?.0.parse().ok()
    }
}

/// A member of the consumer group.
pub(crate) struct Consumer {
    app: App,
    name: String,
    streams: Vec<String>,
    connection: Option<MultiplexedConnection>,
}

impl Consumer {
    pub(crate) fn new(app: &App, streams: Vec<String>) -> Self {
        Self {
            app: app.clone(),
            name: app.new_id().to_string(),
            streams,
            connection: None,
        }
    }

    /// The connection, opened when there is none, with the groups made. Of its own: reads block.
    async fn connection(&mut self) -> RedisResult<MultiplexedConnection> {
        if let Some(connection) = &self.connection {
            return Ok(connection.clone());
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(2)))
            .set_response_timeout(Some(BLOCK + Duration::from_secs(5)));
        let mut connection = self
            .app
            .valkey
            .client()
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        for stream in &self.streams {
            let made: RedisResult<()> = redis::cmd("XGROUP")
                .arg("CREATE")
                .arg(stream)
                .arg(PROGRESS_GROUP)
                .arg("0")
                .arg("MKSTREAM")
                .query_async(&mut connection)
                .await;
            match made {
                Err(error) if error.code() != Some("BUSYGROUP") => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        self.connection = Some(connection.clone());
        Ok(connection)
    }

    /// Entries that no consumer has seen yet; waits for them when told how long.
    pub(crate) async fn read(&mut self, wait: Option<Duration>) -> RedisResult<Vec<Entry>> {
        let mut connection = self.connection().await?;
        let mut command = redis::cmd("XREADGROUP");
        command
            .arg("GROUP")
            .arg(PROGRESS_GROUP)
            .arg(&self.name)
            .arg("COUNT")
            .arg(BATCH);
        if let Some(wait) = wait {
            command.arg("BLOCK").arg(wait.as_millis() as u64);
        }
        command
            .arg("STREAMS")
            .arg(&self.streams)
            .arg(vec![">"; self.streams.len()]);
        // Nothing new is nil.
        let reply: Option<StreamReadReply> = command.query_async(&mut connection).await?;
        let mut entries = Vec::new();
        for key in reply.unwrap_or_default().keys {
            let Some(stream) = self.streams.iter().position(|stream| *stream == key.key) else {
                continue;
            };
            entries.extend(key.ids.into_iter().map(|id| entry(stream, id)));
        }
        Ok(entries)
    }

    /// Takes over what dead consumers left.
    pub(crate) async fn claim(&mut self, abandoned: Duration) -> RedisResult<Vec<Entry>> {
        let mut connection = self.connection().await?;
        let mut entries = Vec::new();
        for (index, stream) in self.streams.iter().enumerate() {
            let reply: StreamAutoClaimReply = redis::cmd("XAUTOCLAIM")
                .arg(stream)
                .arg(PROGRESS_GROUP)
                .arg(&self.name)
                .arg(abandoned.as_millis() as u64)
                .arg("0")
                .arg("COUNT")
                .arg(BATCH)
                .query_async(&mut connection)
                .await?;
            entries.extend(reply.claimed.into_iter().map(|id| entry(index, id)));
        }
        Ok(entries)
    }

    /// Forgets entries whose transaction has committed.
    pub(crate) async fn forget(&mut self, entries: &[Entry]) -> RedisResult<()> {
        let mut connection = self.connection().await?;
        let mut pipe = redis::pipe();
        for (index, stream) in self.streams.iter().enumerate() {
            let ids: Vec<&str> = entries
                .iter()
                .filter(|entry| entry.stream == index)
                .map(|entry| entry.id.as_str())
                .collect();
            if !ids.is_empty() {
                pipe.cmd("XACK")
                    .arg(stream)
                    .arg(PROGRESS_GROUP)
                    .arg(&ids)
                    .ignore();
                pipe.cmd("XDEL").arg(stream).arg(&ids).ignore();
            }
        }
        pipe.query_async(&mut connection).await
    }

    /// How many entries wait in Valkey.
    async fn backlog(&mut self) -> RedisResult<u64> {
        let mut connection = self.connection().await?;
        let mut pipe = redis::pipe();
        for stream in &self.streams {
            pipe.cmd("XLEN").arg(stream);
        }
        let lengths: Vec<u64> = pipe.query_async(&mut connection).await?;
        Ok(lengths.iter().sum())
    }

    /// Takes members off the group that hold nothing and haven't asked for long: processes of the past.
    async fn forget_dead_members(&mut self) -> RedisResult<()> {
        let mut connection = self.connection().await?;
        for stream in &self.streams {
            let members: StreamInfoConsumersReply = redis::cmd("XINFO")
                .arg("CONSUMERS")
                .arg(stream)
                .arg(PROGRESS_GROUP)
                .query_async(&mut connection)
                .await?;
            let is_dead = |member: &StreamInfoConsumer| {
                member.pending == 0 && member.idle as u128 > DEAD.as_millis()
            };
            for member in members.consumers.iter().filter(|member| is_dead(member)) {
                redis::cmd("XGROUP")
                    .arg("DELCONSUMER")
                    .arg(stream)
                    .arg(PROGRESS_GROUP)
                    .arg(&member.name)
                    .query_async::<()>(&mut connection)
                    .await?;
            }
        }
        Ok(())
    }

    fn reconnect(&mut self) {
        self.connection = None;
    }
}

fn entry(stream: usize, id: StreamId) -> Entry {
    Entry {
        stream,
        id: id.id,
        fields: id.map,
    }
}

/// Drains streams into PostgreSQL until shutdown. `store` is called with at most [`BATCH`] entries until it succeeds.
pub(crate) async fn run<S, F>(
    mut consumer: Consumer,
    what: &'static str,
    shutdown: CancellationToken,
    store: S,
) where
    S: Fn(App, Vec<Entry>) -> F + Send,
    F: Future<Output = sqlx::Result<()>> + Send,
{
    let mut back_off = BACK_OFF_MIN;
    // The first look takes what our own predecessor left.
    let mut next_claim = tokio::time::Instant::now();
    while !shutdown.is_cancelled() {
        let read = if next_claim <= tokio::time::Instant::now() {
            next_claim = tokio::time::Instant::now() + LOOK_FOR_ABANDONED;
            keep_house(&mut consumer, what).await;
            consumer.claim(ABANDONED).await
        } else {
            tokio::select! {
                // A read that is given up may have been answered: whoever comes next claims its entries.
                () = shutdown.cancelled() => return,
                entries = consumer.read(Some(BLOCK)) => entries,
            }
        };
        match read {
            Ok(entries) => {
                back_off = BACK_OFF_MIN;
                if !store_all(&mut consumer, what, &shutdown, &store, &entries).await {
                    return;
                }
            }
            Err(error) => {
                wait_for_valkey(&mut consumer, what, &shutdown, &error, &mut back_off).await;
            }
        }
    }
}

async fn wait_for_valkey(
    consumer: &mut Consumer,
    what: &'static str,
    shutdown: &CancellationToken,
    error: &RedisError,
    back_off: &mut Duration,
) {
    tracing::warn!(%error, stream = what, retry_ms = back_off.as_millis() as u64, "stream not read");
    consumer.reconnect();
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = tokio::time::sleep(*back_off) => {}
    }
    *back_off = (*back_off * 2).min(BACK_OFF_MAX);
}

/// False when shutdown came before everything was stored; what is left is claimed by the next process.
async fn store_all<S, F>(
    consumer: &mut Consumer,
    what: &'static str,
    shutdown: &CancellationToken,
    store: &S,
    entries: &[Entry],
) -> bool
where
    S: Fn(App, Vec<Entry>) -> F + Send,
    F: Future<Output = sqlx::Result<()>> + Send,
{
    for batch in entries.chunks(BATCH) {
        let mut back_off = BACK_OFF_MIN;
        while let Err(error) = store(consumer.app.clone(), batch.to_vec()).await {
            tracing::warn!(%error, stream = what, retry_ms = back_off.as_millis() as u64, "entries not stored");
            tokio::select! {
                () = shutdown.cancelled() => return false,
                () = tokio::time::sleep(back_off) => {}
            }
            back_off = (back_off * 2).min(BACK_OFF_MAX);
        }
        record(consumer, what, batch);
        if let Err(error) = consumer.forget(batch).await {
            // Stored: storing them again when they are claimed changes nothing.
            tracing::warn!(%error, stream = what, "entries not acknowledged");
            consumer.reconnect();
        }
    }
    true
}

fn record(consumer: &Consumer, what: &'static str, batch: &[Entry]) {
    metrics::counter!("origin_stream_entries_total", "stream" => what)
        .increment(batch.len() as u64);
    if let Some(added_ms) = batch.last().and_then(Entry::added_ms) {
        let lag_ms = (consumer.app.clock.now_ms() - added_ms).max(0);
        metrics::histogram!("origin_stream_lag_seconds", "stream" => what)
            .record(lag_ms as f64 / 1000.0);
    }
}

/// What nobody waits for: the next look does it if this one can't.
async fn keep_house(consumer: &mut Consumer, what: &'static str) {
    if let Ok(backlog) = consumer.backlog().await {
        metrics::gauge!("origin_stream_backlog", "stream" => what).set(backlog as f64);
    }
    if let Err(error) = consumer.forget_dead_members().await {
        tracing::debug!(%error, stream = what, "dead members stay in the group");
    }
}

/// Drains what is there now, without waiting; returns how many entries that was. Abandoned entries are taken at once.
pub(crate) async fn drain_now<S, F>(consumer: &mut Consumer, store: S) -> anyhow::Result<usize>
where
    S: Fn(App, Vec<Entry>) -> F + Send,
    F: Future<Output = sqlx::Result<()>> + Send,
{
    let mut entries = consumer.claim(Duration::ZERO).await?;
    entries.extend(consumer.read(None).await?);
    for batch in entries.chunks(BATCH) {
        store(consumer.app.clone(), batch.to_vec()).await?;
        consumer.forget(batch).await?;
    }
    Ok(entries.len())
}
