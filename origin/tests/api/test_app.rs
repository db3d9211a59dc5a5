//! The whole service on a real socket, with a database of its own and, where a test asks for it, a Valkey of its own. Time
//! stands still until a test moves it.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use chrono::{DateTime, Utc};
use origin::{
    app::{App, Clock},
    config::Config,
    router,
};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use shared::{
    ids::{AccountId, ContentId, ProfileId, SessionId},
    token::{
        Role,
        service::{self, Issuer, ServiceClaims},
        session::{self, SessionClaims},
    },
};
use sqlx::PgPool;
use tempfile::TempDir;
use tokio::net::TcpListener;
use uuid::Uuid;

const START: &str = "2026-03-01T00:00:00Z";
/// Far more than any event takes, on however slow a machine.
const PATIENCE: Duration = Duration::from_secs(60);
const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// Origin, as tests talk to it.
pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) db: PgPool,
    pub(crate) admin: Person,
    pub(crate) viewer: Person,
    pub(crate) address: SocketAddr,
    http: reqwest::Client,
    server: tokio::task::JoinHandle<()>,
    objects: TempDir,
    valkey: Option<Valkey>,
    bucket: Option<String>,
    copy_first: bool,
}

/// A signed-in account with a profile.
#[derive(Clone, Copy)]
pub(crate) struct Person {
    pub(crate) account: AccountId,
    pub(crate) profile: ProfileId,
    pub(crate) session: SessionId,
    role: Role,
}

/// A Valkey of one test's own.
pub(crate) struct Valkey {
    process: Child,
    folder: TempDir,
}

impl Valkey {
    pub(crate) fn start() -> Self {
        let folder = temporary_folder();
        let mut process = Command::new("redis-server")
            .args([
                "--port",
                "0",
                "--save",
                "",
                "--appendonly",
                "no",
                "--unixsocket",
            ])
            .arg(folder.path().join("valkey.sock"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-server or valkey-server is installed");
        let mut lines = BufReader::new(process.stdout.take().expect("stdout is piped")).lines();
        let ready = lines
            .by_ref()
            .any(|line| line.is_ok_and(|line| line.to_lowercase().contains("ready to accept")));
        assert!(ready, "redis-server didn't start");
        // Read on, so that it never blocks on a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, folder }
    }

    fn url(&self) -> String {
        format!(
            "redis+unix://{}",
            self.folder.path().join("valkey.sock").display()
        )
    }

    /// Ends it as a crash would.
    pub(crate) fn kill(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Drop for Valkey {
    fn drop(&mut self) {
        self.kill();
    }
}

impl TestApp {
    /// Origin without Valkey. Every master goes straight to its ladder.
    pub(crate) async fn start(db: PgPool) -> Self {
        Self::build(db, None, None, temporary_folder(), false, start_time()).await
    }

    /// The same, but a new title's master is copied first.
    pub(crate) async fn copying_first(db: PgPool) -> Self {
        Self::build(db, None, None, temporary_folder(), true, start_time()).await
    }

    /// Origin with a Valkey of its own.
    pub(crate) async fn with_valkey(db: PgPool) -> Self {
        Self::build(
            db,
            Some(Valkey::start()),
            None,
            temporary_folder(),
            false,
            start_time(),
        )
        .await
    }

    /// Origin over the bucket `masters` of an S3 endpoint.
    pub(crate) async fn with_bucket(db: PgPool, endpoint: String) -> Self {
        Self::build(
            db,
            None,
            Some(endpoint),
            temporary_folder(),
            false,
            start_time(),
        )
        .await
    }

    /// The process ends without a word and starts again over the same database and objects.
    pub(crate) async fn restart(mut self) -> Self {
        self.server.abort();
        let objects = std::mem::replace(&mut self.objects, temporary_folder());
        let now = self.app.clock.now();
        let (valkey, bucket) = (self.valkey.take(), self.bucket.take());
        Self::build(
            self.db.clone(),
            valkey,
            bucket,
            objects,
            self.copy_first,
            now,
        )
        .await
    }

    async fn build(
        db: PgPool,
        valkey: Option<Valkey>,
        bucket: Option<String>,
        objects: TempDir,
        copy_first: bool,
        now: DateTime<Utc>,
    ) -> Self {
        let nowhere = format!(
            "redis+unix://{}",
            objects.path().join("no-valkey.sock").display()
        );
        let mut settings = settings(
            objects.path(),
            valkey.as_ref().map_or(nowhere, Valkey::url),
            copy_first,
        );
        if let Some(endpoint) = &bucket {
            settings.extend([
                ("OBJECTS_URL", "s3://masters".to_owned()),
                ("S3_ENDPOINT", endpoint.clone()),
                ("S3_ACCESS_KEY_ID", "id".to_owned()),
                ("S3_SECRET_ACCESS_KEY", "secret".to_owned()),
                ("TASK_QUEUE_URL", format!("{endpoint}/123456789012/tasks")),
                ("TASK_QUEUE_AHEAD", "3".to_owned()),
                ("TASK_QUEUE_KINDS", "copy, probe, encode".to_owned()),
            ]);
        }
        let config = Config::read(&|name| settings.get(name).cloned())
            .expect("the test's settings are complete");
        let app = App::with_pool(config, Clock::fixed(now), db.clone()).expect("the app is built");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("the listener has an address");
        let service = router::build(app.clone());
        let server =
            tokio::spawn(async move { axum::serve(listener, service).await.expect("serving") });
        let admin = sign_up(&db, &app, "admin", Role::Admin).await;
        let viewer = sign_up(&db, &app, "viewer", Role::Viewer).await;
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("an HTTP client");
        Self {
            app,
            db,
            admin,
            viewer,
            address,
            http,
            server,
            objects,
            valkey,
            bucket,
            copy_first,
        }
    }

    pub(crate) fn objects(&self) -> &Path {
        self.objects.path()
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.app.clock.advance(Duration::from_secs(seconds));
    }

    /// A request of one of our own programs.
    pub(crate) fn service(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("http://{}{path}", self.address))
            .header(
                "x-service-authorization",
                format!("Bearer {}", self.service_token()),
            )
    }

    /// A request of a person, through the edge.
    pub(crate) fn by(&self, person: Person, method: Method, path: &str) -> RequestBuilder {
        self.service(method, path)
            .bearer_auth(self.session_token(person))
    }

    pub(crate) fn service_token(&self) -> String {
        service::sign(
            &ServiceClaims::new(Issuer::Edge, self.app.clock.now_s()),
            &self.app.config.service_keys,
        )
    }

    pub(crate) fn session_token(&self, person: Person) -> String {
        let now = self.app.clock.now_s();
        let claims = SessionClaims {
            sub: person.account,
            sid: person.session,
            pid: Some(person.profile),
            role: person.role,
            maturity: 18,
            kids: false,
            iat: now,
            nbf: now,
            exp: now + session::LIFETIME_S,
        };
        session::sign(
            &claims,
            &self.app.config.session_kid,
            &self.app.config.session_key,
        )
    }

    /// A film without a published version.
    pub(crate) async fn insert_title(&self, title: &str) -> ContentId {
        let id = self.app.new_id();
        sqlx::query("INSERT INTO content (content_id, content_type, title, release_year, created_at, updated_at) VALUES ($1, 'movie', $2, 2026, $3, $3)")
            .bind(id)
            .bind(title)
            .bind(self.app.clock.now())
            .execute(&self.db)
            .await
            .expect("the title is inserted");
        ContentId::from_uuid(id)
    }

    /// A film that viewers see.
    pub(crate) async fn insert_published_title(&self, title: &str) -> ContentId {
        let id = self.insert_title(title).await;
        sqlx::query("UPDATE content SET status = 'ready', current_version = 1, duration_ms = 7200000, published_at = $2 WHERE content_id = $1")
            .bind(id.as_uuid())
            .bind(self.app.clock.now())
            .execute(&self.db)
            .await
            .expect("the title is published");
        id
    }

    pub(crate) async fn count(&self, table: &str) -> i64 {
        sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
            .fetch_one(&self.db)
            .await
            .expect("the table exists")
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.app.begin_shutdown();
        self.server.abort();
    }
}

/// Asks again and again until it is so. What never comes fails the test by its name instead of hanging the suite.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    let came = tokio::time::timeout(PATIENCE, wait).await;
    assert!(came.is_ok(), "waited for {PATIENCE:?}: {what}");
}

/// What tests ask of an answer.
pub(crate) trait Answer {
    /// Status and code of a refusal.
    async fn problem(self) -> (u16, String);
    /// The JSON of a success.
    async fn ok(self) -> Value;
}

impl Answer for RequestBuilder {
    async fn problem(self) -> (u16, String) {
        let response = self.send().await.expect("the request is answered");
        let status = response.status().as_u16();
        let body: Value = response.json().await.expect("a refusal is JSON");
        (
            status,
            body["code"]
                .as_str()
                .expect("a refusal has a code")
                .to_owned(),
        )
    }

    async fn ok(self) -> Value {
        let response: Response = self.send().await.expect("the request is answered");
        let (status, text) = (
            response.status(),
            response.text().await.expect("the body arrives"),
        );
        assert!(status.is_success(), "{status}: {text}");
        if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).expect("the body is JSON")
        }
    }
}

fn temporary_folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn start_time() -> DateTime<Utc> {
    START.parse().expect("the start is a time")
}

fn settings(objects: &Path, valkey: String, copy_first: bool) -> HashMap<&'static str, String> {
    HashMap::from([
        ("DATABASE_URL", "postgres://unused".to_owned()),
        ("VALKEY_URL", valkey),
        ("OBJECTS_URL", format!("file://{}", objects.display())),
        ("SESSION_SIGNING_KEY", HEX.to_owned()),
        ("SESSION_SIGNING_KEY_ID", "s1".to_owned()),
        ("SERVICE_KEYS", format!("a:{HEX}")),
        ("CONTENT_KEY_SEEDS", format!("1:{HEX}")),
        ("KID_SEED", HEX.to_owned()),
        ("COPY_FIRST", copy_first.to_string()),
    ])
}

async fn sign_up(db: &PgPool, app: &App, name: &str, role: Role) -> Person {
    let known: Option<(Uuid, Uuid, Uuid)> = sqlx::query_as(
        "SELECT a.account_id, p.profile_id, s.session_id FROM accounts a JOIN profiles p USING (account_id)
         JOIN sessions s USING (account_id) WHERE username = $1",
    )
    .bind(name)
    .fetch_optional(db)
    .await
    .expect("accounts are read");
    let (account, profile, session) = match known {
        Some(ids) => ids,
        None => insert_person(db, app, name, role).await,
    };
    Person {
        account: AccountId::from_uuid(account),
        profile: ProfileId::from_uuid(profile),
        session: SessionId::from_uuid(session),
        role,
    }
}

async fn insert_person(db: &PgPool, app: &App, name: &str, role: Role) -> (Uuid, Uuid, Uuid) {
    let (account, profile, session) = (app.new_id(), app.new_id(), app.new_id());
    let role = if role == Role::Admin {
        "admin"
    } else {
        "viewer"
    };
    sqlx::query(
        "WITH a AS (INSERT INTO accounts (account_id, username, display_name, role, password_hash, created_at)
                    VALUES ($1, $2, $2, $3, '', $6) RETURNING account_id),
              p AS (INSERT INTO profiles (profile_id, account_id, name, avatar_url, is_kids, maturity_limit, created_at)
                    SELECT $4, account_id, $2, '/avatars/1.svg', false, 18, $6 FROM a RETURNING profile_id)
         INSERT INTO sessions (session_id, account_id, device_label, created_at, last_seen_at) SELECT $5, account_id, 'test', $6, $6 FROM a",
    )
    .bind(account)
    .bind(name)
    .bind(role)
    .bind(profile)
    .bind(session)
    .bind(app.clock.now())
    .execute(db)
    .await
    .expect("the account is inserted");
    (account, profile, session)
}
