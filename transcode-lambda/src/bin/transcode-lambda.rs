//! The AWS Lambda function: the same tasks, announced by SQS.

use std::{ffi::OsString, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use clap::Parser;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use transcode_lambda::{
    config::{EngineArgs, LogArgs},
    lambda::{Batch, Function, Times, handle},
    origin::Origin,
    secrets::SecretArgs,
};

#[derive(Parser)]
#[command(
    about = "Does Marquee's transcode tasks in AWS Lambda. All settings come from the environment",
    after_help = "The keys are settings (SERVICE_KEYS, CONTENT_KEY_SEEDS, KID_SEED), or members of the secret that SECRETS_ARN names."
)]
struct Cli {
    /// Origin's address
    #[arg(long, env = "ORIGIN_URL")]
    origin_url: String,
    /// Keys of service tokens, `kid:hex[,kid:hex]`, the first signs
    #[arg(long, env = "SERVICE_KEYS", hide_env_values = true)]
    service_keys: String,
    /// Seconds kept before the deadline, for ending programs and reporting
    #[arg(long, env = "DEADLINE_RESERVE_S", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=300))]
    deadline_reserve_s: u64,
    /// With fewer seconds left before the reserve, no task is begun
    #[arg(long, env = "TASK_LEAST_S", default_value_t = 60, value_parser = clap::value_parser!(u64).range(0..=600))]
    task_least_s: u64,
    /// Name that administrators see; Lambda's log stream
    #[arg(long, env = "AWS_LAMBDA_LOG_STREAM_NAME", default_value = "lambda")]
    worker_id: String,
    #[command(flatten)]
    secrets: SecretArgs,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    log: LogArgs,
}

/// Only what is needed to read the secret: the rest can't be complete without it.
#[derive(Parser)]
#[command(ignore_errors = true, disable_help_flag = true)]
struct SecretCli {
    #[command(flatten)]
    secrets: SecretArgs,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let cli = settings().await?;
    cli.log.start();
    let function = Arc::new(Function {
        engine: cli.engine.open().await?,
        origin: Origin::new(&cli.origin_url, &cli.service_keys)?,
        worker_id: cli.worker_id.chars().take(100).collect(),
        times: Times {
            reserve: Duration::from_secs(cli.deadline_reserve_s),
            least: Duration::from_secs(cli.task_least_s),
        },
    });
    run(service_fn(move |event: LambdaEvent<Batch>| {
        let function = function.clone();
        async move {
            let deadline = event.context.deadline();
            Ok::<_, Error>(handle(function, event, || left(deadline)).await)
        }
    }))
    .await
}

/// The environment's settings, with the secret's members as if they had been given as arguments.
async fn settings() -> Result<Cli> {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    let asked = SecretCli::try_parse_from(&arguments).context("the settings of the secret")?;
    if let Some(secrets) = asked.secrets.read().await? {
        for (name, value) in [
            ("--service-keys", &secrets.service_keys),
            ("--content-key-seeds", &secrets.content_key_seeds),
            ("--kid-seed", &secrets.kid_seed),
        ] {
            arguments.push(name.into());
            arguments.push(value.as_str().into());
        }
    }
    Ok(Cli::try_parse_from(arguments).unwrap_or_else(|error| error.exit()))
}

#[expect(
    clippy::disallowed_methods,
    reason = "Lambda's deadline is a time of day"
)]
fn left(deadline: std::time::SystemTime) -> Duration {
    let now = std::time::SystemTime::now();
    deadline.duration_since(now).unwrap_or_default()
}
