//! The web app: its files as they were built, with the headers that keep it safe and quick.

mod files;
mod security;

use edge::{Answer, Call, Failure, Reply, etag};
use files::{Coding, File};
use http::{Method, StatusCode, header};
use spin_sdk::{http::Request, http_service};

/// Names with a hash of their content in them.
const HASHED: &str = "public, max-age=31536000, immutable";
/// Everything else is asked for again, and mostly answered 304.
const REVALIDATED: &str = "no-cache";
const NOT_BUILT: &str = include_str!("not_built.html");

#[http_service]
async fn handle(request: Request) -> Answer {
    edge::serve("web", request, answer).await
}

async fn answer(call: &mut Call) -> Result<Reply, Failure> {
    if !matches!(call.method, Method::GET | Method::HEAD) {
        return Err(Failure::method("GET, HEAD"));
    }
    let reply = match find(call) {
        Some((path, file)) => file_reply(call, path, file),
        None if is_navigation(call) => Reply::whole(
            StatusCode::SERVICE_UNAVAILABLE,
            "text/html; charset=utf-8",
            NOT_BUILT,
        )
        .with(header::CACHE_CONTROL, "no-store"),
        None => return Err(Failure::not_found()),
    };
    security::protect(reply).await
}

/// The file of that address; for a page address, which only the app's router knows, the app itself.
fn find(call: &Call) -> Option<(&str, File)> {
    let path = call.path();
    let codings = Coding::accepted(&call.headers);
    let named = files::name(path).and_then(|name| files::find(&name, codings));
    named.map(|file| (path, file)).or_else(|| {
        is_navigation(call)
            .then(|| files::find("index.html", codings))
            .flatten()
            .map(|file| ("/index.html", file))
    })
}

/// A browser going to a page, as opposed to a page asking for a file. Page addresses have no extension.
fn is_navigation(call: &Call) -> bool {
    let is_page = !call
        .path()
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .contains('.');
    let accepts_html = call
        .header(header::ACCEPT)
        .is_some_and(|accept| accept.contains("text/html"));
    is_page && (accepts_html || call.header("sec-fetch-mode") == Some("navigate"))
}

fn file_reply(call: &Call, path: &str, file: File) -> Reply {
    let cache = if path.starts_with("/assets/") {
        HASHED
    } else {
        REVALIDATED
    };
    let reply = if etag::is_held(&call.headers, &file.etag) {
        Reply::empty(StatusCode::NOT_MODIFIED)
    } else {
        let reply = Reply::whole(StatusCode::OK, file.media_type, file.bytes);
        match file.coding {
            Some(coding) => reply.with(header::CONTENT_ENCODING, coding.name()),
            None => reply,
        }
    };
    reply
        .with(header::ETAG, &file.etag)
        .with(header::CACHE_CONTROL, cache)
        .with(header::VARY, "accept-encoding")
}
