//! Stores in a Valkey database. Keys are stored raw, as Spin's provider does: labels share them.

use redis::AsyncCommands as _;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use tokio::sync::OnceCell;

use super::{Error, other};
use crate::host::redis::{CONNECT_TIMEOUT, RESPONSE_TIMEOUT, without_nagle};

pub(crate) struct Valkey {
    client: redis::Client,
    /// One for all instances; it reconnects by itself.
    connection: OnceCell<ConnectionManager>,
}

impl Valkey {
    /// Connects on first use, so that the edge starts without its cache.
    pub(crate) fn new(url: &str) -> redis::RedisResult<Self> {
        Ok(Self {
            client: redis::Client::open(without_nagle(url)?)?,
            connection: OnceCell::new(),
        })
    }

    /// Spin sends a PING for each opened store; its outcome does not matter, its round trip does.
    pub(super) async fn after_open(&self) -> Result<(), Error> {
        let _: Result<(), _> = self.connection().await?.ping().await;
        Ok(())
    }

    pub(super) async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.connection().await?.get(key).await.map_err(other)
    }

    pub(super) async fn set(&self, key: &str, value: Vec<u8>) -> Result<(), Error> {
        self.connection()
            .await?
            .set(key, value)
            .await
            .map_err(other)
    }

    pub(super) async fn delete(&self, key: &str) -> Result<(), Error> {
        self.connection().await?.del(key).await.map_err(other)
    }

    pub(super) async fn exists(&self, key: &str) -> Result<bool, Error> {
        self.connection().await?.exists(key).await.map_err(other)
    }

    pub(super) async fn keys(&self) -> Result<Vec<String>, Error> {
        let mut connection = self.connection().await?;
        let mut found = connection.scan::<String>().await.map_err(other)?;
        let mut keys = Vec::new();
        while let Some(key) = found.next_item().await {
            keys.push(key.map_err(other)?);
        }
        Ok(keys)
    }

    async fn connection(&self) -> Result<ConnectionManager, Error> {
        let settings = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(RESPONSE_TIMEOUT))
            .set_number_of_retries(1);
        let connect = || ConnectionManager::new_with_config(self.client.clone(), settings);
        self.connection
            .get_or_try_init(connect)
            .await
            .cloned()
            .map_err(other)
    }
}
