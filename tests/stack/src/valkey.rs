//! A private Valkey (or Redis 7) in the state folder.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::process::Recipe;

/// The server, with the append-only file synced every second: at most one second of acknowledged positions is lost in
/// a crash of the machine.
pub(crate) fn server(state_dir: &Path, port: u16) -> Result<Recipe> {
    let data = state_dir.join("valkey");
    std::fs::create_dir_all(&data)?;
    let port = port.to_string();
    let data = data
        .to_str()
        .context("the state folder's path must be valid UTF-8")?;
    let mut recipe = Recipe::new("valkey", find_server()?);
    recipe.shown = |line| line.contains("rror") || line.contains("FATAL");
    for argument in [
        "--bind",
        "127.0.0.1",
        "--port",
        &port,
        "--dir",
        data,
        "--appendonly",
        "yes",
        "--appendfsync",
        "everysec",
        "--save",
        "",
        "--maxmemory-policy",
        "noeviction",
        "--daemonize",
        "no",
    ] {
        recipe = recipe.argument(argument);
    }
    Ok(recipe)
}

/// Waits until the server answers PING: it does not while it loads the append-only file.
pub(crate) async fn wait_until_ready(port: u16) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(30);
    while ping(port).await.is_err() {
        if Instant::now() > deadline {
            bail!(
                "Valkey did not become ready within 30 s; see logs/valkey.log in the state folder"
            );
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

async fn ping(port: u16) -> Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(b"PING\r\n").await?;
    let mut answer = [0; 5];
    stream.read_exact(&mut answer).await?;
    anyhow::ensure!(&answer == b"+PONG", "still loading");
    Ok(())
}

fn find_server() -> Result<PathBuf> {
    for name in ["valkey-server", "redis-server"] {
        for folder in ["/usr/bin", "/usr/local/bin", "/opt/valkey/bin"] {
            let path = Path::new(folder).join(name);
            if path.exists() {
                return Ok(path);
            }
        }
    }
    bail!(
        "Valkey is missing; install it (apt-get install valkey, or redis-server on Debian 12), or set VALKEY_URL to one that runs"
    )
}
