//! Instances of one component: how they are made, how long each lives, how many requests it takes.

use std::pin::Pin;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::time::Sleep;
use wasmtime::component::GuestTaskId;
use wasmtime::{Engine, Store, StoreContextMut, format_err};
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, Proxy, ShouldAccept, ViewFn, WorkerExpiration, WorkerState,
    WorkerStatus,
};
use wasmtime_wasi_http::p3::WasiHttpView;
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::app::App;
use crate::host::{Grants, Host, Services};

/// Spin's default.
const IDLE_TIMEOUT: Duration = Duration::from_secs(1);

/// How instances are shared and when they end.
#[derive(Clone, Copy)]
pub(crate) struct Lifetime {
    pub(crate) reuse: usize,
    pub(crate) concurrent_reuse: usize,
    pub(crate) request_timeout: Duration,
}

/// Makes instances of one component.
pub(crate) struct InstanceMaker {
    pub(crate) engine: Engine,
    pub(crate) service: ServicePre<Host>,
    pub(crate) grants: Arc<Grants>,
    pub(crate) services: Arc<Services>,
    pub(crate) app: Weak<App>,
    pub(crate) lifetime: Lifetime,
}

impl HandlerState for InstanceMaker {
    type StoreData = Host;
    type WorkerExpiration = Expiration;
    type WorkerState = Requests;

    async fn instantiate(&self) -> wasmtime::Result<Instance<Host, Expiration, Requests>> {
        let mut store = Store::new(
            &self.engine,
            Host::new(&self.grants, &self.services, &self.app)?,
        );
        store.limiter(|host| &mut host.memory);
        // Guest code gives way at each tick. That lets `Expiration` be asked while a guest computes without end.
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        let made = tokio::time::timeout(
            self.lifetime.request_timeout,
            self.service.instantiate_async(&mut store),
        )
        .await;
        let service =
            made.map_err(|_| format_err!("instantiation took longer than a request may"))??;
        Ok(Instance {
            store,
            proxy: Proxy::P3(service),
            view: ViewFn::P3(WasiHttpView::http),
            expiration: Expiration {
                request_timeout: self.lifetime.request_timeout,
                sleep: Box::pin(tokio::time::sleep(IDLE_TIMEOUT)),
            },
            state: Requests {
                grants: Arc::clone(&self.grants),
                services: Arc::clone(&self.services),
                lifetime: self.lifetime,
            },
        })
    }
}

/// Ends an instance that is idle, or whose youngest request is overdue.
pub(crate) struct Expiration {
    request_timeout: Duration,
    sleep: Pin<Box<Sleep>>,
}

impl WorkerExpiration for Expiration {
    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        status: WorkerStatus,
        since: Instant,
    ) -> Poll<()> {
        let limit = match status {
            WorkerStatus::Idle => IDLE_TIMEOUT,
            WorkerStatus::Requests | WorkerStatus::PostReturn => self.request_timeout,
        };
        let deadline = (since + limit).into();
        if self.sleep.deadline() != deadline {
            self.sleep.as_mut().reset(deadline);
        }
        self.sleep.as_mut().poll(context)
    }
}

/// The requests of one instance.
pub(crate) struct Requests {
    grants: Arc<Grants>,
    services: Arc<Services>,
    lifetime: Lifetime,
}

impl WorkerState for Requests {
    type StoreData = Host;
    type RequestId = ();

    fn should_accept_request(&self, concurrent: usize, total: usize) -> ShouldAccept {
        if total >= self.lifetime.reuse {
            ShouldAccept::Never
        } else if concurrent >= self.lifetime.concurrent_reuse {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        _store: StoreContextMut<'_, Host>,
        _request: (),
        _task: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        Box::pin(tokio::time::sleep(self.lifetime.request_timeout))
    }

    fn drop(&self, store: Store<Host>, result: wasmtime::Result<()>) {
        drop(store);
        if let Err(error) = result
            && !self.services.stopping.load(Relaxed)
        {
            tracing::error!(component = %self.grants.component, reason = %error.root_cause(), "an instance failed");
            tracing::debug!(component = %self.grants.component, "{error:?}");
        }
    }
}
