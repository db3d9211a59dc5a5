//! The sample films: made with ffmpeg on this machine, ingested through the real pipeline, never twice. Seen only through
//! the public API, as an operator would.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::parts::Wiring;
use crate::{process, terminal};

/// Seconds without an answer after which a film is given up.
const PATIENCE: u32 = 600;

/// What `transcode samples` says of each film it can make (`manifest.json` beside the films).
#[derive(Deserialize)]
struct Film {
    file: String,
    title: String,
    description: String,
    year: u16,
    genres: Vec<String>,
    rating: String,
    maturity: u8,
}

/// Makes and ingests each film that is not in yet. Returns when the first is playable; the others follow behind.
pub(crate) async fn prepare(wiring: Arc<Wiring>) -> Result<()> {
    let folder = wiring.state_dir.join("films");
    std::fs::create_dir_all(&folder)?;
    let (first_playable, wait) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let mut first = Some(first_playable);
        if let Err(failure) = prepare_all(&wiring, &folder, &mut first).await {
            match first.take() {
                Some(channel) => drop(channel.send(Err(failure))),
                None => terminal::step(&format!("A sample film is missing: {failure:#}")),
            }
        }
    });
    wait.await.context("the sample films' task ended early")?
}

type FirstPlayable = Option<tokio::sync::oneshot::Sender<Result<()>>>;

async fn prepare_all(wiring: &Arc<Wiring>, folder: &Path, first: &mut FirstPlayable) -> Result<()> {
    let listing = wiring.samples(folder)?.argument("--list");
    let films: Vec<Film> = serde_json::from_str(&process::run(&listing).await?)
        .context("the list of sample films can't be read")?;
    let admin = Admin::new(wiring);
    let mut waiting = Vec::new();
    for film in films {
        let content_id = ingest(wiring, folder, &film).await?;
        let watch = tokio::spawn(wait_until_playable(admin.clone(), content_id, film.title));
        if let Some(channel) = first.take() {
            let outcome = watch.await.context("the watch over a film ended early")?;
            drop(channel.send(outcome));
        } else {
            waiting.push(watch);
        }
    }
    for watch in waiting {
        watch.await.context("the watch over a film ended early")??;
    }
    Ok(())
}

/// The content id of `film`, ingested now or in an earlier run: the marker is written as soon as the job is in the
/// database, since from there on the queue finishes it, also across restarts.
async fn ingest(wiring: &Wiring, folder: &Path, film: &Film) -> Result<String> {
    let marker = folder.join(format!("{}.ingested", film.file));
    if let Ok(content_id) = std::fs::read_to_string(&marker) {
        return Ok(content_id.trim().to_owned());
    }
    let file = make(wiring, folder, film).await?;
    let year = film.year.to_string();
    let maturity = film.maturity.to_string();
    let genres = film.genres.join(",");
    let file_text = file
        .to_str()
        .context("the state folder's path must be valid UTF-8")?;
    let command = wiring.origin(
        "ingest",
        &[
            "ingest",
            file_text,
            "--title",
            &film.title,
            "--description",
            &film.description,
            "--year",
            &year,
            "--genre",
            &genres,
            "--rating",
            &film.rating,
            "--maturity",
            &maturity,
            // A sample shows everything: pictures, subtitles, trick play. A copy would come sooner, without them.
            "--copy-first",
            "false",
            "--json",
        ],
    )?;
    let answer: Value = serde_json::from_str(process::run(&command).await?.trim())
        .context("`origin ingest --json` answered in another shape")?;
    let content_id = answer["contentId"]
        .as_str()
        .context("`origin ingest --json` names no contentId")?
        .to_owned();
    std::fs::write(marker, &content_id)?;
    Ok(content_id)
}

async fn make(wiring: &Wiring, folder: &Path, film: &Film) -> Result<PathBuf> {
    let path = folder.join(&film.file);
    if !path.exists() {
        terminal::step(&format!("Making the sample film \"{}\"", film.title));
        let making = wiring
            .samples(folder)?
            .argument("--only")
            .argument(&film.file);
        process::run_shown(&making).await?;
    }
    Ok(path)
}

async fn wait_until_playable(mut admin: Admin, content_id: String, title: String) -> Result<()> {
    let mut last_said = String::new();
    let mut unanswered = 0;
    loop {
        let status = match admin.status(&content_id).await {
            Ok(status) => status,
            // Origin may be stopped or starting again; the queue goes on behind it.
            Err(failure) if unanswered >= PATIENCE => return Err(failure),
            Err(_) => {
                unanswered += 1;
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        unanswered = 0;
        match status["status"].as_str() {
            Some("ready") => {
                if !last_said.is_empty() {
                    terminal::step(&format!("\"{title}\" is playable"));
                }
                return Ok(());
            }
            Some("error") => bail!("\"{title}\" was refused: {}", status["job"]["reasons"]),
            _ => {}
        }
        let percent = status["job"]["percent"].as_f64().unwrap_or(0.0);
        let stage = status["job"]["stage"]
            .as_str()
            .or(status["job"]["state"].as_str())
            .unwrap_or("queued");
        let saying = format!("\"{title}\": {stage}, {percent:.0} %");
        if saying != last_said {
            terminal::step(&saying);
            last_said = saying;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// The operator's view, through the edge, with the operator's own password.
#[derive(Clone)]
struct Admin {
    client: reqwest::Client,
    base: String,
    username: String,
    password: String,
    token: Option<String>,
}

impl Admin {
    fn new(wiring: &Wiring) -> Self {
        Self {
            client: reqwest::Client::builder()
                .timeout(Duration::from_secs(20))
                .build()
                .expect("a client without TLS settings can be built"),
            base: wiring.public_origin(),
            username: wiring.secrets.admin_username.clone(),
            password: wiring.secrets.admin_password.clone(),
            token: None,
        }
    }

    async fn status(&mut self, content_id: &str) -> Result<Value> {
        for _ in 0..2 {
            let token = match &self.token {
                Some(token) => token.clone(),
                None => self.sign_in().await?,
            };
            let url = format!("{}/api/admin/content/{content_id}/status", self.base);
            let answer = self.client.get(url).bearer_auth(token).send().await?;
            if answer.status() == StatusCode::UNAUTHORIZED {
                self.token = None;
                continue;
            }
            return Ok(answer.error_for_status()?.json().await?);
        }
        bail!("the edge refuses the operator's session")
    }

    async fn sign_in(&mut self) -> Result<String> {
        let body =
            json!({ "username": self.username, "password": self.password, "delivery": "bearer" });
        let answer = self
            .client
            .post(format!("{}/api/auth/login", self.base))
            .json(&body)
            .send()
            .await?;
        let answer: Value = answer
            .error_for_status()
            .context("the operator can't sign in")?
            .json()
            .await?;
        let token = answer["accessToken"]
            .as_str()
            .context("the sign-in gave no token")?
            .to_owned();
        self.token = Some(token.clone());
        Ok(token)
    }
}
