//! Attempts per window, counted in Valkey. Without Valkey nobody is locked out: the limit fails open, with a log line.

use std::time::Duration;

use redis::RedisResult;
use sha2::{Digest, Sha256};

use crate::valkey::Valkey;

/// What is counted: `rl:<kind>:<hash>`. The hash keeps names and addresses out of Valkey.
#[derive(Debug, Clone)]
pub struct Counter {
    key: String,
    limit: u32,
    window: Duration,
}

impl Counter {
    /// Counts attempts of one `kind` on one `subject`.
    pub fn new(kind: &str, subject: &[&str], limit: u32, window: Duration) -> Self {
        let mut hash = Sha256::new();
        for part in subject {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let name = hex::encode(&hash.finalize()[..16]);
        Self {
            key: format!("rl:{kind}:{name}"),
            limit,
            window,
        }
    }

    /// Counts one attempt. An error says in how many seconds to come back.
    pub async fn attempt(&self, valkey: &Valkey) -> Result<(), u64> {
        let counted: RedisResult<(u32, i64)> = async {
            let mut connection = valkey.connection();
            redis::pipe()
                .atomic()
                .cmd("INCR")
                .arg(&self.key)
                .cmd("EXPIRE")
                .arg(&self.key)
                .arg(self.window.as_secs())
                .arg("NX")
                .ignore()
                .cmd("TTL")
                .arg(&self.key)
                .query_async(&mut connection)
                .await
        }
        .await;
        match counted {
            Ok((count, ttl_s)) if count > self.limit => Err(ttl_s.max(1).unsigned_abs()),
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::warn!(%error, "rate limit not checked: Valkey is down");
                Ok(())
            }
        }
    }

    /// Forgets the attempts: one of them was right.
    pub async fn forget(&self, valkey: &Valkey) {
        if let Err(error) = valkey.query::<()>(redis::cmd("DEL").arg(&self.key)).await {
            tracing::warn!(%error, "rate limit not reset: Valkey is down");
        }
    }
}
