//! Tasks in AWS Lambda. SQS delivers tickets: each names a task, which is leased from origin when its turn comes. So a ticket that is
//! delivered twice does nothing the second time, and one that comes late finds the task done or taken.
//!
//! What becomes of a task is always between us and origin, as in a container: done, failed, or handed back before the deadline, and then
//! origin announces it again, at once or after its back-off. Only tickets that could not even be begun go back to SQS
//! (`batchItemFailures`): origin was out of reach, or the time left was too short.

use std::{sync::Arc, time::Duration};

use lambda_runtime::LambdaEvent;
use serde::{Deserialize, Serialize};
use shared::ids::TaskId;

use crate::{
    attempt::{self, Desk, Ended, GivenUp},
    engine::Engine,
    origin::{Claim, Origin},
};

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
    /// A [`Ticket`] in JSON.
    pub body: String,
}

/// A task that waits. Its description stays with origin: that of packaging a film is larger than a message may be.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    /// Which.
    pub task_id: TaskId,
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

/// How an invocation divides its time.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Kept for ending children and reporting when the time is nearly over.
    pub reserve: Duration,
    /// With less than this left before the reserve, no task is begun.
    pub least: Duration,
}

/// What an invocation works with.
pub struct Function {
    /// Programs, objects, keys.
    pub engine: Engine,
    /// Where results are reported.
    pub origin: Origin,
    /// What operators see.
    pub worker_id: String,
    /// How the time is divided.
    pub times: Times,
}

/// Handles one batch. `left` tells the time that remains of the invocation.
pub async fn handle(
    function: Arc<Function>,
    event: LambdaEvent<Batch>,
    left: impl Fn() -> Duration,
) -> BatchAnswer {
    let mut answer = BatchAnswer::default();
    for message in event.payload.records {
        let time = left().saturating_sub(function.times.reserve);
        if !function.settle(&message, time).await {
            answer.batch_item_failures.push(ItemFailure {
                item_identifier: message.message_id,
            });
        }
    }
    answer
}

impl Function {
    /// False when SQS shall deliver the message again.
    async fn settle(&self, message: &Message, time: Duration) -> bool {
        let ticket: Ticket = match serde_json::from_str(&message.body) {
            Ok(ticket) => ticket,
            Err(error) => {
                // Delivered again until the queue's own dead-letter rule takes it: nobody can be told whose task it was.
                tracing::error!(message.id = message.message_id, %error, "a message names no task");
                return false;
            }
        };
        if time < self.times.least {
            tracing::info!(task.id = %ticket.task_id, "not begun: too little time is left");
            return false;
        }
        let task = match self.origin.claim(ticket.task_id, &self.worker_id).await {
            Ok(Claim::Leased(task)) => task,
            Ok(Claim::Stale) => {
                tracing::info!(task.id = %ticket.task_id, "nothing to do: delivered twice, or too late");
                return true;
            }
            Err(error) => {
                tracing::warn!(task.id = %ticket.task_id, error = format!("{error:#}"), "origin can't be asked");
                return false;
            }
        };
        let desk = Desk {
            engine: &self.engine,
            origin: &self.origin,
            worker_id: &self.worker_id,
        };
        let deadline = async {
            tokio::time::sleep(time).await;
            GivenUp::Deadline
        };
        match attempt::run(desk, &task, deadline).await {
            Ended::Reported | Ended::Dropped => true,
            // By the time that it is delivered again, the lease has run out.
            Ended::Unreported => false,
        }
    }
}
