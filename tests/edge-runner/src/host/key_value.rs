//! `spin:key-value`: labels from the manifest, values in SQLite or Valkey.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use redis::AsyncCommands as _;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use rusqlite::{Connection, OptionalExtension as _, params};
use tokio::sync::OnceCell;
use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use super::bindings::spin::key_value::key_value::{Error, Host, HostStore, HostStoreWithStore};
use super::{HostData, redis::CONNECT_TIMEOUT, redis::RESPONSE_TIMEOUT, redis::without_nagle};

/// What Spin allows one instance to hold open.
const MAX_OPEN_STORES: usize = 256;

/// The backend of all labels.
pub(crate) enum KeyValue {
    Sqlite(Arc<Mutex<Connection>>),
    Valkey {
        client: redis::Client,
        connection: OnceCell<ConnectionManager>,
    },
}

/// A store that a component opened.
#[expect(unreachable_pub, reason = "generated code re-exports it")]
pub struct OpenStore {
    label: Arc<str>,
}

impl KeyValue {
    /// Same table as Spin's, so that either host reads the other's file.
    pub(crate) fn sqlite(path: &Path) -> anyhow::Result<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.execute(
            "CREATE TABLE IF NOT EXISTS spin_key_value (
                store TEXT NOT NULL,
                key   TEXT NOT NULL,
                value BLOB NOT NULL,
                PRIMARY KEY (store, key)
            )",
            [],
        )?;
        Ok(Self::Sqlite(Arc::new(Mutex::new(connection))))
    }

    /// Connects on first use, so that the edge starts without its cache.
    pub(crate) fn valkey(url: &str) -> anyhow::Result<Self> {
        let client = redis::Client::open(without_nagle(url)?)?;
        Ok(Self::Valkey {
            client,
            connection: OnceCell::new(),
        })
    }

    async fn get(&self, label: &str, key: &str) -> Result<Option<Vec<u8>>, Error> {
        match self {
            Self::Sqlite(database) => {
                let (label, key) = (label.to_owned(), key.to_owned());
                in_sqlite(database, move |sqlite| {
                    sqlite
                        .prepare_cached(
                            "SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2",
                        )?
                        .query_row([label, key], |row| row.get(0))
                        .optional()
                })
                .await
            }
            Self::Valkey { .. } => self.connection().await?.get(key).await.map_err(other),
        }
    }

    async fn set(&self, label: &str, key: &str, value: Vec<u8>) -> Result<(), Error> {
        match self {
            Self::Sqlite(database) => {
                let (label, key) = (label.to_owned(), key.to_owned());
                in_sqlite(database, move |sqlite| {
                    sqlite
                        .prepare_cached(
                            "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3)
                             ON CONFLICT (store, key) DO UPDATE SET value = ?3",
                        )?
                        .execute(params![label, key, value])
                        .map(drop)
                })
                .await
            }
            Self::Valkey { .. } => self
                .connection()
                .await?
                .set(key, value)
                .await
                .map_err(other),
        }
    }

    async fn delete(&self, label: &str, key: &str) -> Result<(), Error> {
        match self {
            Self::Sqlite(database) => {
                let (label, key) = (label.to_owned(), key.to_owned());
                in_sqlite(database, move |sqlite| {
                    sqlite
                        .prepare_cached("DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2")?
                        .execute([label, key])
                        .map(drop)
                })
                .await
            }
            Self::Valkey { .. } => self.connection().await?.del(key).await.map_err(other),
        }
    }

    async fn exists(&self, label: &str, key: &str) -> Result<bool, Error> {
        match self {
            Self::Sqlite(_) => Ok(self.get(label, key).await?.is_some()),
            Self::Valkey { .. } => self.connection().await?.exists(key).await.map_err(other),
        }
    }

    async fn keys(&self, label: &str) -> Result<Vec<String>, Error> {
        match self {
            Self::Sqlite(database) => {
                let label = label.to_owned();
                in_sqlite(database, move |sqlite| {
                    sqlite
                        .prepare_cached("SELECT key FROM spin_key_value WHERE store = ?1")?
                        .query_map([label], |row| row.get(0))?
                        .collect()
                })
                .await
            }
            Self::Valkey { .. } => {
                let mut connection = self.connection().await?;
                let mut found = connection.scan::<String>().await.map_err(other)?;
                let mut keys = Vec::new();
                while let Some(key) = found.next_item().await {
                    keys.push(key.map_err(other)?);
                }
                Ok(keys)
            }
        }
    }

    /// The shared connection, which reconnects by itself. Only called for Valkey.
    async fn connection(&self) -> Result<ConnectionManager, Error> {
        let Self::Valkey { client, connection } = self else {
            return Err(Error::NoSuchStore);
        };
        let settings = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(RESPONSE_TIMEOUT))
            .set_number_of_retries(1);
        let connect = || ConnectionManager::new_with_config(client.clone(), settings);
        connection
            .get_or_try_init(connect)
            .await
            .cloned()
            .map_err(other)
    }

    /// Spin sends a PING for each opened store; its outcome does not matter, its round trip does.
    async fn after_open(&self) -> Result<(), Error> {
        if let Self::Valkey { .. } = self {
            let _: Result<(), _> = self.connection().await?.ping().await;
        }
        Ok(())
    }
}

/// SQLite blocks, so it runs beside the asynchronous threads.
async fn in_sqlite<T: Send + 'static>(
    database: &Arc<Mutex<Connection>>,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
) -> Result<T, Error> {
    let database = Arc::clone(database);
    let run = move || work(&database.lock().unwrap_or_else(PoisonError::into_inner));
    tokio::task::spawn_blocking(run)
        .await
        .map_err(other)?
        .map_err(other)
}

fn other(error: impl std::fmt::Display) -> Error {
    Error::Other(error.to_string())
}

type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl super::Host {
    fn check_sizes(&self, key: &str, value_bytes: usize) -> Result<(), Error> {
        let limits = self.services.limits;
        if key.len() > limits.key_bytes {
            return Err(Error::Other(format!(
                "key exceeds limit of {} bytes",
                limits.key_bytes
            )));
        }
        if value_bytes > limits.value_bytes {
            return Err(Error::Other(format!(
                "value exceeds limit of {} bytes",
                limits.value_bytes
            )));
        }
        Ok(())
    }
}

impl HostData {
    /// The store's label and the backend, or why the call may not go on.
    fn store<T>(
        accessor: &Accessor<T, Self>,
        store: &Resource<OpenStore>,
        key: &str,
        value_bytes: usize,
    ) -> Answer<(Arc<str>, Arc<super::Services>)> {
        accessor.with(|mut access| {
            let host = access.get();
            let label = Arc::clone(&host.table.get(store)?.label);
            Ok(host
                .check_sizes(key, value_bytes)
                .map(|()| (label, Arc::clone(&host.services))))
        })
    }
}

impl Host for super::Host {}

impl HostStore for super::Host {
    fn drop(&mut self, store: Resource<OpenStore>) -> wasmtime::Result<()> {
        self.table.delete(store)?;
        self.open_stores -= 1;
        Ok(())
    }
}

impl<T: Send> HostStoreWithStore<T> for HostData {
    async fn open(accessor: &Accessor<T, Self>, label: String) -> Answer<Resource<OpenStore>> {
        let (granted, services) = accessor.with(|mut access| {
            let host = access.get();
            (
                host.grants.key_value_stores.contains(&label),
                Arc::clone(&host.services),
            )
        });
        if !granted {
            return Ok(Err(Error::AccessDenied));
        }
        if let Err(error) = services.key_value.after_open().await {
            return Ok(Err(error));
        }
        accessor.with(|mut access| {
            let host = access.get();
            if host.open_stores >= MAX_OPEN_STORES {
                return Ok(Err(Error::StoreTableFull));
            }
            host.open_stores += 1;
            Ok(Ok(host.table.push(OpenStore {
                label: label.into(),
            })?))
        })
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        store: Resource<OpenStore>,
        key: String,
    ) -> Answer<Option<Vec<u8>>> {
        let (label, services) = match Self::store(accessor, &store, &key, 0)? {
            Ok(opened) => opened,
            Err(refused) => return Ok(Err(refused)),
        };
        Ok(services.key_value.get(&label, &key).await)
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        store: Resource<OpenStore>,
        key: String,
        value: Vec<u8>,
    ) -> Answer<()> {
        let (label, services) = match Self::store(accessor, &store, &key, value.len())? {
            Ok(opened) => opened,
            Err(refused) => return Ok(Err(refused)),
        };
        Ok(services.key_value.set(&label, &key, value).await)
    }

    async fn delete(
        accessor: &Accessor<T, Self>,
        store: Resource<OpenStore>,
        key: String,
    ) -> Answer<()> {
        let (label, services) = match Self::store(accessor, &store, &key, 0)? {
            Ok(opened) => opened,
            Err(refused) => return Ok(Err(refused)),
        };
        Ok(services.key_value.delete(&label, &key).await)
    }

    async fn exists(
        accessor: &Accessor<T, Self>,
        store: Resource<OpenStore>,
        key: String,
    ) -> Answer<bool> {
        let (label, services) = match Self::store(accessor, &store, &key, 0)? {
            Ok(opened) => opened,
            Err(refused) => return Ok(Err(refused)),
        };
        Ok(services.key_value.exists(&label, &key).await)
    }

    async fn get_keys(
        accessor: &Accessor<T, Self>,
        store: Resource<OpenStore>,
    ) -> wasmtime::Result<(StreamReader<String>, FutureReader<Result<(), Error>>)> {
        let listed = match Self::store(accessor, &store, "", 0)? {
            Ok((label, services)) => services.key_value.keys(&label).await,
            Err(refused) => Err(refused),
        };
        let (keys, outcome) = match listed {
            Ok(keys) => (keys, Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
        accessor.with(|mut access| {
            let keys = StreamReader::new(&mut access, keys)?;
            Ok((
                keys,
                FutureReader::new(&mut access, async { wasmtime::error::Ok(outcome) })?,
            ))
        })
    }
}
