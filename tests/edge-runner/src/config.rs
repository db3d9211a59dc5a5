//! What a run needs besides the manifest.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::access::AccessLog;
use crate::manifest::Manifest;

/// Where `key_value_stores` live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyValueBackend {
    /// One SQLite file in the state folder, labels kept apart.
    Sqlite,
    /// A Valkey (or Redis) database. Keys are stored raw, as Spin's provider does: two labels share them.
    Valkey {
        /// `redis://host:port/db`
        url: String,
    },
}

/// Everything [`Runner::start`](crate::Runner::start) needs.
#[derive(Clone, Debug)]
pub struct RunnerConfig {
    /// The application.
    pub manifest: Manifest,
    /// Port 0 picks a free one.
    pub listen: SocketAddr,
    /// Compiled components and the SQLite file.
    pub state_dir: PathBuf,
    /// Values that win over the manifest's defaults.
    pub variables: BTreeMap<String, String>,
    /// Where key-value stores live.
    pub key_value: KeyValueBackend,
    /// Requests in components at once, until the last byte of their answers.
    pub max_concurrency: usize,
    /// How long a request may wait for its turn before it is answered 503.
    pub queue_timeout: Duration,
    /// Requests that one instance serves in its life.
    pub reuse: usize,
    /// Requests that share one instance at a time.
    pub concurrent_reuse: usize,
    /// How long a component may take to start its answer, and to end work after it.
    pub request_timeout: Duration,
    /// Linear memory of one instance.
    pub max_memory_bytes: usize,
    /// How long running requests may take to end once the runner stops.
    pub drain_timeout: Duration,
    /// One line per request on standard error.
    pub access_log: AccessLog,
    /// Fail where Akamai Functions would.
    pub strict: bool,
}

impl RunnerConfig {
    /// Spin's reuse, a free local port, and this platform's limits.
    pub fn new(manifest: Manifest, state_dir: impl Into<PathBuf>) -> Self {
        Self {
            manifest,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            state_dir: state_dir.into(),
            variables: BTreeMap::new(),
            key_value: KeyValueBackend::Sqlite,
            max_concurrency: 512,
            queue_timeout: Duration::from_secs(5),
            reuse: 128,
            concurrent_reuse: 16,
            request_timeout: Duration::from_secs(30),
            max_memory_bytes: 128 << 20,
            drain_timeout: Duration::from_secs(10),
            access_log: AccessLog::Off,
            strict: false,
        }
    }

    /// With `strict`, nothing goes beyond what Akamai Functions allows.
    pub(crate) fn restricted(mut self) -> Self {
        if self.strict {
            self.request_timeout = self.request_timeout.min(AKAMAI_REQUEST_TIMEOUT);
            self.max_memory_bytes = self.max_memory_bytes.min(AKAMAI_MEMORY_BYTES);
        }
        self
    }

    pub(crate) fn limits(&self) -> Limits {
        if self.strict {
            Limits::AKAMAI
        } else {
            Limits::SPIN
        }
    }
}

const AKAMAI_REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
const AKAMAI_MEMORY_BYTES: usize = 128 << 20;
/// The only label that Akamai Functions has.
pub(crate) const AKAMAI_LABEL: &str = "default";

/// What a component may send and store.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_field_names, reason = "limits carry their unit")]
pub(crate) struct Limits {
    pub(crate) body_bytes: u64,
    pub(crate) key_bytes: usize,
    pub(crate) value_bytes: usize,
}

impl Limits {
    const AKAMAI: Self = Self {
        body_bytes: 10 << 20,
        key_bytes: 8_000,
        value_bytes: 1_000_000,
    };
    /// Spin's host buffers at most this much for one value; bodies have no limit.
    const SPIN: Self = Self {
        body_bytes: u64::MAX,
        key_bytes: 128 << 20,
        value_bytes: 128 << 20,
    };
}
