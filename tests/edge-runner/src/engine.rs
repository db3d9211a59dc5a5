//! The Wasmtime engine and the compiled components.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use wasmtime::component::Component;
use wasmtime::{
    Cache, CacheConfig, Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig,
};

use crate::config::RunnerConfig;

/// How often running guest code gives way, so that its deadline is looked at.
const EPOCH: Duration = Duration::from_millis(10);
/// Spin's default number of pool slots.
const MAX_INSTANCES: u32 = 1000;

/// An engine with pooled instances, or without where the address space for them is refused.
pub(crate) fn engine(config: &RunnerConfig) -> anyhow::Result<Engine> {
    let folder = std::path::absolute(config.state_dir.join("compiled"))?;
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    let mut cache = CacheConfig::new();
    cache.with_directory(folder);
    let mut settings = Config::new();
    settings
        .wasm_component_model(true)
        .wasm_component_model_async(true)
        .epoch_interruption(true);
    settings.cache(Some(Cache::new(cache)?));
    settings.allocation_strategy(pool(config));
    let engine = Engine::new(&settings).or_else(|refused| {
        tracing::warn!(error = %refused.root_cause(), "instances are not pooled: their address space was refused");
        settings.allocation_strategy(InstanceAllocationStrategy::OnDemand);
        Engine::new(&settings)
    })?;
    tick(&engine)?;
    Ok(engine)
}

fn pool(config: &RunnerConfig) -> InstanceAllocationStrategy {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(MAX_INSTANCES)
        .total_core_instances(MAX_INSTANCES * 4)
        .total_memories(MAX_INSTANCES)
        .total_tables(MAX_INSTANCES * 2)
        .total_stacks(MAX_INSTANCES)
        .max_core_instance_size(10 << 20)
        .table_elements(100_000)
        .max_memory_size(config.max_memory_bytes)
        .linear_memory_keep_resident(2 << 20)
        .table_keep_resident(512 << 10);
    InstanceAllocationStrategy::Pooling(pool)
}

/// One ticker for the engine; it ends with it.
fn tick(engine: &Engine) -> std::io::Result<()> {
    let engine = engine.weak();
    let run = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(EPOCH);
        }
    };
    std::thread::Builder::new()
        .name("epoch".to_owned())
        .spawn(run)
        .map(drop)
}

/// Compiles, or takes the result of an earlier start from the cache.
pub(crate) fn compile(engine: &Engine, path: &Path) -> anyhow::Result<Component> {
    let wasm = std::fs::read(path)
        .with_context(|| format!("cannot read {}: is it built?", path.display()))?;
    Component::new(engine, wasm)
        .map_err(anyhow::Error::from)
        .with_context(|| format!("{} is not a component", path.display()))
}
