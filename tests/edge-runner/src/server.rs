//! The listener: connections, the bound on requests, well-known paths, and one log line per request.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;

use crate::access::{self, AccessLogger, AccessWriter, Entry};
use crate::app::App;
use crate::body::{AnswerBody, CountedBody, answer_too_long, whole};
use crate::config::RunnerConfig;
use crate::manifest::{Manifest, StaticResponse};
use crate::request::{REQUEST_ID, absolute_uri, drop_hop_headers, identify};
use crate::routing::Target;

/// Paths that Spin answers itself.
const WELL_KNOWN: &str = "/.well-known/spin/";

/// Starts applications.
pub struct Runner;

/// A route that anybody may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicRoute {
    /// As written in the manifest.
    pub route: String,
    /// What answers it; none for a static response.
    pub component: Option<Arc<str>>,
    /// The component's description.
    pub description: Option<String>,
}

/// A running application. Dropping it stops it without waiting.
pub struct RunningEdge {
    /// Where it listens.
    pub addr: SocketAddr,
    /// What it answers.
    pub routes: Vec<PublicRoute>,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
    access_writer: AccessWriter,
}

impl Runner {
    /// Returns once requests are accepted. Needs a Tokio runtime; several applications may run in one process.
    pub async fn start(config: RunnerConfig) -> anyhow::Result<RunningEdge> {
        let config = config.restricted();
        std::fs::create_dir_all(&config.state_dir)
            .with_context(|| format!("cannot create {}", config.state_dir.display()))?;
        let listener = TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("cannot listen on {}", config.listen))?;
        let addr = listener.local_addr()?;
        let (log, access_writer) = access::start(config.access_log)?;
        let (turns, queue_timeout, drain_timeout) = (
            config.max_concurrency,
            config.queue_timeout,
            config.drain_timeout,
        );
        let building = tokio::task::spawn_blocking(move || {
            let app = App::build(&config)?;
            Ok((public_routes(&app, &config.manifest), app))
        });
        let (routes, app): (_, Arc<App>) = building.await.map_err(anyhow::Error::from).flatten()?;
        app.services
            .own_address
            .set(reachable(addr))
            .expect("set once");
        let turns = Arc::new(Semaphore::new(turns.clamp(1, Semaphore::MAX_PERMITS)));
        let front = Arc::new(Front {
            app,
            turns,
            queue_timeout,
            log,
        });
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(serve(listener, front, stopped, drain_timeout));
        Ok(RunningEdge {
            addr,
            routes,
            stop: Some(stop),
            serving,
            access_writer,
        })
    }
}

impl RunningEdge {
    /// Accepts nothing more, and returns when running requests have ended or the drain timeout has passed.
    pub async fn shutdown(mut self) {
        drop(self.stop.take());
        if let Err(failed) = self.serving.await {
            tracing::error!("the server failed: {failed}");
        }
        let writer = self.access_writer;
        let _ = tokio::task::spawn_blocking(move || writer.finish()).await;
    }
}

fn public_routes(app: &App, manifest: &Manifest) -> Vec<PublicRoute> {
    let describe =
        |component: &Arc<str>| manifest.components.get(&**component)?.description.clone();
    let routes = app.router.routes().into_iter();
    let public = routes.map(|(route, component)| PublicRoute {
        route,
        description: component.as_ref().and_then(describe),
        component,
    });
    public.collect()
}

/// A listener on every interface is called through the loopback one.
fn reachable(mut addr: SocketAddr) -> SocketAddr {
    if addr.ip().is_unspecified() {
        addr.set_ip(if addr.is_ipv4() {
            [127, 0, 0, 1].into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        });
    }
    addr
}

/// What a connection needs.
struct Front {
    app: Arc<App>,
    turns: Arc<Semaphore>,
    queue_timeout: Duration,
    log: AccessLogger,
}

async fn serve(
    listener: TcpListener,
    front: Arc<Front>,
    mut stopped: oneshot::Receiver<()>,
    drain_timeout: Duration,
) {
    let connections = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener) => accepted,
            _ = &mut stopped => break, // sent, or its owner is gone
        };
        let (stream, client) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, or the client left already. A pause lets connections end.
                tracing::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            }
        };
        let service = service_fn({
            let front = Arc::clone(&front);
            move |request| {
                let front = Arc::clone(&front);
                async move { Ok::<_, Infallible>(front.answer(request, client).await) }
            }
        });
        let http = Builder::new(TokioExecutor::new());
        let connection = connections.watch(
            http.serve_connection(TokioIo::new(stream), service)
                .into_owned(),
        );
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!("a connection ended early: {error}");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(drain_timeout, connections.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("stopped before every request had ended");
    }
    front.app.services.stopping.store(true, Relaxed);
}

/// Spin leaves Nagle's algorithm on, and an answer in two segments then waits 40 ms for the client's delayed ACK.
async fn accept(listener: &TcpListener) -> std::io::Result<(TcpStream, SocketAddr)> {
    let (stream, client) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, client))
}

impl Front {
    async fn answer(&self, request: Request<Incoming>, client: SocketAddr) -> Response<AnswerBody> {
        let started = Instant::now();
        let (mut head, body) = request.into_parts();
        let request_id = identify(&mut head.headers);
        let (method, path) = (head.method.clone(), head.uri.path().to_owned());
        let (component, mut response) = self.route(Request::from_parts(head, body), client).await;
        response
            .headers_mut()
            .insert(REQUEST_ID, request_id.clone());
        self.log.log(Entry {
            method,
            path,
            status: response.status(),
            duration: started.elapsed(),
            component,
            request_id,
        });
        response
    }

    async fn route(
        &self,
        request: Request<Incoming>,
        client: SocketAddr,
    ) -> (Option<Arc<str>>, Response<AnswerBody>) {
        let (mut head, body) = request.into_parts();
        drop_hop_headers(&mut head.headers);
        if let Some(name) = head.uri.path().strip_prefix(WELL_KNOWN) {
            return (None, self.well_known(name));
        }
        let Some(matched) = self.app.router.route(head.uri.path()) else {
            return (None, empty(StatusCode::NOT_FOUND));
        };
        let Some(uri) = absolute_uri(&head) else {
            return (None, empty(StatusCode::BAD_REQUEST));
        };
        head.uri = uri;
        let component = match &matched.target {
            Target::Static(fixed) => return (None, fixed_answer(fixed)),
            Target::Component(id) => Arc::clone(id),
        };
        let limit = self.app.services.limits.body_bytes;
        if declared_length(&head.headers).is_some_and(|length| length > limit) {
            return (Some(component), empty(StatusCode::PAYLOAD_TOO_LARGE));
        }
        let Ok(turn) =
            tokio::time::timeout(self.queue_timeout, Arc::clone(&self.turns).acquire_owned()).await
        else {
            return (Some(component), busy());
        };
        let body = body.map_err(|_| ErrorCode::HttpProtocolError);
        let body = CountedBody::new(body, limit, || ErrorCode::HttpRequestBodySize(None), None);
        let answer = self
            .app
            .call(
                &component,
                &matched,
                Request::from_parts(head, body),
                client,
            )
            .await;
        let answer = answer.expect("a route leads only to declared components");
        if declared_length(answer.headers()).is_some_and(|length| length > limit) {
            tracing::error!(%component, "{}", answer_too_long());
            return (Some(component), empty(StatusCode::INTERNAL_SERVER_ERROR));
        }
        let answer = answer
            .map(|body| CountedBody::new(body, limit, answer_too_long, turn.ok()).boxed_unsync());
        (Some(component), answer)
    }

    fn well_known(&self, name: &str) -> Response<AnswerBody> {
        match name {
            "health" => Response::new(whole("OK")),
            "info" => {
                let application = &self.app.application;
                let info =
                    serde_json::json!({ "name": application.name, "version": application.version });
                let mut answer = Response::new(whole(info.to_string()));
                answer.headers_mut().insert(
                    header::CONTENT_TYPE,
                    HeaderValue::from_static("application/json"),
                );
                answer
            }
            _ => empty(StatusCode::NOT_FOUND),
        }
    }
}

fn declared_length(headers: &http::HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

fn empty(status: StatusCode) -> Response<AnswerBody> {
    let mut answer = Response::new(whole(""));
    *answer.status_mut() = status;
    answer
}

/// Spin would take the request and slow everybody down; a client is told to come back instead.
fn busy() -> Response<AnswerBody> {
    let mut answer = empty(StatusCode::SERVICE_UNAVAILABLE);
    answer
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    answer
}

fn fixed_answer(fixed: &StaticResponse) -> Response<AnswerBody> {
    let mut answer = Response::builder().status(fixed.status_code.unwrap_or(200));
    for (name, value) in &fixed.headers {
        answer = answer.header(name, value);
    }
    let body = whole(fixed.body.clone().unwrap_or_default());
    answer
        .body(body)
        .unwrap_or_else(|_| empty(StatusCode::INTERNAL_SERVER_ERROR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_accepted_connection_sends_without_waiting_for_an_acknowledgement() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let connecting = TcpStream::connect(listener.local_addr().expect("bound"));
        let (accepted, connected) = tokio::join!(accept(&listener), connecting);
        connected.expect("connected");
        assert!(accepted.expect("accepted").0.nodelay().expect("a socket"));
    }
}
