//! Stores in one SQLite file, kept apart by label.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Error, other};

pub(crate) struct Sqlite(Arc<Mutex<Connection>>);

impl Sqlite {
    /// Same table as Spin's, so that either host reads the other's file.
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
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
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    pub(super) async fn get(&self, label: &str, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let (label, key) = (label.to_owned(), key.to_owned());
        self.run(move |connection| {
            connection
                .prepare_cached("SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2")?
                .query_row([label, key], |row| row.get(0))
                .optional()
        })
        .await
    }

    pub(super) async fn set(&self, label: &str, key: &str, value: Vec<u8>) -> Result<(), Error> {
        let (label, key) = (label.to_owned(), key.to_owned());
        self.run(move |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3)
                     ON CONFLICT (store, key) DO UPDATE SET value = ?3",
                )?
                .execute(params![label, key, value])
                .map(drop)
        })
        .await
    }

    pub(super) async fn delete(&self, label: &str, key: &str) -> Result<(), Error> {
        let (label, key) = (label.to_owned(), key.to_owned());
        self.run(move |connection| {
            connection
                .prepare_cached("DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2")?
                .execute([label, key])
                .map(drop)
        })
        .await
    }

    pub(super) async fn exists(&self, label: &str, key: &str) -> Result<bool, Error> {
        let (label, key) = (label.to_owned(), key.to_owned());
        self.run(move |connection| {
            connection
                .prepare_cached("SELECT 1 FROM spin_key_value WHERE store = ?1 AND key = ?2")?
                .exists([label, key])
        })
        .await
    }

    pub(super) async fn keys(&self, label: &str) -> Result<Vec<String>, Error> {
        let label = label.to_owned();
        self.run(move |connection| {
            connection
                .prepare_cached("SELECT key FROM spin_key_value WHERE store = ?1")?
                .query_map([label], |row| row.get(0))?
                .collect()
        })
        .await
    }

    /// SQLite blocks, so it runs beside the asynchronous threads.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let connection = Arc::clone(&self.0);
        let run = move || work(&connection.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::task::spawn_blocking(run)
            .await
            .map_err(other)?
            .map_err(other)
    }
}
