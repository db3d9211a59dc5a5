//! The two sides: how to sign in, and what one request of each route is.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use serde_json::{Value, json};

#[derive(Clone, Copy)]
pub(crate) enum Route {
    Session,
    Manifest,
    Progress,
}

impl Route {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Manifest => "manifest",
            Self::Progress => "progress",
        }
    }
}

#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) authority: String,
    content_id: String,
    duration_s: u64,
    /// Proves who is watching: the session.
    viewer: (&'static str, String),
    /// Proves that this title may be played.
    player: (&'static str, String),
    started_ms: u64,
}

impl Target {
    /// The `number`-th request: positions and times move on, as a player's do.
    pub(crate) fn request(&self, route: Route, number: u64) -> Result<Request<Full<Bytes>>> {
        let (method, path, body, proof) = match route {
            Route::Session => (
                Method::POST,
                format!("/api/stream/{}/session", self.content_id),
                Some(json!({})),
                &self.viewer,
            ),
            Route::Manifest => (
                Method::GET,
                format!("/api/stream/{}/master.m3u8", self.content_id),
                None,
                &self.player,
            ),
            Route::Progress => (
                Method::POST,
                "/api/watch/progress".to_owned(),
                Some(self.position(number)),
                &self.viewer,
            ),
        };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", &self.authority)
            .header(proof.0, &proof.1);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        Ok(request.body(Full::new(
            body.map(|json| Bytes::from(json.to_string()))
                .unwrap_or_default(),
        ))?)
    }

    fn position(&self, number: u64) -> Value {
        json!({
            "contentId": self.content_id,
            "position": 1 + number % (self.duration_s / 2).max(1),
            "duration": self.duration_s,
            "clientTimestamp": self.started_ms + number,
        })
    }
}

/// Signs in to Marquee as a native client does, selects the first profile and opens the newest film.
pub(crate) async fn marquee(base: &str, username: &str, password: &str) -> Result<Target> {
    let client = client()?;
    let post = async |path: String, body: Value, token: Option<&str>| -> Result<Value> {
        let mut request = client.post(format!("{base}{path}")).json(&body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        Ok(request.send().await?.error_for_status()?.json().await?)
    };
    let login = post(
        "/api/auth/login".into(),
        json!({ "username": username, "password": password, "delivery": "bearer" }),
        None,
    )
    .await?;
    let access = text(&login, "/accessToken")?;
    let profile = text(&login, "/profiles/0/id")?;
    let selected = post(
        format!("/api/profiles/{profile}/select"),
        json!({}),
        Some(&access),
    )
    .await?;
    let session = text(&selected, "/token")?;
    let listing: Value = client
        .get(format!("{base}/api/content"))
        .bearer_auth(&session)
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    let content_id = text(&listing, "/items/0/id")?;
    let opened = post(
        format!("/api/stream/{content_id}/session"),
        json!({}),
        Some(&session),
    )
    .await?;
    Ok(Target {
        name: "edge",
        authority: authority(base),
        content_id,
        duration_s: listing
            .pointer("/items/0/duration")
            .and_then(Value::as_f64)
            .context("a film has a duration")? as u64,
        viewer: ("authorization", format!("Bearer {session}")),
        player: (
            "authorization",
            format!("Bearer {}", text(&opened, "/playbackToken")?),
        ),
        started_ms: now_ms()?,
    })
}

/// Signs in to the peer: its session cookie is all it asks for.
pub(crate) async fn peer(base: &str) -> Result<Target> {
    let profile = "0190a000-0000-7000-8000-0000000000bb";
    let answer = client()?
        .post(format!("{base}/api/auth/login"))
        .json(&json!({ "profileId": profile }))
        .send()
        .await?
        .error_for_status()?;
    let cookie = answer
        .headers()
        .get("set-cookie")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .context("the peer sets a session cookie")?
        .to_owned();
    Ok(Target {
        name: "node",
        authority: authority(base),
        content_id: "0190a000-0000-7000-8000-000000000001".to_owned(),
        duration_s: 24,
        viewer: ("cookie", cookie.clone()),
        player: ("cookie", cookie),
        started_ms: now_ms()?,
    })
}

fn client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .build()?)
}

fn authority(base: &str) -> String {
    base.trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned()
}

fn text(value: &Value, pointer: &str) -> Result<String> {
    Ok(value
        .pointer(pointer)
        .and_then(Value::as_str)
        .with_context(|| format!("the answer has no {pointer}"))?
        .to_owned())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a load generator's entry point: positions carry the client's real time"
)]
fn now_ms() -> Result<u64> {
    Ok(u64::try_from(
        SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis(),
    )?)
}
