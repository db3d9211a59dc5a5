//! Origin over HTTP: tasks come from it, and go back to it done or failed.

use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};
use reqwest::{Client, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::{
    ids::TaskId,
    token::{
        KeyRing,
        service::{self, Issuer, ServiceClaims},
    },
};
use url::Url;

use crate::{engine::Progress, failure::Failure, task::Task};

/// An answer to anything but a waiting lease takes no longer.
const PATIENCE: Duration = Duration::from_secs(15);

/// A finished task is reported this often before it is left to the lease's end.
const REPORTS: u32 = 8;

/// A task is handed back this often: whoever stops us doesn't wait for long, and the lease's end does the same later.
const RELEASES: u32 = 3;

/// Origin, as a worker sees it.
pub struct Origin {
    base: Url,
    http: Client,
    keys: KeyRing,
}

/// What came of asking for one task.
#[derive(Clone, Debug)]
pub enum Claim {
    /// It is ours.
    Leased(Box<Task>),
    /// There is nothing to do: somebody has it, it has ended, or its time has not come.
    Stale,
}

/// What a heartbeat heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Go on.
    Continue,
    /// The job was cancelled, or somebody else has the task now.
    Stop,
}

/// The answer to a heartbeat.
#[derive(Deserialize)]
struct HeartbeatAnswer {
    cancel: bool,
}

/// What a heartbeat says.
#[derive(Serialize)]
struct Beat<'a> {
    attempt: u32,
    #[serde(flatten)]
    progress: &'a Progress,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    log: &'a [String],
}

impl Origin {
    /// Origin at that address, called with tokens of these keys.
    pub fn new(base: &str, service_keys: &str) -> Result<Self> {
        let base = Url::parse(base).context("ORIGIN_URL is not a URL")?;
        if !matches!(base.scheme(), "http" | "https") {
            bail!(
                "ORIGIN_URL has scheme {}: use http:// or https://",
                base.scheme()
            );
        }
        Ok(Self {
            base,
            http: Client::builder()
                .connect_timeout(Duration::from_secs(5))
                .build()?,
            keys: KeyRing::parse(service_keys).context("SERVICE_KEYS can't be used")?,
        })
    }

    /// Asks for a task of these kinds and waits up to `wait` for one.
    pub async fn lease(
        &self,
        worker_id: &str,
        kinds: &[String],
        wait: Duration,
    ) -> Result<Option<Task>> {
        let body = json!({"workerId": worker_id, "kinds": kinds, "waitS": wait.as_secs()});
        let response = self
            .post("internal/tasks/lease", &body, wait + PATIENCE)
            .await?;
        match response.status() {
            StatusCode::OK => Ok(Some(response.json().await.context("a leased task")?)),
            StatusCode::NO_CONTENT => Ok(None),
            status => bail!("origin answers {status} to a request for work"),
        }
    }

    /// Asks for this very task.
    pub async fn claim(&self, task: TaskId, worker_id: &str) -> Result<Claim> {
        let path = format!("internal/tasks/{task}/lease");
        let body = json!({"workerId": worker_id});
        let response = self.post(&path, &body, PATIENCE).await?;
        match response.status() {
            StatusCode::OK => {
                let task = response.json().await.context("a leased task")?;
                Ok(Claim::Leased(Box::new(task)))
            }
            StatusCode::CONFLICT | StatusCode::NOT_FOUND => Ok(Claim::Stale),
            status => bail!("origin answers {status} to a request for a task"),
        }
    }

    /// Says that a task is alive. Without an answer in time the lease may be lost, which the next beat tells.
    pub async fn heartbeat(
        &self,
        task: &Task,
        progress: &Progress,
        log: &[String],
    ) -> Result<Heard> {
        let beat = Beat {
            attempt: task.attempt,
            progress,
            log,
        };
        let path = format!("internal/tasks/{}/heartbeat", task.id);
        let response = self.post(&path, &beat, PATIENCE).await?;
        match response.status() {
            StatusCode::OK => {
                let answer: HeartbeatAnswer = response.json().await?;
                Ok(if answer.cancel {
                    Heard::Stop
                } else {
                    Heard::Continue
                })
            }
            StatusCode::CONFLICT | StatusCode::NOT_FOUND => Ok(Heard::Stop),
            status => bail!("origin answers {status} to a heartbeat"),
        }
    }

    /// Reports a result. `false` when the lease was lost meanwhile: then the work was somebody else's, with the same bytes.
    pub async fn complete(&self, task: &Task, result: &Value) -> Result<bool> {
        let body = json!({"attempt": task.attempt, "result": result});
        let path = format!("internal/tasks/{}/complete", task.id);
        self.report(&path, &body, REPORTS).await
    }

    /// Reports a failure.
    pub async fn fail(&self, task: &Task, failure: &Failure) -> Result<bool> {
        let body = json!({"attempt": task.attempt, "reasons": failure.reasons, "retryable": failure.retryable, "report": failure.report});
        let path = format!("internal/tasks/{}/fail", task.id);
        self.report(&path, &body, REPORTS).await
    }

    /// Hands a task back, as the worker stops.
    pub async fn release(&self, task: &Task, why: &Failure) -> Result<bool> {
        let body = json!({"attempt": task.attempt, "reasons": why.reasons});
        let path = format!("internal/tasks/{}/release", task.id);
        self.report(&path, &body, RELEASES).await
    }

    /// Tries until origin has heard it: hours of encoding are not thrown away for a restart of origin.
    async fn report(&self, path: &str, body: &Value, attempts: u32) -> Result<bool> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let problem = match self.post(path, body, PATIENCE).await {
                Ok(response) if response.status().is_success() => return Ok(true),
                Ok(response) => match response.status() {
                    StatusCode::CONFLICT | StatusCode::NOT_FOUND => return Ok(false),
                    status if status.is_client_error() => {
                        bail!("origin answers {status} to a report")
                    }
                    status => format!("origin answers {status} to a report"),
                },
                Err(error) => format!("{error:#}"),
            };
            if attempt == attempts {
                bail!("{problem}, {attempt} times");
            }
            tracing::warn!(problem, "a report is repeated");
            tokio::time::sleep(Duration::from_millis(250 << attempt.min(5))).await;
        }
    }

    async fn post(
        &self,
        path: &str,
        body: &impl Serialize,
        patience: Duration,
    ) -> Result<reqwest::Response> {
        let claims = ServiceClaims::new(Issuer::Worker, now_s());
        let token = service::sign(&claims, &self.keys);
        let response = self
            .http
            .post(self.base.join(path)?)
            .header("x-service-authorization", format!("Bearer {token}"))
            .timeout(patience)
            .json(body)
            .send()
            .await
            .context("origin can't be reached")?;
        Ok(response)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a service token is made where it is used, and lives for a minute"
)]
fn now_s() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
