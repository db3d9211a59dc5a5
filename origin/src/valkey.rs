//! Valkey: holds only what can be rebuilt or is bounded. Whoever asks it must be able to go on without an answer.

use std::time::Duration;

use redis::{
    Client, FromRedisValue, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

/// One shared connection that reopens itself; no server is needed to start.
#[derive(Clone)]
pub struct Valkey {
    client: Client,
    manager: ConnectionManager,
}

impl Valkey {
    /// Parses the URL; connects when first asked. Must be called within a tokio runtime.
    pub fn new(url: &str) -> RedisResult<Self> {
        let client = Client::open(url)?;
        // A viewer waits for these answers: fail fast, and let the caller decide what an absent one means.
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(1)))
            .set_response_timeout(Some(Duration::from_millis(500)))
            .set_number_of_retries(1);
        let manager = ConnectionManager::new_lazy_with_config(client.clone(), config)?;
        Ok(Self { client, manager })
    }

    /// The shared connection. Not for blocking commands: they would hold everybody up.
    pub fn connection(&self) -> ConnectionManager {
        self.manager.clone()
    }

    /// Opens connections of one's own: for blocking reads and subscriptions.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Runs one command on the shared connection.
    pub async fn query<T: FromRedisValue>(&self, command: &redis::Cmd) -> RedisResult<T> {
        command.query_async(&mut self.connection()).await
    }
}
