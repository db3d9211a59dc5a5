//! Staging beside a folder of objects: `uploads/{uploadId}`, renamed into place when whole. Same file system, so that the
//! rename is atomic and free.

use std::{
    io::{self, ErrorKind, SeekFrom},
    path::{Path, PathBuf},
};

use anyhow::Context;
use shared::ids::UploadId;
use tokio::{
    fs::{self, File, OpenOptions},
    io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufWriter},
};

use super::object_path;
use crate::ingest::{
    error::UploadError,
    hash::RunningHash,
    sql::{self, Upload},
};
use crate::{app::App, config::ObjectsConfig};

/// How much is hashed again, at most, after the process was killed.
const CHECKPOINT_BYTES: u64 = 256 << 20;
const BUFFER_BYTES: usize = 1 << 20;

pub(super) struct Folder {
    root: PathBuf,
    uploads: PathBuf,
}

impl Folder {
    pub(super) fn open(config: &ObjectsConfig) -> anyhow::Result<Self> {
        let ObjectsConfig::Folder(root) = config else {
            anyhow::bail!("a bucket has no staging folder");
        };
        let uploads = root.join("uploads");
        std::fs::create_dir_all(&uploads).context("creating the folder of unfinished uploads")?;
        Ok(Self {
            root: root.clone(),
            uploads,
        })
    }

    pub(super) fn uploads(&self) -> &Path {
        &self.uploads
    }

    pub(super) fn free_bytes(&self) -> Result<u64, UploadError> {
        let disk =
            rustix::fs::statvfs(&self.uploads).map_err(|error| UploadError::Disk(error.into()))?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    fn staged(&self, upload: &Upload) -> PathBuf {
        self.uploads.join(upload.id.to_string())
    }

    fn master(&self, upload: &Upload) -> PathBuf {
        self.root.join(object_path(upload).as_ref())
    }

    pub(super) async fn received(&self, upload: &Upload) -> Result<u64, UploadError> {
        match fs::metadata(self.staged(upload)).await {
            Ok(file) => Ok(file.len()),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                match fs::metadata(self.master(upload)).await {
                    // Renamed, but the row doesn't say so: the process was killed in between.
                    Ok(master) => Ok(master.len()),
                    Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
                    Err(error) => Err(error.into()),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn append_to(&self, app: &App, upload: &Upload) -> Result<Sink, UploadError> {
        let staged = self.staged(upload);
        let master = self.master(upload);
        let path = if fs::try_exists(&master).await? {
            master
        } else {
            staged
        };
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(path)
            .await?;
        let length = file.metadata().await?.len();
        let mut hash = RunningHash::restore(upload.hash_state.as_deref(), upload.hashed_bytes());
        if hash.seen() > length {
            hash = RunningHash::new();
        }
        catch_up(&mut file, &mut hash, length).await?;
        Ok(Sink {
            app: app.clone(),
            upload: upload.id,
            checkpoint: hash.seen(),
            hash,
            file: BufWriter::with_capacity(BUFFER_BYTES, file),
        })
    }

    pub(super) async fn promote(&self, upload: &Upload) -> Result<(), UploadError> {
        let master = self.master(upload);
        if fs::try_exists(&master).await? {
            return Ok(());
        }
        let folder = master.parent().expect("a master's key has a folder");
        fs::create_dir_all(folder).await?;
        fs::rename(self.staged(upload), &master).await?;
        // The new name is durable before PostgreSQL learns of it.
        File::open(folder).await?.sync_all().await?;
        Ok(())
    }

    pub(super) async fn discard(&self, upload: &Upload) -> Result<(), UploadError> {
        for path in [self.staged(upload), self.master(upload)] {
            match fs::remove_file(path).await {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
}

/// Hashes what is in the file but not in the hash: what was written after the last checkpoint of a process that was killed.
async fn catch_up(file: &mut File, hash: &mut RunningHash, length: u64) -> io::Result<()> {
    if hash.seen() == length {
        return Ok(());
    }
    file.seek(SeekFrom::Start(hash.seen())).await?;
    let mut buffer = vec![0; BUFFER_BYTES];
    while hash.seen() < length {
        let read = file.read(&mut buffer).await?;
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        hash.update(&buffer[..read]);
    }
    Ok(())
}

pub(in crate::ingest) struct Sink {
    app: App,
    upload: UploadId,
    file: BufWriter<File>,
    hash: RunningHash,
    checkpoint: u64,
}

impl Sink {
    pub(super) async fn append(&mut self, bytes: &[u8]) -> Result<(), UploadError> {
        self.file.write_all(bytes).await?;
        self.hash.update(bytes);
        if self.hash.seen() - self.checkpoint >= CHECKPOINT_BYTES {
            self.pause().await?;
        }
        Ok(())
    }

    pub(super) async fn pause(&mut self) -> Result<u64, UploadError> {
        self.file.flush().await?;
        self.file.get_ref().sync_data().await?;
        if self.hash.seen() != self.checkpoint {
            let (state, seen) = self.hash.store();
            let mut db = self.app.db.acquire().await?;
            sql::store_hash(&mut db, self.upload, &state, seen).await?;
            self.checkpoint = seen;
        }
        Ok(self.hash.seen())
    }

    pub(super) async fn digest(mut self) -> Result<[u8; 32], UploadError> {
        self.file.flush().await?;
        self.file.get_ref().sync_all().await?;
        Ok(self.hash.finish())
    }
}
