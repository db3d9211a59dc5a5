//! Settings: read once, in `main`, from the environment. Secrets never appear in `Debug` output.

use std::{env, net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::{Context, bail, ensure};
use ed25519_dalek::SigningKey;
use secrecy::SecretString;
use shared::{
    cenc::{KidSeed, SeedRing},
    token::KeyRing,
};

use crate::jobs::{Prices, QueueConfig, TaskKind};

/// Everything `origin serve` needs to know before it starts.
#[derive(Debug)]
pub struct Config {
    pub listen: SocketAddr,
    pub database_url: SecretString,
    /// Connections that this process holds to PostgreSQL at most.
    pub database_connections: u32,
    pub valkey_url: SecretString,
    pub objects: ObjectsConfig,
    /// Scheme, host and port that browsers use, without a trailing slash.
    pub public_origin: String,
    pub session_kid: String,
    pub session_key: SigningKey,
    pub service_keys: KeyRing,
    pub content_key_seeds: SeedRing,
    pub kid_seed: KidSeed,
    /// `Secure` on every cookie. Off only where there is no TLS: on a developer's machine.
    pub cookie_secure: bool,
    /// Publish a new title's master as it is, where that conforms, and its ladder behind it.
    pub copy_first: bool,
    pub limits: Limits,
    /// What a task's time costs.
    pub prices: Prices,
    /// Where tasks are announced to functions; nowhere when workers pull them.
    pub task_queue: Option<QueueConfig>,
}

/// Where masters, assets and artwork live.
#[derive(Debug, Clone)]
pub enum ObjectsConfig {
    Folder(PathBuf),
    S3 {
        bucket: String,
        endpoint: Option<String>,
        region: String,
        access_key_id: Option<SecretString>,
        secret_access_key: Option<SecretString>,
    },
}

/// Limits, with their units.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Body of a JSON request.
    pub body_bytes: usize,
    /// Time for an answer; uploads, long polls and event streams have their own.
    pub request: Duration,
    /// Requests in flight at once; one more is told to come back.
    pub concurrent_requests: usize,
    /// Password hashes computed at once: 19 MiB and a core each.
    pub concurrent_hashes: usize,
    /// Time for requests in flight once shutdown began.
    pub shutdown: Duration,
    /// Size of one master.
    pub upload_bytes: u64,
    /// Time until an upload that nobody continues is dropped.
    pub upload_lifetime: Duration,
    /// Event streams that one account holds open at once.
    pub event_streams: usize,
    /// Login attempts per user name and address, per window.
    pub login_attempts: u32,
    /// PIN attempts per profile, per window.
    pub pin_attempts: u32,
    /// The window of both.
    pub attempt_window: Duration,
    /// Time without a heartbeat after which somebody else gets a task.
    pub task_lease: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            request: Duration::from_secs(15),
            concurrent_requests: 512,
            concurrent_hashes: 4,
            shutdown: Duration::from_secs(10),
            upload_bytes: 200 << 30,
            upload_lifetime: Duration::from_hours(7 * 24),
            event_streams: 24,
            login_attempts: 10,
            pin_attempts: 5,
            attempt_window: Duration::from_secs(300),
            task_lease: Duration::from_secs(30),
        }
    }
}

impl Config {
    /// Reads the process environment.
    pub fn from_env() -> anyhow::Result<Self> {
        Self::read(&environment)
    }

    /// Reads settings from anywhere; an empty value counts as absent.
    pub fn read(get: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let required = |name: &str| get(name).with_context(|| format!("{name} is not set"));
        let session_seed =
            hex32(&required("SESSION_SIGNING_KEY")?).context("SESSION_SIGNING_KEY")?;
        Ok(Self {
            listen: get("ORIGIN_LISTEN")
                .as_deref()
                .unwrap_or("127.0.0.1:4000")
                .parse()
                .context("ORIGIN_LISTEN is not an address with a port")?,
            database_url: required("DATABASE_URL")?.into(),
            database_connections: number(get, "DATABASE_CONNECTIONS", 20)?,
            valkey_url: required("VALKEY_URL")?.into(),
            objects: objects(get)?,
            public_origin: get("PUBLIC_ORIGIN")
                .unwrap_or_else(|| "http://127.0.0.1:3000".to_owned())
                .trim_end_matches('/')
                .to_owned(),
            session_kid: required("SESSION_SIGNING_KEY_ID")?,
            session_key: SigningKey::from_bytes(&session_seed),
            service_keys: KeyRing::parse(&required("SERVICE_KEYS")?).context("SERVICE_KEYS")?,
            content_key_seeds: SeedRing::parse(&required("CONTENT_KEY_SEEDS")?)
                .context("CONTENT_KEY_SEEDS")?,
            kid_seed: KidSeed::parse(&required("KID_SEED")?).context("KID_SEED")?,
            cookie_secure: on_unless_false(get, "COOKIE_SECURE")?,
            copy_first: on_unless_false(get, "COPY_FIRST")?,
            limits: Limits {
                task_lease: task_lease(get)?,
                ..Limits::default()
            },
            prices: Prices::read(get)?,
            task_queue: task_queue(get)?,
        })
    }
}

/// `TASK_LEASE_S`: short enough that a lost worker's task is soon taken over, long enough for several heartbeats to fail.
fn task_lease(get: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<Duration> {
    let seconds = number(get, "TASK_LEASE_S", 30)?;
    ensure!(
        (2..=3600).contains(&seconds),
        "TASK_LEASE_S is not 2 to 3600 seconds"
    );
    Ok(Duration::from_secs(seconds.into()))
}

/// `TASK_QUEUE_URL`, `TASK_QUEUE_AHEAD` and `TASK_QUEUE_KINDS`.
fn task_queue(get: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<Option<QueueConfig>> {
    let Some(url) = get("TASK_QUEUE_URL") else {
        return Ok(None);
    };
    ensure!(
        get("OBJECTS_URL").is_some_and(|objects| objects.starts_with("s3://")),
        "TASK_QUEUE_URL needs OBJECTS_URL=s3://bucket: functions can't reach a folder"
    );
    Ok(Some(QueueConfig {
        url: url.parse().context("TASK_QUEUE_URL is not a URL")?,
        ahead: number(get, "TASK_QUEUE_AHEAD", 400)?,
        kinds: task_queue_kinds(get)?,
    }))
}

/// `TASK_QUEUE_KINDS`: names with commas between them; all kinds when absent.
fn task_queue_kinds(get: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<Vec<TaskKind>> {
    let Some(names) = get("TASK_QUEUE_KINDS") else {
        return Ok(TaskKind::ALL.to_vec());
    };
    let kind = |name: &str| {
        let mut kinds = TaskKind::ALL.into_iter();
        kinds
            .find(|kind| kind.as_str() == name)
            .with_context(|| format!("TASK_QUEUE_KINDS: there is no task kind {name}"))
    };
    names.split(',').map(|name| kind(name.trim())).collect()
}

/// The prices alone, for the subcommands that show costs.
pub fn prices() -> anyhow::Result<Prices> {
    Prices::read(&environment)
}

/// `DATABASE_URL` alone, for the subcommands that need nothing else.
pub fn database_url() -> anyhow::Result<SecretString> {
    Ok(environment("DATABASE_URL")
        .context("DATABASE_URL is not set")?
        .into())
}

/// `OBJECTS_URL` and its companions alone.
pub fn objects_settings() -> anyhow::Result<ObjectsConfig> {
    objects(&environment)
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Json,
    Text,
}

/// `LOG` (an env-filter) and `LOG_FORMAT`.
pub fn logging() -> anyhow::Result<(String, LogFormat)> {
    let format = match environment("LOG_FORMAT").as_deref() {
        None | Some("text") => LogFormat::Text,
        Some("json") => LogFormat::Json,
        Some(_) => bail!("LOG_FORMAT is neither json nor text"),
    };
    Ok((
        environment("LOG").unwrap_or_else(|| "info".to_owned()),
        format,
    ))
}

/// One variable of the process environment, for the binary's `main` and its subcommands.
#[expect(clippy::disallowed_methods, reason = "this is where settings are read")]
pub fn environment(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn objects(get: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<ObjectsConfig> {
    let url = get("OBJECTS_URL").context("OBJECTS_URL is not set")?;
    if let Some(path) = url.strip_prefix("file://") {
        ensure!(
            path.starts_with('/'),
            "OBJECTS_URL: file:// needs an absolute path"
        );
        return Ok(ObjectsConfig::Folder(path.into()));
    }
    let bucket = url
        .strip_prefix("s3://")
        .context("OBJECTS_URL is neither file:///… nor s3://bucket")?;
    Ok(ObjectsConfig::S3 {
        bucket: bucket.trim_end_matches('/').to_owned(),
        endpoint: get("S3_ENDPOINT"),
        region: get("S3_REGION").unwrap_or_else(|| "us-east-1".to_owned()),
        access_key_id: get("S3_ACCESS_KEY_ID").map(Into::into),
        secret_access_key: get("S3_SECRET_ACCESS_KEY").map(Into::into),
    })
}

fn on_unless_false(get: &dyn Fn(&str) -> Option<String>, name: &str) -> anyhow::Result<bool> {
    match get(name).as_deref() {
        None | Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => bail!("{name} is neither true nor false"),
    }
}

fn number(get: &dyn Fn(&str) -> Option<String>, name: &str, default: u32) -> anyhow::Result<u32> {
    get(name).map_or(Ok(default), |text| {
        text.parse()
            .with_context(|| format!("{name} is not a number"))
    })
}

/// 32 bytes in hexadecimal. The error never holds the text: it may be most of a key.
fn hex32(text: &str) -> anyhow::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes)
        .ok()
        .context("is not 64 hexadecimal digits")?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn settings() -> HashMap<&'static str, String> {
        HashMap::from([
            ("DATABASE_URL", "postgres://localhost/marquee".to_owned()),
            ("VALKEY_URL", "redis://localhost".to_owned()),
            ("OBJECTS_URL", "file:///var/lib/marquee".to_owned()),
            ("SESSION_SIGNING_KEY", HEX.to_owned()),
            ("SESSION_SIGNING_KEY_ID", "s1".to_owned()),
            ("SERVICE_KEYS", format!("a:{HEX}")),
            ("CONTENT_KEY_SEEDS", format!("1:{HEX}")),
            ("KID_SEED", HEX.to_owned()),
        ])
    }

    fn read(settings: &HashMap<&'static str, String>) -> anyhow::Result<Config> {
        Config::read(&|name| settings.get(name).cloned())
    }

    #[test]
    fn functions_are_told_of_every_kind_of_task_or_of_those_that_are_named() {
        let mut settings = settings();
        settings.insert("OBJECTS_URL", "s3://films".to_owned());
        settings.insert("TASK_QUEUE_URL", "https://queue.example/1/tasks".to_owned());
        let kinds = |settings: &_| read(settings).map(|config| config.task_queue.unwrap().kinds);
        assert_eq!(kinds(&settings).unwrap(), TaskKind::ALL);
        settings.insert("TASK_QUEUE_KINDS", "probe, encode".to_owned());
        assert_eq!(
            kinds(&settings).unwrap(),
            [TaskKind::Probe, TaskKind::Encode]
        );
        settings.insert("TASK_QUEUE_KINDS", "probe,bake".to_owned());
        let error = kinds(&settings).unwrap_err().to_string();
        assert!(error.contains("no task kind bake"), "{error}");
    }

    #[test]
    fn cookies_are_secure_unless_told_otherwise() {
        let mut settings = settings();
        assert!(read(&settings).unwrap().cookie_secure);
        settings.insert("COOKIE_SECURE", "false".to_owned());
        assert!(!read(&settings).unwrap().cookie_secure);
        settings.insert("COOKIE_SECURE", "no".to_owned());
        assert!(read(&settings).is_err());
    }

    #[test]
    fn a_missing_setting_is_named_and_a_broken_key_is_not_printed() {
        for name in settings().keys() {
            let mut without = settings();
            without.remove(name);
            assert!(format!("{:#}", read(&without).unwrap_err()).contains(name));
        }
        let mut broken = settings();
        broken.insert("KID_SEED", HEX[2..].to_owned());
        let message = format!("{:#}", read(&broken).unwrap_err());
        assert!(
            message.contains("KID_SEED") && !message.contains("0405"),
            "{message}"
        );
    }

    #[test]
    fn debug_output_holds_no_secret() {
        let text = format!("{:?}", read(&settings()).unwrap());
        assert!(
            !text.contains("0405") && !text.contains("[0, 1, 2") && !text.contains("postgres://")
        );
    }
}
