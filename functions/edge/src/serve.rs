//! The frame around every function: request id, answer or problem, log line.

use http::HeaderName;
use spin_sdk::http::Request;

use crate::{Answer, Call, Failure, Reply, log, now_ms};

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
    log::access(log::Access {
        function,
        request_id: &id,
        method: call.method.as_str(),
        path: call.path(),
        status: reply.status().as_u16(),
        code,
        duration_ms: now_ms().saturating_sub(started),
    });
    reply.with(REQUEST_ID, &id).into_host()
}
