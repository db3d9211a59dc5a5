//! `spin:key-value`: labels from the manifest, values in SQLite or Valkey.

mod sqlite;
mod valkey;

use std::sync::Arc;

use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use super::HostData;
use super::bindings::spin::key_value::key_value::{Error, Host, HostStore, HostStoreWithStore};

pub(crate) use self::sqlite::Sqlite;
pub(crate) use self::valkey::Valkey;

/// What Spin allows one instance to hold open.
const MAX_OPEN_STORES: usize = 256;

/// The backend of all labels.
pub(crate) enum KeyValue {
    Sqlite(Sqlite),
    Valkey(Box<Valkey>),
}

/// A store that a component opened.
#[expect(unreachable_pub, reason = "generated code re-exports it")]
pub struct OpenStore {
    label: Arc<str>,
}

impl KeyValue {
    async fn after_open(&self) -> Result<(), Error> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Valkey(valkey) => valkey.after_open().await,
        }
    }

    async fn get(&self, label: &str, key: &str) -> Result<Option<Vec<u8>>, Error> {
        match self {
            Self::Sqlite(sqlite) => sqlite.get(label, key).await,
            Self::Valkey(valkey) => valkey.get(key).await,
        }
    }

    async fn set(&self, label: &str, key: &str, value: Vec<u8>) -> Result<(), Error> {
        match self {
            Self::Sqlite(sqlite) => sqlite.set(label, key, value).await,
            Self::Valkey(valkey) => valkey.set(key, value).await,
        }
    }

    async fn delete(&self, label: &str, key: &str) -> Result<(), Error> {
        match self {
            Self::Sqlite(sqlite) => sqlite.delete(label, key).await,
            Self::Valkey(valkey) => valkey.delete(key).await,
        }
    }

    async fn exists(&self, label: &str, key: &str) -> Result<bool, Error> {
        match self {
            Self::Sqlite(sqlite) => sqlite.exists(label, key).await,
            Self::Valkey(valkey) => valkey.exists(key).await,
        }
    }

    async fn keys(&self, label: &str) -> Result<Vec<String>, Error> {
        match self {
            Self::Sqlite(sqlite) => sqlite.keys(label).await,
            Self::Valkey(valkey) => valkey.keys().await,
        }
    }
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
