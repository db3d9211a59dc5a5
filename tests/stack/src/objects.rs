//! The object folder over HTTP, for the edge: what S3 is in production. Published assets and artwork only, read only,
//! behind a bearer token. Origin is not asked, so that a film plays on without it.

use std::path::Path;

use anyhow::Result;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tower_http::services::ServeDir;

/// Serves `assets/` and `artwork/` below `folder` until the process ends.
pub(crate) async fn serve(folder: &Path, token: &str, port: u16) -> Result<()> {
    for published in ["assets", "artwork"] {
        std::fs::create_dir_all(folder.join(published))?;
    }
    let expected = format!("Bearer {token}");
    let app = Router::new()
        .nest_service(
            "/assets",
            ServeDir::new(folder.join("assets")).append_index_html_on_directories(false),
        )
        .nest_service(
            "/artwork",
            ServeDir::new(folder.join("artwork")).append_index_html_on_directories(false),
        )
        .layer(middleware::from_fn_with_state(expected, authorise));
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    tokio::spawn(async move {
        use axum::serve::ListenerExt;
        // Small answers must not wait for a delayed ACK.
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        let _ = axum::serve(listener, app).await;
    });
    Ok(())
}

async fn authorise(State(expected): State<String>, request: Request<Body>, next: Next) -> Response {
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .map(|value| value.as_bytes().to_vec());
    if given.as_deref() != Some(expected.as_bytes()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    next.run(request).await
}
