//! Starts what the tests need: the fixture under a manifest, an origin, a Redis server.

use std::convert::Infallible;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use edge_runner::{Manifest, Runner, RunnerConfig, RunningEdge};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tempfile::TempDir;
use tokio::net::TcpListener;

pub(crate) type Body = UnsyncBoxBody<Bytes, Infallible>;

pub(crate) fn body(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).boxed_unsync()
}

/// The fixture component, built once.
pub(crate) fn fixture() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .parent()
            .expect("a folder in the target folder");
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/fixture/Cargo.toml");
        let built = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--release",
                "--target",
                "wasm32-wasip2",
                "--manifest-path",
                manifest,
                "--target-dir",
            ])
            .arg(target)
            .status()
            .expect("cargo runs");
        assert!(built.success(), "the fixture builds");
        target.join("wasm32-wasip2/release/fixture.wasm")
    })
}

/// A manifest whose `fixture` component answers everything below `/`, with `rest` in its table.
pub(crate) fn manifest(rest: &str) -> String {
    format!(
        "spin_manifest_version = 2\n[application]\nname = \"test\"\nversion = \"1.2.3\"\n\
         [[trigger.http]]\nroute = \"/...\"\ncomponent = \"fixture\"\n\
         [component.fixture]\nsource = \"{}\"\n{rest}\n",
        fixture().display()
    )
}

pub(crate) struct Edge {
    pub(crate) running: RunningEdge,
    client: Client<HttpConnector, Body>,
    /// Kept as long as the edge runs.
    state: Option<TempDir>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Edge {
    pub(crate) async fn start(manifest: &str) -> Self {
        Self::with(manifest, |_| {}).await
    }

    pub(crate) async fn with(manifest: &str, change: impl FnOnce(&mut RunnerConfig)) -> Self {
        let state = TempDir::new().expect("a folder");
        // Compiled once for all tests.
        let compiled = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
        std::fs::create_dir_all(&compiled).expect("a folder");
        std::os::unix::fs::symlink(compiled, state.path().join("compiled")).expect("linked");
        let mut edge = Self::try_start(manifest, state.path(), change)
            .await
            .expect("it starts");
        edge.state = Some(state);
        edge
    }

    pub(crate) async fn try_start(
        manifest: &str,
        state: &Path,
        change: impl FnOnce(&mut RunnerConfig),
    ) -> anyhow::Result<Self> {
        let mut config = RunnerConfig::new(Manifest::parse(manifest, state)?, state);
        change(&mut config);
        let running = Runner::start(config).await?;
        Ok(Self {
            running,
            client: Client::builder(TokioExecutor::new()).build_http(),
            state: None,
        })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.running.addr)
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Response<Incoming> {
        self.client.request(request).await.expect("an answer")
    }

    pub(crate) async fn answer(&self, request: Request<Body>) -> Answer {
        let (head, body) = self.send(request).await.into_parts();
        let bytes = body.collect().await.expect("a whole body").to_bytes();
        Answer {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    pub(crate) async fn request(
        &self,
        method: &str,
        path: &str,
        content: impl Into<Bytes>,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(self.url(path))
            .body(body(content))
            .expect("a request");
        self.answer(request).await
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let answer = self.request("GET", path, "").await;
        (answer.status.as_u16(), answer.text)
    }
}

/// An HTTP server that the component may call.
pub(crate) struct Origin {
    pub(crate) addr: SocketAddr,
    pub(crate) connections: Arc<AtomicUsize>,
}

impl Origin {
    pub(crate) async fn start<F, R>(answer: F) -> Self
    where
        F: Fn(Request<Incoming>) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Response<Body>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("bound");
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                count.fetch_add(1, Relaxed);
                let answer = answer.clone();
                let service = service_fn(move |request| {
                    let answering = answer(request);
                    async move { Ok::<_, Infallible>(answering.await) }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Self { addr, connections }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }
}

/// A Redis server of its own; it ends with the test.
pub(crate) struct Redis {
    pub(crate) url: String,
    process: Child,
}

impl Redis {
    pub(crate) fn start() -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0")
            .expect("a free port")
            .local_addr()
            .expect("bound")
            .port();
        let mut process = Command::new("redis-server")
            .args([
                "--port",
                &free.to_string(),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
            ])
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-server is installed");
        let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let ready = lines.any(|line| {
            line.is_ok_and(|line| {
                line.to_ascii_lowercase()
                    .contains("ready to accept connections")
            })
        });
        assert!(ready, "redis-server starts");
        // The rest of its log must be read, or it would block on a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            url: format!("redis://127.0.0.1:{free}"),
            process,
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
