//! The front door to origin: what origin answers passes through, and what everybody may read again is kept here.
//!
//! Invariant: only the routes below go on. Origin's internal routes, metrics and probes have no address at the edge.

mod catalogue;
mod forward;
mod route;

use edge::{Answer, Call, Failure, Reply, same_origin};
use http::Method;
use route::Kind;
use spin_sdk::{http::Request, http_service};

#[http_service]
async fn handle(request: Request) -> Answer {
    edge::serve("gateway", request, answer).await
}

async fn answer(call: &mut Call) -> Result<Reply, Failure> {
    let kind = route::kind(call.path()).ok_or_else(Failure::not_found)?;
    if matches!(call.method, Method::CONNECT | Method::TRACE) {
        return Err(Failure::method(
            "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        ));
    }
    same_origin::require(call).await?;
    match kind {
        Kind::Catalogue if matches!(call.method, Method::GET | Method::HEAD) => {
            catalogue::read(call).await
        }
        Kind::Catalogue => Err(Failure::method("GET, HEAD")),
        Kind::Api | Kind::Events | Kind::Upload => forward::pass(call, kind).await,
    }
}
