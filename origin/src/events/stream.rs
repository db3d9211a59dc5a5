//! `GET /api/events`: server-sent events to one screen.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::{HeaderName, StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, StreamExt};
use shared::entitlement::Refusal;

use super::hub::{Message, Subscription};
use crate::{
    accounts,
    app::App,
    problem::{problem, retry_after},
    request::Viewer,
};

const PING: Duration = Duration::from_secs(15);
/// How often the login session is looked at again: a stream must not outlive it by more.
const SESSION_CHECK: Duration = Duration::from_secs(60);
/// What browsers wait before they connect again.
const RETRY: Duration = Duration::from_secs(3);

/// Streams the profile's new positions and changes of the catalogue.
#[utoipa::path(get, path = "/api/events", tag = "events",
    responses((status = 200, content_type = "text/event-stream", description = "`progress`, `catalogue` and `resync` events"),
        (status = 403, body = crate::openapi::Problem), (status = 429, body = crate::openapi::Problem)))]
pub(super) async fn events(State(app): State<App>, viewer: Viewer) -> Response {
    let Some(profile) = viewer.profile() else {
        let refusal = Refusal::ProfileRequired;
        return problem(StatusCode::FORBIDDEN, refusal.code(), refusal.sentence());
    };
    let Some(subscription) = app.events.subscribe(&app, viewer.account(), profile) else {
        let refusal = problem(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_event_streams",
            "Too many screens of this account listen already.",
        );
        return retry_after(30, refusal);
    };
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        // For proxies that would rather collect the whole answer first.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    let keep_alive = KeepAlive::new().interval(PING).text("ping");
    (
        headers,
        Sse::new(messages(app, viewer, subscription)).keep_alive(keep_alive),
    )
        .into_response()
}

fn messages(
    app: App,
    viewer: Viewer,
    subscription: Subscription,
) -> impl Stream<Item = Result<Event, Infallible>> + Send {
    let shutdown = app.shutdown.clone().cancelled_owned();
    let opened = futures::stream::iter([Ok(Event::default().retry(RETRY).comment("open"))]);
    let following = futures::stream::unfold(
        (app, viewer, subscription),
        |(app, viewer, mut subscription)| async move {
            loop {
                tokio::select! {
                    message = subscription.next() => return Some((Ok(event(&message)), (app, viewer, subscription))),
                    () = tokio::time::sleep(SESSION_CHECK) => {
                        // A database that is down ends no stream.
                        if let Ok(false) = accounts::is_session_alive(&app, viewer.session()).await {
                            return None;
                        }
                    }
                }
            }
        },
    );
    opened.chain(following).take_until(Box::pin(shutdown))
}

fn event(message: &Message) -> Event {
    match message {
        Message::Progress(progress) => {
            let data = serde_json::to_string(progress).expect("a position is JSON");
            Event::default().event("progress").data(data)
        }
        Message::Catalogue(change) => Event::default().event("catalogue").data(change),
        Message::Resync => Event::default().event("resync").data("{}"),
    }
}
