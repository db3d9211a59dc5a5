//! Where the bytes of a master wait until it is whole: a file beside the objects, or the parts of an S3 multipart upload.
//! The offset that clients hear is what is durable here; nothing else counts.

mod bucket;
mod folder;

use std::sync::Arc;

use object_store::path::Path as ObjectPath;
use shared::ids::{ContentId, UploadId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub(super) use self::bucket::part_bytes;
use self::{bucket::Bucket, folder::Folder};
use super::{error::UploadError, sql::Upload};
use crate::{app::App, config::ObjectsConfig, objects};

/// Uploads that one process writes at once; each holds a PostgreSQL connection and up to one S3 part in memory.
const WRITERS: usize = 32;

/// The staging area that belongs to the object store.
#[derive(Clone)]
pub struct Staging {
    area: Arc<Area>,
    writers: Arc<Semaphore>,
}

enum Area {
    Folder(Folder),
    Bucket(Box<Bucket>),
}

/// What bytes are appended to. One at a time per upload, under its lock.
pub(super) enum Sink {
    Folder(Box<folder::Sink>),
    Bucket(Box<bucket::Sink>),
}

/// The object that an upload becomes.
pub(crate) fn master_key(content: ContentId, upload: UploadId) -> String {
    format!("masters/{content}/{upload}")
}

fn object_path(upload: &Upload) -> ObjectPath {
    ObjectPath::from(master_key(upload.content_id, upload.id))
}

impl Staging {
    /// Opens the area beside the objects.
    pub fn open(config: &ObjectsConfig) -> anyhow::Result<Self> {
        let area = match objects::bucket(config)? {
            Some(store) => Area::Bucket(Box::new(Bucket::new(store))),
            None => Area::Folder(Folder::open(config)?),
        };
        Ok(Self {
            area: Arc::new(area),
            writers: Arc::new(Semaphore::new(WRITERS)),
        })
    }

    /// The right to write, for as long as it is held.
    pub(super) fn permit(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.writers).try_acquire_owned().ok()
    }

    /// How many more bytes the area can take; `None` where there is no bound.
    pub(super) fn free_bytes(&self) -> Result<Option<u64>, UploadError> {
        match &*self.area {
            Area::Folder(folder) => folder.free_bytes().map(Some),
            Area::Bucket(_) => Ok(None),
        }
    }

    /// A place for request bodies whose checksum isn't known yet. It vanishes with its handle.
    pub(super) fn spool(&self) -> std::io::Result<std::fs::File> {
        match &*self.area {
            Area::Folder(folder) => tempfile::tempfile_in(folder.uploads()),
            Area::Bucket(_) => tempfile::tempfile(),
        }
    }

    /// Prepares for the first byte. What it returns is stored with the upload.
    pub(super) async fn begin(
        &self,
        content: ContentId,
        upload: UploadId,
    ) -> Result<Option<String>, UploadError> {
        match &*self.area {
            Area::Folder(_) => Ok(None),
            Area::Bucket(bucket) => bucket.begin(&master_key(content, upload)).await.map(Some),
        }
    }

    /// How many bytes are durable.
    pub(super) async fn received(&self, app: &App, upload: &Upload) -> Result<u64, UploadError> {
        match &*self.area {
            Area::Folder(folder) => folder.received(upload).await,
            Area::Bucket(_) => Bucket::received(app, upload).await,
        }
    }

    /// Opens an upload for appending after its last durable byte.
    pub(super) async fn append_to(&self, app: &App, upload: &Upload) -> Result<Sink, UploadError> {
        match &*self.area {
            Area::Folder(folder) => folder
                .append_to(app, upload)
                .await
                .map(|sink| Sink::Folder(Box::new(sink))),
            Area::Bucket(bucket) => bucket
                .append_to(app, upload)
                .await
                .map(|sink| Sink::Bucket(Box::new(sink))),
        }
    }

    /// Makes the whole upload the master. Harmless when it is that already.
    pub(super) async fn promote(&self, app: &App, upload: &Upload) -> Result<(), UploadError> {
        match &*self.area {
            Area::Folder(folder) => folder.promote(upload).await,
            Area::Bucket(bucket) => bucket.promote(app, upload).await,
        }
    }

    /// Forgets every byte of an upload.
    pub(super) async fn discard(&self, upload: &Upload) -> Result<(), UploadError> {
        match &*self.area {
            Area::Folder(folder) => folder.discard(upload).await,
            Area::Bucket(bucket) => bucket.discard(upload).await,
        }
    }
}

impl Sink {
    pub(super) async fn append(&mut self, bytes: &[u8]) -> Result<(), UploadError> {
        match self {
            Self::Folder(sink) => sink.append(bytes).await,
            Self::Bucket(sink) => sink.append(bytes).await,
        }
    }

    /// Makes everything durable, whatever happens next. Returns the offset.
    pub(super) async fn pause(&mut self) -> Result<u64, UploadError> {
        match self {
            Self::Folder(sink) => sink.pause().await,
            Self::Bucket(sink) => sink.pause().await,
        }
    }

    /// SHA-256 of the whole upload, after its last byte.
    pub(super) async fn digest(self) -> Result<[u8; 32], UploadError> {
        match self {
            Self::Folder(sink) => sink.digest().await,
            Self::Bucket(sink) => sink.digest().await,
        }
    }
}
