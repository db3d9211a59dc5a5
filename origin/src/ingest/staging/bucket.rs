//! Staging in S3: the parts of one multipart upload, and a small object with the bytes that don't fill a part yet. The
//! rows in PostgreSQL say which of them count.

use object_store::{
    ObjectStoreExt, PutPayload,
    aws::AmazonS3,
    multipart::{MultipartStore, PartId},
    path::Path as ObjectPath,
};
use shared::ids::UploadId;

use super::object_path;
use crate::app::App;
use crate::ingest::{
    error::UploadError,
    hash::RunningHash,
    sql::{self, Upload},
};

/// S3 refuses smaller parts than 5 MiB (but for the last) and more than 10,000 of them.
const PART_MIN_BYTES: u64 = 8 << 20;
const PARTS_MAX: u64 = 9_000;

pub(super) struct Bucket {
    store: AmazonS3,
}

fn tail_path(upload: UploadId) -> ObjectPath {
    ObjectPath::from(format!("uploads/{upload}"))
}

/// Large enough for the upload not to need more parts than there may be.
pub(in crate::ingest) fn part_bytes(length: u64) -> usize {
    let bytes = length
        .div_ceil(PARTS_MAX)
        .max(PART_MIN_BYTES)
        .next_multiple_of(1 << 20);
    usize::try_from(bytes).expect("a part of a bounded upload fits in memory")
}

impl Bucket {
    pub(super) fn new(store: AmazonS3) -> Self {
        Self { store }
    }

    pub(super) async fn begin(&self, key: &str) -> Result<String, UploadError> {
        Ok(self.store.create_multipart(&ObjectPath::from(key)).await?)
    }

    pub(super) async fn received(app: &App, upload: &Upload) -> Result<u64, UploadError> {
        let mut db = app.db.acquire().await?;
        Ok(sql::find_bucket_offset(&mut db, upload.id).await?)
    }

    pub(super) async fn append_to(&self, app: &App, upload: &Upload) -> Result<Sink, UploadError> {
        let mut db = app.db.acquire().await?;
        let parts = sql::list_parts(&mut db, upload.id).await?;
        let fresh = sql::find(&mut db, upload.id)
            .await?
            .ok_or(UploadError::NotFound)?;
        drop(db);
        let mut buffer = Vec::new();
        if fresh.tail_bytes > 0 {
            buffer = self
                .store
                .get(&tail_path(upload.id))
                .await?
                .bytes()
                .await?
                .to_vec();
            // A longer tail was stored just before the process was killed: the row decides.
            buffer.truncate(usize::try_from(fresh.tail_bytes).unwrap_or(usize::MAX));
        }
        Ok(Sink {
            app: app.clone(),
            store: self.store.clone(),
            path: object_path(upload),
            multipart: fresh.multipart_id.clone().ok_or(UploadError::NotFound)?,
            upload: upload.id,
            part_bytes: part_bytes(upload.length()),
            next_part: i32::try_from(parts.len()).expect("S3 has at most 10,000 parts"),
            paused_at: buffer.len(),
            buffer,
            // Stored with every part, so it always covers exactly the parts.
            hash: RunningHash::restore(fresh.hash_state.as_deref(), fresh.hashed_bytes()),
        })
    }

    pub(super) async fn promote(&self, app: &App, upload: &Upload) -> Result<(), UploadError> {
        let mut db = app.db.acquire().await?;
        let parts = sql::list_parts(&mut db, upload.id).await?;
        drop(db);
        let parts = parts
            .into_iter()
            .map(|content_id| PartId { content_id })
            .collect();
        let multipart = upload.multipart_id.clone().ok_or(UploadError::NotFound)?;
        let path = object_path(upload);
        if let Err(error) = self
            .store
            .complete_multipart(&path, &multipart, parts)
            .await
        {
            // Completed before, but the row doesn't say so: the process was killed in between.
            match self.store.head(&path).await {
                Ok(master) if master.size == upload.length() => {}
                Ok(_) | Err(_) => return Err(error.into()),
            }
        }
        self.forget_tail(upload).await
    }

    pub(super) async fn discard(&self, upload: &Upload) -> Result<(), UploadError> {
        if let Some(multipart) = &upload.multipart_id {
            match self
                .store
                .abort_multipart(&object_path(upload), multipart)
                .await
            {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.forget_tail(upload).await
    }

    async fn forget_tail(&self, upload: &Upload) -> Result<(), UploadError> {
        match self.store.delete(&tail_path(upload.id)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

pub(in crate::ingest) struct Sink {
    app: App,
    store: AmazonS3,
    path: ObjectPath,
    multipart: String,
    upload: UploadId,
    part_bytes: usize,
    next_part: i32,
    buffer: Vec<u8>,
    /// How much of the buffer is durable as the tail.
    paused_at: usize,
    hash: RunningHash,
}

impl Sink {
    pub(super) async fn append(&mut self, mut bytes: &[u8]) -> Result<(), UploadError> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(self.part_bytes - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
            if self.buffer.len() == self.part_bytes {
                self.put_part().await?;
            }
        }
        Ok(())
    }

    async fn put_part(&mut self) -> Result<(), UploadError> {
        let part = std::mem::take(&mut self.buffer);
        self.hash.update(&part);
        let size = part.len();
        let index = usize::try_from(self.next_part).expect("part numbers start at 0");
        let put = self
            .store
            .put_part(&self.path, &self.multipart, index, PutPayload::from(part))
            .await?;
        let (state, seen) = self.hash.store();
        let mut tx = self.app.begin().await?;
        sql::insert_part(&mut tx, self.upload, self.next_part, &put.content_id, size).await?;
        sql::store_tail(&mut tx, self.upload, 0).await?;
        sql::store_hash(&mut tx, self.upload, &state, seen).await?;
        tx.commit().await?;
        self.next_part += 1;
        self.paused_at = 0;
        Ok(())
    }

    pub(super) async fn pause(&mut self) -> Result<u64, UploadError> {
        if self.buffer.len() != self.paused_at {
            self.store
                .put(
                    &tail_path(self.upload),
                    PutPayload::from(self.buffer.clone()),
                )
                .await?;
            let mut db = self.app.db.acquire().await?;
            sql::store_tail(&mut db, self.upload, self.buffer.len()).await?;
            self.paused_at = self.buffer.len();
        }
        Ok(self.hash.seen() + self.buffer.len() as u64)
    }

    pub(super) async fn digest(mut self) -> Result<[u8; 32], UploadError> {
        if !self.buffer.is_empty() {
            self.put_part().await?;
        }
        Ok(self.hash.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_upload_needs_more_parts_than_s3_has() {
        for length in [1, 5 << 20, 50 << 30, 200 << 30, 5 << 40_u64] {
            let part = part_bytes(length) as u64;
            assert!(
                part >= PART_MIN_BYTES && length.div_ceil(part) <= 10_000,
                "{length}: parts of {part}"
            );
        }
        assert_eq!(part_bytes(200 << 30), 23 << 20);
    }
}
