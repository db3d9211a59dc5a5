//! From the last uploaded byte to playable: a master goes through tus as the studio sends it, and somebody presses play
//! until a session starts, the playlists come and the first bytes of the film are there.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use clap::Args;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::{StackArgs, say};

/// As the studio's uploads are cut.
const CHUNK_BYTES: usize = 32 << 20;

/// A piece of a body on its way.
const PIECE_BYTES: usize = 64 << 10;

/// How often somebody presses play.
const PRESS: Duration = Duration::from_millis(20);

/// No master of a minute takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Args)]
pub(crate) struct PlayableArgs {
    #[command(flatten)]
    stack: StackArgs,
    /// The master
    master: PathBuf,
    /// Uploads, one after another
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    uploads: u16,
    /// The line's speed, Mbit/s
    #[arg(long, default_value_t = 400.0)]
    line_mbps: f64,
    /// Let each ladder be encoded beside the next upload, instead of cancelling it
    #[arg(long)]
    keep_ladders: bool,
}

pub(crate) async fn run(arguments: &PlayableArgs) -> Result<()> {
    let master = Bytes::from(
        std::fs::read(&arguments.master)
            .with_context(|| format!("{} can't be read", arguments.master.display()))?,
    );
    let operator = Operator::sign_in(&arguments.stack).await?;
    let mut seconds = Vec::new();
    for number in 1..=arguments.uploads {
        let title = format!("Playable {number}");
        let (content, sent) = operator
            .upload(&master, &title, arguments.line_mbps)
            .await?;
        operator.press_play(&content, sent).await?;
        seconds.push(sent.elapsed().as_secs_f64());
        if !arguments.keep_ladders {
            operator.cancel_ladder(&content).await?;
        }
    }
    seconds.sort_by(f64::total_cmp);
    let at = |share: f64| seconds[((seconds.len() - 1) as f64 * share).round() as usize];
    say(&format!(
        "{} uploads of {:.1} MB at {} Mbit/s; from the last byte sent to the first bytes of the film at a viewer:",
        seconds.len(),
        master.len() as f64 / 1e6,
        arguments.line_mbps
    ));
    say(&format!(
        "p50 {:.2} s   p95 {:.2} s   fastest {:.2} s   slowest {:.2} s",
        at(0.5),
        at(0.95),
        at(0.0),
        at(1.0)
    ));
    Ok(())
}

/// Who uploads, and watches.
struct Operator {
    client: Client,
    base: String,
    /// Of the account.
    access: String,
    /// Of its first profile.
    session: String,
}

impl Operator {
    async fn sign_in(stack: &StackArgs) -> Result<Self> {
        let client = Client::builder().timeout(PATIENCE).build()?;
        let base = stack.marquee.trim_end_matches('/').to_owned();
        let body =
            json!({"username": stack.username, "password": stack.password, "delivery": "bearer"});
        let login: Value = client
            .post(format!("{base}/api/auth/login"))
            .json(&body)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        let text = |value: &Value, pointer: &str| -> Result<String> {
            let found = value.pointer(pointer).and_then(Value::as_str);
            Ok(found
                .with_context(|| format!("the answer has no {pointer}"))?
                .to_owned())
        };
        let access = text(&login, "/accessToken")?;
        let profile = text(&login, "/profiles/0/id")?;
        let selected: Value = client
            .post(format!("{base}/api/profiles/{profile}/select"))
            .bearer_auth(&access)
            .json(&json!({}))
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        Ok(Self {
            session: text(&selected, "/token")?,
            client,
            base,
            access,
        })
    }

    /// Uploads a master as a new title. Returns the title, and when the last byte was handed to the network.
    async fn upload(
        &self,
        master: &Bytes,
        title: &str,
        line_mbps: f64,
    ) -> Result<(String, Instant)> {
        let metadata = format!(
            "title {},filename {}",
            STANDARD.encode(title),
            STANDARD.encode("master.mp4")
        );
        let created = self
            .client
            .post(format!("{}/api/admin/uploads", self.base))
            .bearer_auth(&self.access)
            .header("tus-resumable", "1.0.0")
            .header("upload-length", master.len())
            .header("upload-metadata", metadata)
            .send()
            .await?
            .error_for_status()?;
        let header = |name: &str| {
            let value = created.headers().get(name);
            value
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
                .with_context(|| format!("the upload's answer has no {name}"))
        };
        let (location, content) = (header("location")?, header("marquee-content-id")?);
        let mut sent = Instant::now();
        for offset in (0..master.len()).step_by(CHUNK_BYTES) {
            let chunk = master.slice(offset..master.len().min(offset + CHUNK_BYTES));
            sent = self.send(&location, offset, chunk, line_mbps).await?;
        }
        Ok((content, sent))
    }

    async fn send(
        &self,
        location: &str,
        offset: usize,
        chunk: Bytes,
        line_mbps: f64,
    ) -> Result<Instant> {
        let (told, when) = tokio::sync::oneshot::channel();
        let length = chunk.len();
        let body = paced(chunk, line_mbps, told);
        self.client
            .patch(format!("{}{location}", self.base))
            .bearer_auth(&self.access)
            .header("tus-resumable", "1.0.0")
            .header("upload-offset", offset)
            .header("content-type", "application/offset+octet-stream")
            .header("content-length", length)
            .body(reqwest::Body::wrap_stream(body))
            .send()
            .await?
            .error_for_status()?;
        when.await.context("the body was sent whole")
    }

    /// Presses play until the film comes.
    async fn press_play(&self, content: &str, since: Instant) -> Result<()> {
        let url = format!("{}/api/stream/{content}/session", self.base);
        loop {
            ensure!(
                since.elapsed() < PATIENCE,
                "{content} was not playable within {} s",
                PATIENCE.as_secs()
            );
            let pressed = self
                .client
                .post(&url)
                .bearer_auth(&self.session)
                .json(&json!({}));
            let answer = pressed.send().await?;
            match answer.status() {
                StatusCode::OK => return self.play(&answer.json().await?).await,
                StatusCode::CONFLICT | StatusCode::NOT_FOUND => tokio::time::sleep(PRESS).await,
                status => bail!("a session answers {status}: {}", answer.text().await?),
            }
        }
    }

    /// The playlists, and the beginning of the film: as a player begins.
    async fn play(&self, session: &Value) -> Result<()> {
        let token = session["playbackToken"]
            .as_str()
            .context("a session has a token")?;
        let manifest = session["manifestUrl"]
            .as_str()
            .context("a session has a manifest")?;
        let get = async |path: &str, range: Option<&str>| -> Result<String> {
            let mut request = self
                .client
                .get(format!("{}{path}", self.base))
                .bearer_auth(token);
            if let Some(range) = range {
                request = request.header("range", range);
            }
            let bytes = request.send().await?.error_for_status()?.bytes().await?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        let multivariant = get(manifest, None).await?;
        let variant = multivariant
            .lines()
            .find(|line| !line.is_empty() && !line.starts_with('#'));
        let variant = variant.context("the Multivariant Playlist lists a variant")?;
        let (folder, _) = manifest.rsplit_once('/').context("an absolute path")?;
        let playlist = get(&format!("{folder}/{variant}"), None).await?;
        let media = playlist.lines().find(|line| line.starts_with("/media/"));
        let media = media.context("a Media Playlist lists media")?;
        let bytes = get(media, Some("bytes=0-65535")).await?;
        ensure!(!bytes.is_empty(), "the film's first bytes are missing");
        let stop = format!("{}/api/stream/session", self.base);
        self.client
            .delete(stop)
            .bearer_auth(token)
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    /// The ladder behind the copy would keep the processors from the next upload.
    async fn cancel_ladder(&self, content: &str) -> Result<()> {
        let status: Value = self
            .client
            .get(format!("{}/api/admin/content/{content}/status", self.base))
            .bearer_auth(&self.access)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        ensure!(
            status["publishedVersion"] == 1 && status["job"]["version"] == 2,
            "the master was not copied: {}",
            status["job"]
        );
        let job = status["job"]["id"].as_str().context("a job has an id")?;
        self.client
            .post(format!("{}/api/admin/jobs/{job}/cancel", self.base))
            .bearer_auth(&self.access)
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }
}

/// A body at the speed of a line. `told` hears when its last piece left.
fn paced(
    chunk: Bytes,
    line_mbps: f64,
    told: tokio::sync::oneshot::Sender<Instant>,
) -> impl futures::Stream<Item = std::io::Result<Bytes>> + Send + 'static {
    let begun = Instant::now();
    futures::stream::unfold((0, Some(told)), move |(at, mut told)| {
        let chunk = chunk.clone();
        async move {
            if at >= chunk.len() {
                return None;
            }
            let due = Duration::from_secs_f64(at as f64 * 8.0 / (line_mbps * 1e6));
            tokio::time::sleep_until((begun + due).into()).await;
            let end = chunk.len().min(at + PIECE_BYTES);
            if end == chunk.len()
                && let Some(told) = told.take()
            {
                // Whoever waits for it waits for the answer first.
                let _ = told.send(Instant::now());
            }
            Some((Ok(chunk.slice(at..end)), (end, told)))
        }
    })
}
