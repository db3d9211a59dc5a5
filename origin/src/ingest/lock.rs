//! One writer at a time per upload, over all processes: a PostgreSQL advisory lock on a connection of its own. However the
//! writer ends, killed or cut off, the lock ends with its connection.

use shared::ids::UploadId;
use sqlx::{Connection, PgConnection};

use super::error::UploadError;
use crate::app::App;

/// Held while bytes are appended, or an upload is completed or dropped.
pub(super) struct Lock {
    connection: PgConnection,
    key: i64,
}

impl Lock {
    pub(super) async fn acquire(app: &App, upload: UploadId) -> Result<Self, UploadError> {
        let mut connection = PgConnection::connect_with(&app.db.connect_options()).await?;
        let key = key(upload);
        let held = sqlx::query_scalar!(r#"SELECT pg_try_advisory_lock($1) AS "held!""#, key)
            .fetch_one(&mut connection)
            .await?;
        if held {
            Ok(Self { connection, key })
        } else {
            Err(UploadError::Locked)
        }
    }

    /// Released before the answer is sent: the client's next request finds it free.
    pub(super) async fn release(mut self) {
        let unlocked =
            sqlx::query_scalar!(r#"SELECT pg_advisory_unlock($1) AS "unlocked!""#, self.key)
                .fetch_one(&mut self.connection)
                .await;
        if let Err(error) = unlocked {
            tracing::debug!(%error, "the lock ends with its connection");
        }
        // Closing is politeness: dropping the connection ends the session too.
        self.connection.close().await.ok();
    }
}

/// 64 bits of the id: the random ones, so that uploads of the same millisecond differ.
fn key(upload: UploadId) -> i64 {
    let random = upload.as_bytes().last_chunk().expect("a UUID has 16 bytes");
    i64::from_be_bytes(*random)
}
