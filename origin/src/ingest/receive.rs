//! Bytes of a request on their way to staging. What has arrived stays, however the request ends: the writing is a task of
//! its own, which outlives a connection that breaks.

use std::{io::SeekFrom, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::StreamExt;
use shared::ids::JobId;
use tokio::{
    io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
    sync::{OwnedSemaphorePermit, mpsc},
};

use super::{
    checksum::Checksum,
    complete,
    error::UploadError,
    lock::Lock,
    sql::{self, Upload},
};
use crate::app::App;

/// A connection that is silent for this long is dead; its lock must not outlive it.
const SILENCE: Duration = Duration::from_secs(30);
/// Body frames between the socket and the disk.
const IN_FLIGHT: usize = 16;

/// What came of a request's bytes.
pub(super) enum Received {
    /// More bytes are needed from this offset on, before the upload expires.
    Partly {
        offset: u64,
        expires_at: DateTime<Utc>,
    },
    /// That was the last byte: the job is there.
    Whole(JobId),
}

/// An upload, its lock, and the right to write.
pub(super) struct Writer {
    pub(super) app: App,
    pub(super) upload: Upload,
    pub(super) lock: Lock,
    pub(super) permit: OwnedSemaphorePermit,
    /// Where the request says it continues, which is where the upload stands.
    pub(super) offset: u64,
}

impl Writer {
    /// Appends a request's body, and completes the upload with its last byte.
    pub(super) async fn receive(
        self,
        body: Body,
        checksum: Option<Checksum>,
    ) -> Result<Received, UploadError> {
        let lacking = self.upload.length() - self.offset;
        let app = self.app.clone();
        let (frames, arriving) = mpsc::channel(IN_FLIGHT);
        // Detached: dropping this handler, as a broken connection does, doesn't stop the writing of what has arrived.
        let writing = tokio::spawn(self.write(arriving));
        let fed = match checksum {
            None => feed(&app, body, lacking, frames).await,
            Some(checksum) => feed_checked(&app, body, lacking, checksum, frames).await,
        };
        let written = writing
            .await
            .map_err(|panic| UploadError::Disk(std::io::Error::other(panic)))?;
        match (fed, written) {
            (_, Err(error)) | (Err(error), Ok(_)) => Err(error),
            (Ok(()), Ok(received)) => Ok(received),
        }
    }

    async fn write(self, arriving: mpsc::Receiver<Bytes>) -> Result<Received, UploadError> {
        let Self {
            app,
            upload,
            lock,
            permit,
            ..
        } = self;
        let outcome = write_through(&app, upload, arriving).await;
        lock.release().await;
        drop(permit);
        outcome
    }
}

async fn write_through(
    app: &App,
    upload: Upload,
    mut arriving: mpsc::Receiver<Bytes>,
) -> Result<Received, UploadError> {
    let mut sink = app.staging.append_to(app, &upload).await?;
    let mut appended = Ok(());
    while let Some(frame) = arriving.recv().await {
        appended = sink.append(&frame).await;
        if appended.is_err() {
            break;
        }
    }
    let offset = sink.pause().await;
    appended?;
    let offset = offset?;
    let expires_at = app.clock.now() + app.config.limits.upload_lifetime;
    sql::store_expiry(&mut *app.db.acquire().await?, upload.id, expires_at).await?;
    if offset < upload.length() {
        return Ok(Received::Partly { offset, expires_at });
    }
    complete::complete(app, upload, sink)
        .await
        .map(Received::Whole)
}

/// Hands the body over as it arrives.
async fn feed(
    app: &App,
    body: Body,
    lacking: u64,
    frames: mpsc::Sender<Bytes>,
) -> Result<(), UploadError> {
    let mut body = body.into_data_stream();
    let mut left = lacking;
    while let Some(frame) = next_frame(app, &mut body).await? {
        let size = frame.len() as u64;
        let fits = frame.slice(..frame.len().min(usize::try_from(left).unwrap_or(usize::MAX)));
        // A closed channel: the writer failed, and says so itself.
        if frames.send(fits).await.is_err() {
            return Ok(());
        }
        left = left.checked_sub(size).ok_or(UploadError::TooLong)?;
    }
    Ok(())
}

/// Keeps the body aside until its checksum is known to match; otherwise not a byte of it counts.
async fn feed_checked(
    app: &App,
    body: Body,
    lacking: u64,
    mut checksum: Checksum,
    frames: mpsc::Sender<Bytes>,
) -> Result<(), UploadError> {
    let mut spool = tokio::fs::File::from_std(app.staging.spool()?);
    let mut body = body.into_data_stream();
    let mut left = lacking;
    while let Some(frame) = next_frame(app, &mut body).await? {
        left = left
            .checked_sub(frame.len() as u64)
            .ok_or(UploadError::TooLong)?;
        checksum.update(&frame);
        spool.write_all(&frame).await?;
    }
    spool.flush().await?;
    if !checksum.matches() {
        return Err(UploadError::Checksum);
    }
    spool.seek(SeekFrom::Start(0)).await?;
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = spool.read(&mut buffer).await?;
        if read == 0
            || frames
                .send(Bytes::copy_from_slice(&buffer[..read]))
                .await
                .is_err()
        {
            return Ok(());
        }
    }
}

async fn next_frame(
    app: &App,
    body: &mut axum::body::BodyDataStream,
) -> Result<Option<Bytes>, UploadError> {
    tokio::select! {
        frame = tokio::time::timeout(SILENCE, body.next()) => match frame {
            Ok(Some(Ok(frame))) => Ok(Some(frame)),
            Ok(None) => Ok(None),
            Ok(Some(Err(_))) | Err(_) => Err(UploadError::Interrupted),
        },
        () = app.shutdown.cancelled() => Err(UploadError::Interrupted),
    }
}
