//! `stack ctl`: asks a running stack to stop, start or kill one part. Tests of what still works when something is down
//! use it, and so can a person.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};

use crate::settings::CtlSettings;
use crate::terminal;

/// Where a running stack listens for requests, and what proves that the asker may (`control.json`, owner only).
#[derive(Serialize, Deserialize)]
struct Address {
    port: u16,
    token: String,
}

/// One request, and where its answer goes.
pub(crate) struct Request {
    pub(crate) words: Vec<String>,
    pub(crate) answer: oneshot::Sender<Result<String>>,
}

/// Opens the control port.
pub(crate) async fn listen(state_dir: &Path, token: &str) -> Result<mpsc::Receiver<Request>> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = Address {
        port: listener.local_addr()?.port(),
        token: token.to_owned(),
    };
    let path = state_dir.join("control.json");
    std::fs::write(&path, serde_json::to_vec(&address)?)?;
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let (requests, received) = mpsc::channel(8);
    let token = token.to_owned();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer_one(stream, token.clone(), requests.clone()));
        }
    });
    Ok(received)
}

async fn answer_one(
    mut stream: TcpStream,
    token: String,
    requests: mpsc::Sender<Request>,
) -> Option<()> {
    let (reader, mut writer) = stream.split();
    let mut line = String::new();
    BufReader::new(reader).read_line(&mut line).await.ok()?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let reply = if words.next().as_deref() == Some(token.as_str()) {
        let (answer, answered) = oneshot::channel();
        requests
            .send(Request {
                words: words.collect(),
                answer,
            })
            .await
            .ok()?;
        match answered.await.ok()? {
            Ok(text) => format!("ok {text}\n"),
            Err(failure) => format!("error {failure:#}\n"),
        }
    } else {
        "error not allowed\n".to_owned()
    };
    writer.write_all(reply.as_bytes()).await.ok()
}

/// The client side.
pub(crate) async fn send(settings: &CtlSettings) -> Result<()> {
    let path = settings.state_dir.join("control.json");
    let text = std::fs::read(&path).with_context(|| {
        format!(
            "no stack runs from {}; start one with `make up`",
            settings.state_dir.display()
        )
    })?;
    let address: Address = serde_json::from_slice(&text)?;
    let mut stream = TcpStream::connect(("127.0.0.1", address.port))
        .await
        .context("the stack is not running; start it with `make up`")?;
    stream
        .write_all(format!("{} {}\n", address.token, settings.words.join(" ")).as_bytes())
        .await?;
    let mut reply = String::new();
    BufReader::new(stream).read_line(&mut reply).await?;
    match reply.trim_end().split_once(' ') {
        Some(("ok", text)) => {
            terminal::result(text);
            Ok(())
        }
        Some((_, text)) => bail!("{text}"),
        None => bail!("the stack gave no answer"),
    }
}
