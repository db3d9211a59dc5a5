//! The application: its routes and its components, and how a request reaches one of them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock, Weak};

use anyhow::Context as _;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use wasmtime::Engine;
use wasmtime_wasi_http::handler::{self, ProxyHandler, TrapOrPanicError};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::allow_list::AllowList;
use crate::body::{AnswerBody, whole};
use crate::config::{AKAMAI_LABEL, KeyValueBackend, RunnerConfig};
use crate::host::{self, Grants, Host, KeyValue, Services, Sqlite, Valkey, outbound_client};
use crate::manifest::{Answerer, Application, Manifest};
use crate::routing::{RouteMatch, Router};
use crate::variables::Variables;
use crate::worker::{InstanceMaker, Lifetime};
use crate::{engine, files};

/// A running application, apart from its listener.
pub(crate) struct App {
    pub(crate) router: Router,
    pub(crate) application: Application,
    pub(crate) services: Arc<Services>,
    components: BTreeMap<Arc<str>, ProxyHandler<InstanceMaker>>,
}

impl App {
    /// Resolves, checks and compiles everything: what can fail, fails here and not at the first request.
    pub(crate) fn build(config: &RunnerConfig) -> anyhow::Result<Arc<Self>> {
        let manifest = &config.manifest;
        let router = Router::build(manifest)?;
        let variables = Variables::resolve(&manifest.variables, &config.variables)?;
        if let Some(unknown) = config
            .variables
            .keys()
            .find(|name| !manifest.variables.contains_key(*name))
        {
            tracing::warn!("a value is given for `{unknown}`, which the manifest does not declare");
        }
        let grants = triggered(manifest)
            .into_iter()
            .map(|id| grants(config, &variables, id).with_context(|| format!("component `{id}`")))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let engine = engine::engine(config)?;
        let services = Arc::new(services(config)?);
        let compiled = compile(&engine, manifest, &grants)?;
        let lifetime = Lifetime {
            reuse: config.reuse.max(1),
            concurrent_reuse: config.concurrent_reuse.max(1),
            request_timeout: config.request_timeout,
        };
        Ok(Arc::new_cyclic(|app: &Weak<Self>| {
            let components = grants.into_iter().zip(compiled).map(|(grants, service)| {
                let id = Arc::clone(&grants.component);
                let maker = InstanceMaker {
                    engine: engine.clone(),
                    service,
                    grants: Arc::new(grants),
                    services: Arc::clone(&services),
                    app: Weak::clone(app),
                    lifetime,
                };
                (id, ProxyHandler::new(maker))
            });
            Self {
                router,
                application: manifest.application.clone(),
                components: components.collect(),
                services: Arc::clone(&services),
            }
        }))
    }

    /// Lets a component answer. `None` when there is no such component; a failure is an empty 500, as on Spin.
    pub(crate) async fn call<B>(
        &self,
        component: &str,
        matched: &RouteMatch,
        request: Request<B>,
        client: SocketAddr,
    ) -> Option<Response<AnswerBody>>
    where
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<handler::ErrorCode>,
    {
        let instances = self.components.get(component)?;
        let (mut head, body) = request.into_parts();
        if head
            .headers
            .values()
            .any(|value| std::str::from_utf8(value.as_bytes()).is_err())
        {
            tracing::error!(%component, reason = "a header is not UTF-8", "a request failed");
            return Some(failed());
        }
        matched.append_spin_headers(&mut head, client);
        let request = Request::from_parts(head, body.map_err(Into::into).boxed_unsync());
        Some(instances.handle((), request).await.unwrap_or_else(|error| {
            // A trap is logged where the instance ends, with its reason.
            if !error.is::<TrapOrPanicError>() {
                tracing::error!(%component, reason = %error.root_cause(), "a request failed");
            }
            failed()
        }))
    }
}

fn failed() -> Response<AnswerBody> {
    let mut failed = Response::new(whole(""));
    *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    failed
}

/// Only components behind a trigger can be reached, so only they are compiled.
fn triggered(manifest: &Manifest) -> BTreeSet<&str> {
    let named: Vec<String> = manifest
        .triggers()
        .filter_map(|(_, answerer)| match answerer {
            Answerer::Component(id) => Some(id),
            Answerer::Static(_) => None,
        })
        .collect();
    manifest
        .components
        .keys()
        .map(String::as_str)
        .filter(|id| named.iter().any(|name| name == id))
        .collect()
}

fn grants(config: &RunnerConfig, variables: &Variables, id: &str) -> anyhow::Result<Grants> {
    let manifest = &config.manifest;
    let component = &manifest.components[id];
    if config.strict
        && let Some(label) = component
            .key_value_stores
            .iter()
            .find(|label| *label != AKAMAI_LABEL)
    {
        anyhow::bail!(
            "strict: Akamai Functions has only the key-value label `{AKAMAI_LABEL}`, not `{label}`"
        );
    }
    Ok(Grants {
        component: id.into(),
        variables: variables.render_all(&component.variables)?,
        key_value_stores: component.key_value_stores.clone(),
        allow_list: AllowList::parse(
            &component.allowed_outbound_hosts,
            variables,
            &manifest.components.keys(),
        )?,
        environment: component.environment.clone().into_iter().collect(),
        files: files::mount(component, manifest.directory())?,
    })
}

fn services(config: &RunnerConfig) -> anyhow::Result<Services> {
    let key_value = match &config.key_value {
        KeyValueBackend::Sqlite => {
            KeyValue::Sqlite(Sqlite::open(&config.state_dir.join("sqlite_key_value.db"))?)
        }
        KeyValueBackend::Valkey { url } => {
            KeyValue::Valkey(Box::new(Valkey::new(url).context("the key-value URL")?))
        }
    };
    Ok(Services {
        key_value,
        outbound: outbound_client(),
        limits: config.limits(),
        max_memory_bytes: config.max_memory_bytes,
        own_address: OnceLock::new(),
        stopping: false.into(),
    })
}

/// One thread per component: the compiler's own threads leave a core idle at the end of each.
fn compile(
    engine: &Engine,
    manifest: &Manifest,
    grants: &[Grants],
) -> anyhow::Result<Vec<ServicePre<Host>>> {
    let linker = host::linker(engine)?;
    let prepare = |id: &str| -> anyhow::Result<ServicePre<Host>> {
        let path = manifest.source(&manifest.components[id]);
        let component = engine::compile(engine, &path)?;
        let ready = linker
            .instantiate_pre(&component)
            .map_err(anyhow::Error::from)
            .context("it imports what the runner does not offer")?;
        ServicePre::new(ready)
            .map_err(anyhow::Error::from)
            .context("it does not export wasi:http/handler@0.3.0")
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = grants
            .iter()
            .map(|grants| (grants, scope.spawn(|| prepare(&grants.component))))
            .collect();
        let join = |(grants, thread): (&Grants, std::thread::ScopedJoinHandle<'_, _>)| {
            let outcome: anyhow::Result<_> = thread.join().expect("compiling does not panic");
            outcome.with_context(|| format!("component `{}`", grants.component))
        };
        running.into_iter().map(join).collect()
    })
}
