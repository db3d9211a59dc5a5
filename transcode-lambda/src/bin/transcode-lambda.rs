//! The AWS Lambda function: the same tasks, delivered by SQS.

use std::{sync::Arc, time::Duration};

use clap::Parser;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use transcode_lambda::{
    config::{EngineArgs, LogArgs},
    lambda::{Batch, Function, handle},
    origin::Origin,
};

#[derive(Parser)]
#[command(
    about = "Does Marquee's transcode tasks in AWS Lambda. All settings come from the environment"
)]
struct Cli {
    /// Origin's address
    #[arg(long, env = "ORIGIN_URL")]
    origin_url: String,
    /// Keys of service tokens, `kid:hex[,kid:hex]`, the first signs
    #[arg(long, env = "SERVICE_KEYS", hide_env_values = true)]
    service_keys: String,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    log: LogArgs,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let cli = Cli::parse();
    cli.log.start();
    let function = Arc::new(Function {
        engine: cli.engine.open().await?,
        origin: Origin::new(&cli.origin_url, &cli.service_keys)?,
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

#[expect(
    clippy::disallowed_methods,
    reason = "Lambda's deadline is a time of day"
)]
fn left(deadline: std::time::SystemTime) -> Duration {
    let now = std::time::SystemTime::now();
    deadline.duration_since(now).unwrap_or_default()
}
