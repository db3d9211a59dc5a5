//! The frame around every function: request id, answer or problem, log line.

use http::HeaderName;
use spin_sdk::http::Request;

use crate::{Answer, Call, Failure, Reply, log, now_ms};

/// Hosts write a line per request, better than a guest can (its writes stop the whole instance). We write one where only
/// we know more: the code of a refusal, and what took long.
const SLOW_MS: u64 = 1_000;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Answers one request with `answer`; whatever it refuses becomes a problem reply.
pub async fn serve(
    function: &'static str,
    request: Request,
    answer: impl AsyncFnOnce(&mut Call) -> Result<Reply, Failure>,
) -> Answer {
    let started = now_ms();
    let mut call = Call::new(request);
    let id = call.id.to_string();
    let (reply, code) = match answer(&mut call).await {
        Ok(reply) => (reply, None),
        Err(failure) => {
            let code = failure.code;
            (Reply::problem(failure, &id), Some(code))
        }
    };
    let duration_ms = now_ms().saturating_sub(started);
    if code.is_some() || duration_ms >= SLOW_MS {
        log::access(log::Access {
            function,
            request_id: &id,
            method: call.method.as_str(),
            path: call.path(),
            status: reply.status().as_u16(),
            code,
            duration_ms,
        });
    }
    reply.with(REQUEST_ID, &id).into_host()
}
