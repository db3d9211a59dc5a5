//! The recipes of Marquee's own processes: which program, which settings.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::Recipe;
use crate::secrets::Secrets;
use crate::settings::{EdgeHost, UpSettings};

/// What a person must see of a part that reports every request: the log file has the rest.
fn is_trouble(line: &str) -> bool {
    line.contains(" WARN ") || line.contains("ERROR")
}

/// A part of an upload may take as long as this to arrive.
const LONGEST_REQUEST: &str = "10m";

/// Everything the parts must know of each other.
pub(crate) struct Wiring {
    pub(crate) settings: UpSettings,
    pub(crate) state_dir: PathBuf,
    pub(crate) secrets: Secrets,
    pub(crate) database_url: String,
    pub(crate) valkey_url: String,
    pub(crate) origin_port: u16,
    pub(crate) objects_port: u16,
}

impl Wiring {
    pub(crate) fn public_origin(&self) -> String {
        format!("http://{}", self.settings.listen)
    }

    pub(crate) fn origin_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.origin_port)
    }

    pub(crate) fn object_folder(&self) -> PathBuf {
        self.state_dir.join("objects")
    }

    /// A command of the origin binary: `serve`, `migrate`, `ingest`, `admin`.
    pub(crate) fn origin(&self, name: &'static str, arguments: &[&str]) -> Result<Recipe> {
        let mut recipe = Recipe::new(name, self.program("origin")?)
            .env("DATABASE_URL", &self.database_url)
            .env("VALKEY_URL", &self.valkey_url)
            .env("ORIGIN_LISTEN", format!("127.0.0.1:{}", self.origin_port))
            .env("PUBLIC_ORIGIN", self.public_origin())
            .env("SESSION_SIGNING_KEY", &self.secrets.session_signing_key)
            .env("SESSION_SIGNING_KEY_ID", "session1")
            .env("LOG_FORMAT", "text")
            .env("NO_COLOR", "1");
        recipe.shown = is_trouble;
        recipe = self.with_keys_and_objects(recipe);
        for argument in arguments {
            recipe = recipe.argument(*argument);
        }
        Ok(recipe)
    }

    /// Origin's settings as a file for `tests/stack/origin.sh`, for this machine's owner only.
    pub(crate) fn write_origin_settings(&self) -> Result<()> {
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;
        let recipe = self.origin("origin", &[])?;
        let path = self.state_dir.join("origin.env");
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)?;
        for (name, value) in &recipe.environment {
            writeln!(file, "{name}='{}'", value.replace('\'', "'\\''"))?;
        }
        Ok(())
    }

    pub(crate) fn worker(&self) -> Result<Recipe> {
        let scratch = self.state_dir.join("scratch");
        std::fs::create_dir_all(&scratch)?;
        let mut recipe = Recipe::new("worker", self.program("transcode-worker")?)
            .env("ORIGIN_URL", self.origin_url())
            .env("WORK_DIR", text(&scratch)?)
            .env("LOG_FORMAT", "text")
            .env("NO_COLOR", "1");
        recipe.shown = is_trouble;
        Ok(self
            .with_tools(self.with_keys_and_objects(recipe))?
            .env("LOG_FORMAT", "text"))
    }

    /// Writes the sample films; see `transcode samples --help`.
    pub(crate) fn samples(&self, folder: &Path) -> Result<Recipe> {
        let recipe = Recipe::new("samples", self.program("transcode")?)
            .argument("samples")
            .argument(text(folder)?);
        self.with_tools(recipe)
    }

    pub(crate) fn edge(&self, host: EdgeHost) -> Result<Recipe> {
        let edge_state = self.state_dir.join("edge");
        std::fs::create_dir_all(&edge_state)?;
        let listen = self.settings.listen.to_string();
        let (program, before) = match host {
            EdgeHost::Runner => (
                self.program("edge-runner")?,
                &["--manifest", "spin.toml"][..],
            ),
            EdgeHost::Spin => (PathBuf::from("spin"), &["up", "--from", "spin.toml"][..]),
        };
        let mut recipe = Recipe::new("edge", program);
        // One line a request, but not our own question how far the films are.
        recipe.shown =
            |line| !(line.contains("/api/admin/content/") && line.contains("/status 200 "));
        for argument in before {
            recipe = recipe.argument(*argument);
        }
        let recipe = recipe
            .argument("--listen")
            .argument(listen)
            .argument("--state-dir")
            .argument(text(&edge_state)?)
            .argument("--request-timeout")
            .argument(LONGEST_REQUEST);
        Ok(self.edge_variables(recipe))
    }

    fn edge_variables(&self, recipe: Recipe) -> Recipe {
        let s3 = &self.settings.s3;
        let (objects_url, objects_path, key_id, secret) = match (&s3.endpoint, &s3.bucket) {
            (Some(endpoint), Some(bucket)) => (
                endpoint.trim_end_matches('/').to_owned(),
                format!("/{bucket}"),
                s3.access_key_id.clone().unwrap_or_default(),
                s3.secret_access_key.clone().unwrap_or_default(),
            ),
            _ => (
                format!("http://127.0.0.1:{}", self.objects_port),
                String::new(),
                String::new(),
                String::new(),
            ),
        };
        let (valkey_url, valkey_auth) = split_credentials(&self.valkey_url);
        recipe
            .env("SPIN_VARIABLE_PUBLIC_ORIGIN", self.public_origin())
            .env("SPIN_VARIABLE_ORIGIN_URL", self.origin_url())
            .env("SPIN_VARIABLE_VALKEY_URL", valkey_url)
            .env("SPIN_VARIABLE_VALKEY_AUTH", valkey_auth)
            .env("SPIN_VARIABLE_OBJECTS_URL", objects_url)
            .env("SPIN_VARIABLE_OBJECTS_PATH", objects_path)
            .env("SPIN_VARIABLE_OBJECTS_TOKEN", &self.secrets.objects_token)
            .env("SPIN_VARIABLE_S3_REGION", &s3.region)
            .env("SPIN_VARIABLE_S3_ACCESS_KEY_ID", key_id)
            .env("SPIN_VARIABLE_S3_SECRET_ACCESS_KEY", secret)
            .env("SPIN_VARIABLE_SERVICE_KEYS", &self.secrets.service_keys)
            .env("SPIN_VARIABLE_PLAYBACK_KEYS", &self.secrets.playback_keys)
            .env(
                "SPIN_VARIABLE_CONTENT_KEY_SEEDS",
                &self.secrets.content_key_seeds,
            )
            .env("SPIN_VARIABLE_KID_SEED", &self.secrets.kid_seed)
    }

    fn with_keys_and_objects(&self, recipe: Recipe) -> Recipe {
        let s3 = &self.settings.s3;
        let recipe = recipe
            .env("SERVICE_KEYS", &self.secrets.service_keys)
            .env("CONTENT_KEY_SEEDS", &self.secrets.content_key_seeds)
            .env("KID_SEED", &self.secrets.kid_seed);
        match (
            &s3.endpoint,
            &s3.bucket,
            &s3.access_key_id,
            &s3.secret_access_key,
        ) {
            (Some(endpoint), Some(bucket), Some(key_id), Some(secret)) => recipe
                .env("OBJECTS_URL", format!("s3://{bucket}"))
                .env("S3_ENDPOINT", endpoint)
                .env("S3_REGION", &s3.region)
                .env("S3_ACCESS_KEY_ID", key_id)
                .env("S3_SECRET_ACCESS_KEY", secret),
            _ => recipe.env(
                "OBJECTS_URL",
                format!("file://{}", self.object_folder().display()),
            ),
        }
    }

    fn with_tools(&self, recipe: Recipe) -> Result<Recipe> {
        let tools = std::path::absolute(&self.settings.tools_dir)?;
        Ok(recipe
            .env("FFMPEG", text(&tools.join("ffmpeg"))?)
            .env("FFPROBE", text(&tools.join("ffprobe"))?)
            .env("PACKAGER", text(&tools.join("packager"))?))
    }

    fn program(&self, name: &str) -> Result<PathBuf> {
        let path = std::path::absolute(self.settings.bin_dir.join(name))?;
        if !path.exists() {
            bail!("{} is not built; run `make build`", path.display());
        }
        Ok(path)
    }
}

/// The edge's allow-lists take no credentials, so they travel beside the address: `redis://user:password@host:port`.
fn split_credentials(url: &str) -> (String, String) {
    match url
        .split_once("://")
        .and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?)))
    {
        Some((scheme, (credentials, host))) => {
            (format!("{scheme}://{host}"), credentials.to_owned())
        }
        None => (url.to_owned(), String::new()),
    }
}

fn text(path: &Path) -> Result<&str> {
    path.to_str()
        .context("the state folder's path must be valid UTF-8")
}

/// What was asked for, or Spin where a version is installed that can run our components (4.1 is the first with the
/// final WASI 0.3).
pub(crate) fn choose_edge_host(asked: Option<EdgeHost>) -> Result<EdgeHost> {
    let version = spin_version();
    match (asked, version) {
        (Some(EdgeHost::Spin), None) => bail!(
            "EDGE=spin was asked for and there is no `spin` on PATH; install Spin 4.1 or newer, or leave EDGE out"
        ),
        (Some(EdgeHost::Spin), Some(found)) if found < (4, 1) => {
            bail!(
                "Spin {}.{} can't run these components; install Spin 4.1 or newer, or leave EDGE out",
                found.0,
                found.1
            )
        }
        (Some(EdgeHost::Spin), Some(_)) => Ok(EdgeHost::Spin),
        (None, Some(found)) if found >= (4, 1) => Ok(EdgeHost::Spin),
        (Some(EdgeHost::Runner) | None, _) => Ok(EdgeHost::Runner),
    }
}

/// `spin --version` prints `spin 4.1.0 (…)`.
fn spin_version() -> Option<(u32, u32)> {
    let output = Command::new("spin").arg("--version").output().ok()?;
    parse_version(std::str::from_utf8(&output.stdout).ok()?)
}

fn parse_version(line: &str) -> Option<(u32, u32)> {
    let mut numbers = line.split_whitespace().nth(1)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::{parse_version, split_credentials};

    #[test]
    fn spins_version_is_read_from_its_own_line_with_or_without_a_prerelease() {
        assert_eq!(
            parse_version("spin 4.1.0-pre0 (94a8fc8 2026-08-21)"),
            Some((4, 1))
        );
        assert_eq!(parse_version("spin 3.6.3 (abc 2026-05-01)"), Some((3, 6)));
        assert_eq!(parse_version("something else"), None);
    }

    #[test]
    fn credentials_are_kept_out_of_the_address_that_the_edge_is_allowed_to_call() {
        let split = |url| split_credentials(url);
        assert_eq!(
            split("redis://127.0.0.1:6379"),
            ("redis://127.0.0.1:6379".to_owned(), String::new())
        );
        assert_eq!(
            split("rediss://edge:s3c@ret@cache:6379"),
            ("rediss://cache:6379".to_owned(), "edge:s3c@ret".to_owned())
        );
    }
}
