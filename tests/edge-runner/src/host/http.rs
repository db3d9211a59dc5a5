//! What happens to a component's outbound requests: allow-list, service chaining, the application itself, the network.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Weak};

use http::uri::{PathAndQuery, Scheme};
use http::{Request, Response, Uri, header};
use http_body_util::BodyExt as _;
use wasmtime::format_err;
use wasmtime_wasi::TrappableError;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p3::{RequestOptions, WasiHttpHooks};

use super::outbound::{self, GuestBody};
use super::{Grants, Services};
use crate::allow_list::{chaining_target, is_self};
use crate::app::App;
use crate::routing::RouteMatch;

/// The client address that a chained component sees.
const CHAINED: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

type Transmission = Box<dyn Future<Output = Result<(), ErrorCode>> + Send>;
type Sent = Result<(Response<GuestBody>, Transmission), TrappableError<ErrorCode>>;

/// The outbound side of one instance.
pub(super) struct OutboundHooks {
    grants: Arc<Grants>,
    services: Arc<Services>,
    app: Weak<App>,
}

impl OutboundHooks {
    pub(super) fn new(grants: Arc<Grants>, services: Arc<Services>, app: Weak<App>) -> Self {
        Self {
            grants,
            services,
            app,
        }
    }
}

impl WasiHttpHooks for OutboundHooks {
    fn send_request(
        &mut self,
        request: Request<GuestBody>,
        options: Option<RequestOptions>,
        _consumption: Transmission, // what the guest makes of the answer changes nothing here
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let (grants, services, app) = (
            Arc::clone(&self.grants),
            Arc::clone(&self.services),
            Weak::clone(&self.app),
        );
        Box::new(async move {
            let response = send(&grants, &services, &app, request, options).await?;
            Ok((response, Box::new(async { Ok(()) }) as Transmission))
        })
    }
}

async fn send(
    grants: &Grants,
    services: &Services,
    app: &Weak<App>,
    mut request: Request<GuestBody>,
    options: Option<RequestOptions>,
) -> Result<Response<GuestBody>, TrappableError<ErrorCode>> {
    let host = request.uri().host().unwrap_or_default().to_owned();
    let allowed = if is_self(&host) {
        grants.allow_list.allows_self()
    } else {
        grants
            .allow_list
            .allows(&request.uri().to_string(), "https")
    };
    if !allowed {
        tracing::warn!(component = %grants.component, %host, "an outbound host is not in allowed_outbound_hosts");
        return Err(ErrorCode::HttpRequestDenied.into());
    }
    request.headers_mut().remove(header::HOST); // the client sets it from the URI
    if let Some(component) = chaining_target(&host) {
        return chain(app, component, request).await;
    }
    if is_self(&host) {
        let own = services
            .own_address
            .get()
            .ok_or(ErrorCode::HttpRequestUriInvalid)?;
        *request.uri_mut() = on_own_address(request.uri(), *own)?;
    }
    Ok(outbound::send(&services.outbound, request, options).await?)
}

/// Calls another component of the application without leaving the process.
async fn chain(
    app: &Weak<App>,
    component: &str,
    request: Request<GuestBody>,
) -> Result<Response<GuestBody>, TrappableError<ErrorCode>> {
    let app = app.upgrade().ok_or(ErrorCode::ConnectionTerminated)?;
    let matched = RouteMatch::chained(component, request.uri().path());
    let (mut head, body) = request.into_parts();
    head.uri = as_plain_http(head.uri)?;
    // Spin traps the caller as well: only a literal allow-list entry can lead here, so it is a mistake in the manifest.
    let answer = app
        .call(
            component,
            &matched,
            Request::from_parts(head, body),
            CHAINED,
        )
        .await
        .ok_or_else(|| TrappableError::trap(format_err!("unknown component ID {component:?}")))?;
    Ok(answer.map(|body| {
        body.map_err(|error| {
            error
                .downcast()
                .unwrap_or_else(|error| ErrorCode::InternalError(Some(error.to_string())))
        })
        .boxed_unsync()
    }))
}

/// Spin serves chained calls as plain HTTP, whatever the caller wrote.
fn as_plain_http(uri: Uri) -> Result<Uri, ErrorCode> {
    let mut parts = uri.into_parts();
    parts.scheme = Some(Scheme::HTTP);
    Uri::from_parts(parts).map_err(|_| ErrorCode::HttpRequestUriInvalid)
}

fn on_own_address(uri: &Uri, own: SocketAddr) -> Result<Uri, ErrorCode> {
    let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let absolute = Uri::builder()
        .scheme(Scheme::HTTP)
        .authority(own.to_string())
        .path_and_query(path);
    absolute
        .build()
        .map_err(|_| ErrorCode::HttpRequestUriInvalid)
}
