//! The host side of a component instance: what it was granted, and the interfaces it imports.

mod http;
mod key_value;
mod outbound;
mod redis;
mod variables;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock, Weak};

use tempfile::TempDir;
use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime::{Engine, StoreLimits, StoreLimitsBuilder};
use wasmtime_wasi::{DirPerms, FilePerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::WasiHttpCtx;
use wasmtime_wasi_http::p3::{self, WasiHttpCtxView, WasiHttpView};

use crate::allow_list::AllowList;
use crate::app::App;
use crate::config::Limits;

pub(crate) use self::key_value::{KeyValue, Sqlite, Valkey};
pub(crate) use self::outbound::{OutboundClient, client as outbound_client};

mod bindings {
    wasmtime::component::bindgen!({
        world: "runner",
        path: "wit",
        imports: { default: trappable },
        with: {
            "spin:key-value/key-value.store": crate::host::key_value::OpenStore,
            "spin:redis/redis.connection": crate::host::redis::OpenConnection,
        },
    });
}

/// What the manifest grants one component.
pub(crate) struct Grants {
    pub(crate) component: Arc<str>,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) key_value_stores: BTreeSet<String>,
    pub(crate) allow_list: AllowList,
    pub(crate) environment: Vec<(String, String)>,
    /// Holds the mounted files for as long as the component runs.
    pub(crate) files: Option<TempDir>,
}

/// What all components share.
pub(crate) struct Services {
    pub(crate) key_value: KeyValue,
    pub(crate) outbound: OutboundClient,
    pub(crate) limits: Limits,
    pub(crate) max_memory_bytes: usize,
    /// Set once the listener is bound; requests to `self.alt` go there.
    pub(crate) own_address: OnceLock<SocketAddr>,
    /// Instances that end from now on are not worth a log line.
    pub(crate) stopping: AtomicBool,
}

/// The data of one instance's store.
pub(crate) struct Host {
    table: ResourceTable,
    wasi: WasiCtx,
    http_context: WasiHttpCtx,
    hooks: http::OutboundHooks,
    pub(crate) memory: StoreLimits,
    grants: Arc<Grants>,
    services: Arc<Services>,
    open_stores: usize,
    open_connections: usize,
}

impl Host {
    pub(crate) fn new(
        grants: &Arc<Grants>,
        services: &Arc<Services>,
        app: &Weak<App>,
    ) -> wasmtime::Result<Self> {
        let mut wasi = WasiCtxBuilder::new();
        wasi.inherit_stdout()
            .inherit_stderr()
            .envs(&grants.environment);
        if let Some(files) = &grants.files {
            wasi.preopened_dir(files.path(), "/", DirPerms::READ, FilePerms::READ)?;
        }
        Ok(Self {
            table: ResourceTable::new(),
            wasi: wasi.build(),
            http_context: WasiHttpCtx::new(),
            hooks: http::OutboundHooks::new(
                Arc::clone(grants),
                Arc::clone(services),
                Weak::clone(app),
            ),
            memory: StoreLimitsBuilder::new()
                .memory_size(services.max_memory_bytes)
                .build(),
            grants: Arc::clone(grants),
            services: Arc::clone(services),
            open_stores: 0,
            open_connections: 0,
        })
    }
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for Host {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http_context,
            table: &mut self.table,
            hooks: &mut self.hooks,
        }
    }
}

/// How generated code reaches a [`Host`].
pub(crate) struct HostData;

impl HasData for HostData {
    type Data<'a> = &'a mut Host;
}

/// Everything a component may import.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<Host>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?; // the standard library of wasm32-wasip2
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    p3::add_to_linker(&mut linker)?;
    bindings::Runner::add_to_linker::<_, HostData>(&mut linker, |host| host)?;
    Ok(linker)
}
