//! What every handler is given: pools, keys, the clock. Cheap to clone.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use chrono::{DateTime, Utc};
use object_store::ObjectStore;
use secrecy::ExposeSecret;
use sqlx::{
    AssertSqlSafe, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio_util::sync::CancellationToken;
use uuid::{NoContext, Timestamp, Uuid};

use crate::{
    accounts::Passwords,
    catalogue,
    config::Config,
    events, ingest, jobs,
    keys::SessionKeys,
    metrics::Metrics,
    objects,
    request::{self, Viewer},
    valkey::Valkey,
};

/// The application, as handlers and background work see it.
#[derive(Clone)]
pub struct App {
    pub db: PgPool,
    pub valkey: Valkey,
    pub objects: Arc<dyn ObjectStore>,
    pub config: Arc<Config>,
    pub keys: Arc<SessionKeys>,
    pub clock: Clock,
    pub metrics: Metrics,
    pub passwords: Passwords,
    pub tasks: jobs::Wake,
    pub staging: ingest::Staging,
    pub catalogue: catalogue::Remembered,
    pub events: events::Hub,
    /// Cancelled once, when the process is told to stop.
    pub shutdown: CancellationToken,
    serving: Arc<AtomicBool>,
}

impl App {
    /// Opens what the settings name. PostgreSQL and Valkey may be down: both are connected to when first needed.
    pub fn new(config: Config, clock: Clock) -> anyhow::Result<Self> {
        let options: PgConnectOptions = config
            .database_url
            .expose_secret()
            .parse()
            .ok()
            .context("DATABASE_URL is not a PostgreSQL URL")?;
        let db = PgPoolOptions::new()
            .max_connections(config.database_connections)
            .acquire_timeout(Duration::from_secs(3))
            .connect_lazy_with(options.application_name("origin"));
        Self::with_pool(config, clock, db)
    }

    /// The same over a pool that exists already.
    pub fn with_pool(config: Config, clock: Clock, db: PgPool) -> anyhow::Result<Self> {
        Ok(Self {
            db,
            valkey: Valkey::new(config.valkey_url.expose_secret())?,
            objects: objects::open(&config.objects)?,
            keys: Arc::new(SessionKeys::new(&config)),
            clock,
            metrics: Metrics::install()?,
            passwords: Passwords::new(config.limits.concurrent_hashes),
            tasks: jobs::Wake::default(),
            events: events::Hub::default(),
            staging: ingest::Staging::open(&config.objects)?,
            catalogue: catalogue::Remembered::default(),
            shutdown: CancellationToken::new(),
            serving: Arc::new(AtomicBool::new(true)),
            config: Arc::new(config),
        })
    }

    /// A transaction as the owner of the schema, which sees every row. The request that it serves stands in
    /// `application_name`, and so in PostgreSQL's log, without a round trip of its own.
    pub async fn begin(&self) -> sqlx::Result<Transaction<'static, Postgres>> {
        self.db
            .begin_with(AssertSqlSafe(format!("BEGIN; {}", named())))
            .await
    }

    /// A transaction as `marquee_viewer`, in which row-level security hides what isn't published and what is above the
    /// viewer's maturity limit. Every read on a viewer's behalf goes through here.
    pub async fn begin_as(&self, viewer: &Viewer) -> sqlx::Result<Transaction<'static, Postgres>> {
        self.begin_at_maturity(viewer.maturity_limit()).await
    }

    /// The same for a maturity limit that has already been decided.
    pub async fn begin_at_maturity(
        &self,
        maturity: u8,
    ) -> sqlx::Result<Transaction<'static, Postgres>> {
        // Only numbers and UUIDs are put into the text.
        self.db
            .begin_with(AssertSqlSafe(format!(
                "BEGIN READ ONLY; {} SET LOCAL app.maturity = '{maturity}'; SET LOCAL ROLE marquee_viewer;",
                named()
            )))
            .await
    }

    /// A new id, ordered by time.
    pub fn new_id(&self) -> Uuid {
        self.clock.new_id()
    }

    /// Whether new requests are welcome: false from the moment shutdown begins.
    pub fn is_serving(&self) -> bool {
        self.serving.load(Ordering::Acquire)
    }

    /// Turns readiness off and tells background work to stop.
    pub fn begin_shutdown(&self) {
        self.serving.store(false, Ordering::Release);
        self.shutdown.cancel();
    }
}

fn named() -> String {
    request::current_id().map_or_else(String::new, |id| {
        format!("SET LOCAL application_name = 'origin {id}';")
    })
}

/// The time: the system's, or one that stands still until a test moves it.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Fixed(Arc<std::sync::atomic::AtomicI64>),
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `at`.
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self(Source::Fixed(Arc::new(at.timestamp_millis().into())))
    }

    /// Now.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that is passed on"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => Utc::now(),
            Source::Fixed(ms) => DateTime::from_timestamp_millis(ms.load(Ordering::Acquire))
                .expect("a fixed clock is set from a valid time"),
        }
    }

    /// Seconds since 1970, as tokens count.
    pub fn now_s(&self) -> u64 {
        self.now().timestamp().unsigned_abs()
    }

    /// Milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.now().timestamp_millis()
    }

    /// Moves a fixed clock; the system's stays as it is.
    pub fn advance(&self, by: Duration) {
        if let Source::Fixed(ms) = &self.0 {
            let by = i64::try_from(by.as_millis()).expect("tests move the clock by days at most");
            ms.fetch_add(by, Ordering::AcqRel);
        }
    }

    /// A UUIDv7 of now.
    pub fn new_id(&self) -> Uuid {
        let now = self.now();
        Uuid::new_v7(Timestamp::from_unix(
            NoContext,
            now.timestamp().unsigned_abs(),
            now.timestamp_subsec_nanos(),
        ))
    }
}
