//! A private PostgreSQL cluster in the state folder, from the installed binaries.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use nix::unistd::{Uid, User};

use crate::process::{self, Recipe};

/// A cluster in a folder.
pub struct Cluster {
    data: PathBuf,
    bin: PathBuf,
    port: u16,
    password: String,
    privileges: Vec<String>,
}

impl Cluster {
    /// The cluster of that state folder, whether it is there already or not.
    pub fn new(state_dir: &Path, password: &str, port: u16) -> Result<Self> {
        Ok(Self {
            data: state_dir.join("postgres"),
            bin: find_binaries()?,
            port,
            password: password.to_owned(),
            privileges: if Uid::effective().is_root() {
                as_postgres_user()?
            } else {
                Vec::new()
            },
        })
    }

    /// How a database of it is reached.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres://marquee:{}@127.0.0.1:{}/{database}",
            self.password, self.port
        )
    }

    /// Makes the cluster when there is none. A half-made one (killed during `initdb`) is made again.
    pub async fn initialise(&self) -> Result<()> {
        let made = self.data.join("marquee-ready");
        if made.exists() {
            return Ok(());
        }
        if self.data.exists() {
            std::fs::remove_dir_all(&self.data)
                .context("a half-made database folder can't be removed")?;
        }
        std::fs::create_dir_all(&self.data)?;
        let password_file = self.data.with_extension("password");
        std::fs::write(&password_file, &self.password)?;
        if Uid::effective().is_root() {
            let owner = postgres_user()?;
            for path in [&self.data, &password_file] {
                std::os::unix::fs::chown(path, Some(owner.uid.as_raw()), Some(owner.gid.as_raw()))?;
            }
        }
        let arguments = [
            "--username=marquee",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--data-checksums",
        ];
        let mut initdb = self
            .recipe("initdb")
            .argument("-D")
            .argument(text(&self.data)?);
        for argument in arguments {
            initdb = initdb.argument(argument);
        }
        let outcome =
            process::run(&initdb.argument(format!("--pwfile={}", text(&password_file)?))).await;
        std::fs::remove_file(&password_file)?;
        outcome.context("PostgreSQL's folder can't be made")?;
        std::fs::write(made, "")?;
        Ok(())
    }

    /// The server in the foreground. SIGINT is PostgreSQL's fast shutdown.
    pub fn server(&self) -> Result<Recipe> {
        let mut recipe = self
            .recipe("postgres")
            .argument("-D")
            .argument(text(&self.data)?);
        recipe.stop_signal = Signal::SIGINT;
        recipe.shown = |line| {
            [" ERROR: ", " FATAL: ", " PANIC: ", " WARNING: "]
                .iter()
                .any(|level| line.contains(level))
        };
        for setting in [
            format!("port={}", self.port),
            "listen_addresses=127.0.0.1".to_owned(),
            "unix_socket_directories=".to_owned(),
            "max_connections=100".to_owned(),
            "log_line_prefix=%m [%p] %a ".to_owned(),
        ] {
            recipe = recipe.argument("-c").argument(setting);
        }
        Ok(recipe)
    }

    /// Waits until it answers.
    pub async fn wait_until_ready(&self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.is_ready().await {
            if Instant::now() > deadline {
                bail!(
                    "PostgreSQL did not become ready within 60 s; see logs/postgres.log in the state folder"
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Makes database `name` when there is none.
    pub async fn create_database(&self, name: &str) -> Result<()> {
        let exists = format!("SELECT 1 FROM pg_database WHERE datname = '{name}'");
        if self.query("postgres", &exists).await?.is_empty() {
            self.query("postgres", &format!("CREATE DATABASE {name}"))
                .await?;
        }
        Ok(())
    }

    /// Runs SQL and returns its rows as text: columns separated by `|`, one row a line.
    pub async fn query(&self, database: &str, sql: &str) -> Result<String> {
        let psql = self
            .recipe("psql")
            .argument(self.url(database))
            .argument("-XAtqc")
            .argument(sql.to_owned());
        Ok(process::run(&psql).await?.trim_end().to_owned())
    }

    /// Whether it answers now.
    pub async fn is_ready(&self) -> bool {
        process::run(&self.readiness()).await.is_ok()
    }

    fn readiness(&self) -> Recipe {
        self.recipe("pg_isready")
            .argument("-q")
            .argument("-h")
            .argument("127.0.0.1")
            .argument("-p")
            .argument(self.port.to_string())
    }

    fn recipe(&self, program: &'static str) -> Recipe {
        let mut recipe = Recipe::new(program, self.bin.join(program));
        recipe.privileges.clone_from(&self.privileges);
        recipe
    }
}

fn text(path: &Path) -> Result<String> {
    Ok(path
        .to_str()
        .context("the state folder's path must be valid UTF-8")?
        .to_owned())
}

/// Debian keeps the server binaries out of PATH, one folder a version: the newest wins.
fn find_binaries() -> Result<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    versions.sort();
    if let Some((_, bin)) = versions.pop() {
        return Ok(bin);
    }
    for folder in ["/usr/bin", "/usr/local/bin", "/usr/local/pgsql/bin"] {
        if Path::new(folder).join("initdb").exists() {
            return Ok(folder.into());
        }
    }
    bail!(
        "PostgreSQL's server is missing; install it (apt-get install postgresql), or set DATABASE_URL to one that runs"
    )
}

fn postgres_user() -> Result<User> {
    User::from_name("postgres")?.context("PostgreSQL refuses to run as root and there is no user `postgres`; run Marquee as an ordinary user")
}

/// Root hands the server to the user `postgres`, who may still pass through the folders above the cluster (a clone in
/// root's home, say): that is all that the kept capability is for.
fn as_postgres_user() -> Result<Vec<String>> {
    let user = postgres_user()?;
    Ok(vec![
        format!("--reuid={}", user.uid),
        format!("--regid={}", user.gid),
        "--init-groups".to_owned(),
        "--inh-caps=-all,+dac_override".to_owned(),
        "--ambient-caps=-all,+dac_override".to_owned(),
    ])
}
