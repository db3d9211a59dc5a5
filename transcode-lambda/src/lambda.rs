//! Tasks in AWS Lambda: an SQS batch of task messages, done one after the other before the deadline. Completion is reported
//! to origin as a worker does; only what could not even be reported goes back to the queue.

use std::{sync::Arc, time::Duration};

use lambda_runtime::LambdaEvent;
use serde::{Deserialize, Serialize};

use crate::{
    engine::{Engine, Signals},
    failure::Failure,
    origin::{Heard, Origin},
    task::Task,
    worker,
};

/// Kept in reserve for reporting when the time is nearly over.
const RESERVE: Duration = Duration::from_secs(20);

/// A lease lasts 30 s.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// What SQS hands over: only the members that we read.
#[derive(Debug, Deserialize)]
pub struct Batch {
    /// The messages.
    #[serde(rename = "Records")]
    pub records: Vec<Message>,
}

/// One message.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Its id, to name it in the answer.
    pub message_id: String,
    /// A [`Task`] in JSON.
    pub body: String,
}

/// The messages that SQS shall deliver again.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchAnswer {
    /// Empty when all is well.
    pub batch_item_failures: Vec<ItemFailure>,
}

/// One of them.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemFailure {
    /// The message's id.
    pub item_identifier: String,
}

/// What an invocation works with.
pub struct Function {
    /// Programs, objects, keys.
    pub engine: Engine,
    /// Where results are reported.
    pub origin: Origin,
}

/// How one task ended.
enum Ended {
    /// Origin knows.
    Reported,
    /// Origin doesn't: SQS delivers it again.
    Unreported,
}

/// Handles one batch. `left` tells the time that remains of the invocation.
pub async fn handle(
    function: Arc<Function>,
    event: LambdaEvent<Batch>,
    left: impl Fn() -> Duration,
) -> BatchAnswer {
    let mut answer = BatchAnswer::default();
    for message in event.payload.records {
        let task = match serde_json::from_str::<Task>(&message.body) {
            Ok(task) => task,
            Err(error) => {
                // Delivered again until the queue's own dead-letter rule takes it: nobody can be told whose task it was.
                tracing::error!(message.id = message.message_id, %error, "a message is no task");
                answer.batch_item_failures.push(ItemFailure {
                    item_identifier: message.message_id,
                });
                continue;
            }
        };
        match function.work(&task, left().saturating_sub(RESERVE)).await {
            Ended::Reported => {}
            Ended::Unreported => answer.batch_item_failures.push(ItemFailure {
                item_identifier: message.message_id,
            }),
        }
    }
    answer
}

impl Function {
    async fn work(&self, task: &Task, time: Duration) -> Ended {
        // Says whether the message is still current: SQS delivers more than once, and a task may have moved on.
        match self
            .origin
            .heartbeat(task, &crate::engine::Progress::default(), &[])
            .await
        {
            Ok(Heard::Continue) => {}
            Ok(Heard::Stop) => return Ended::Reported,
            Err(error) => {
                tracing::warn!(task.id = %task.id, error = format!("{error:#}"), "origin can't be asked");
                return Ended::Unreported;
            }
        }
        let signals = Signals::unwatched();
        let outcome = tokio::select! {
            outcome = worker::perform(&self.engine, task, &signals) => outcome,
            () = self.beat(task, &signals) => return Ended::Reported,
            () = tokio::time::sleep(time) => {
                signals.cancel.cancel();
                Err(Failure::deadline())
            }
        };
        let reported = match &outcome {
            Ok(result) => self.origin.complete(task, result).await,
            Err(failure) => self.origin.fail(task, failure).await,
        };
        match reported {
            Ok(_) => Ended::Reported,
            Err(error) => {
                tracing::error!(task.id = %task.id, error = format!("{error:#}"), "a task could not be reported");
                Ended::Unreported
            }
        }
    }

    /// Ends when origin wants the task no more.
    async fn beat(&self, task: &Task, signals: &Signals) {
        loop {
            tokio::time::sleep(HEARTBEAT).await;
            let progress = signals.progress.borrow().clone();
            if let Ok(Heard::Stop) = self.origin.heartbeat(task, &progress, &[]).await {
                signals.cancel.cancel();
                return;
            }
        }
    }
}
