//! A master as the probe takes it: where ffmpeg reads it, how large it is, and its first bytes.

use std::path::Path;

use anyhow::{Context, Result};
use tokio::io::AsyncReadExt;

use crate::{failure::Refused, store::Store};

/// Enough for the header of an MXF file, the tracks of a Matroska file and some packets of a transport stream.
const HEAD_BYTES: u64 = 256 << 10;

/// A master that is there and is not empty.
#[derive(Clone, Debug)]
pub struct Master {
    /// A path, or a URL that carries its own permission.
    pub(super) input: String,
    /// Its size.
    pub(super) bytes: u64,
    /// Its first bytes.
    pub(super) head: Vec<u8>,
}

impl Master {
    /// An object of the store.
    pub async fn stored(store: &Store, key: &str) -> Result<Self> {
        let bytes = store.find_size(key).await?.ok_or_else(|| {
            Refused::because(
                "master_missing",
                "The master is not in the object store.",
                "Upload it again.",
            )
        })?;
        Ok(Self {
            bytes: not_empty(bytes)?,
            head: store.read_start(key, bytes.min(HEAD_BYTES)).await?.to_vec(),
            input: store.readable(key).await?,
        })
    }

    /// A file of this machine.
    pub async fn file(path: &Path) -> Result<Self> {
        let path = std::path::absolute(path)?;
        let input = path.to_str().context("the file's name is not UTF-8")?;
        let file = tokio::fs::File::open(&path)
            .await
            .with_context(|| format!("{input} can't be opened"))?;
        let about = file.metadata().await?;
        anyhow::ensure!(about.is_file(), "{input} is not a file");
        let mut head = Vec::new();
        file.take(HEAD_BYTES).read_to_end(&mut head).await?;
        Ok(Self {
            bytes: not_empty(about.len())?,
            head,
            input: input.to_owned(),
        })
    }
}

fn not_empty(bytes: u64) -> Result<u64, Refused> {
    if bytes == 0 {
        return Err(Refused::because(
            "master_empty",
            "The master is an empty file.",
            "Export the film again and upload it.",
        ));
    }
    Ok(bytes)
}
