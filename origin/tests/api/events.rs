//! Live events: who hears what, and what holds without Valkey.

use reqwest::{Method, Response};
use shared::{
    progress::{self, Position},
    valkey,
};
use sqlx::PgPool;

use crate::test_app::{Answer, Person, TestApp, until};

/// An open stream, read event by event.
struct Screen {
    response: Response,
    text: String,
}

impl Screen {
    async fn open(app: &TestApp, person: Person) -> Self {
        let response = app
            .by(person, Method::GET, "/api/events")
            .send()
            .await
            .expect("the stream opens");
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            response,
            text: String::new(),
        }
    }

    /// The next event with a name, without comments.
    async fn next(&mut self) -> Option<(String, String)> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    block
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .map(|value| value.trim().to_owned())
                };
                let event = field("event:").zip(field("data:"));
                self.text = String::from(rest);
                if event.is_some() {
                    return event;
                }
            }
            let chunk = self.response.chunk().await.expect("the stream goes on")?;
            self.text.push_str(&String::from_utf8_lossy(&chunk));
        }
    }

    /// Up to the event that says that Valkey is listened to.
    async fn synced(mut self) -> Self {
        assert_eq!(self.next().await.expect("an event").0, "resync");
        self
    }
}

async fn save(app: &TestApp, person: Person, position_s: f64) {
    let content = shared::ids::ContentId::from_uuid(uuid::Uuid::from_u128(9));
    let now_ms = app.app.clock.now_ms();
    let position = Position {
        position: position_s,
        duration: 100.0,
        client_timestamp: position_s as i64,
        device: person.session,
        completed: false,
    };
    let mut eval = redis::cmd("EVAL");
    eval.arg(progress::LUA)
        .arg(3)
        .arg(&progress::keys(person.profile))
        .arg(&progress::arguments(
            person.profile,
            content,
            &position,
            now_ms,
        ));
    app.app
        .valkey
        .query::<redis::Value>(&eval)
        .await
        .expect("the script runs");
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_new_position_reaches_every_screen_of_its_profile_and_no_other(db: PgPool) {
    let app = TestApp::with_valkey(db).await;
    // The first screen makes the subscription; who comes later joins it.
    let mut first = Screen::open(&app, app.viewer).await.synced().await;
    let mut second = Screen::open(&app, app.viewer).await;
    let mut stranger = Screen::open(&app, app.admin).await;
    save(&app, app.viewer, 42.5).await;
    let (name, data) = first.next().await.unwrap();
    let data: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!(
        (name.as_str(), &data["position"], &data["device"]),
        (
            "progress",
            &serde_json::json!(42.5),
            &serde_json::json!(app.viewer.session)
        )
    );
    assert_eq!(second.next().await.unwrap().0, "progress");
    // The stranger's next event is the one for everybody.
    let told: i64 = app
        .app
        .valkey
        .query(
            redis::cmd("PUBLISH")
                .arg(valkey::CATALOGUE_EVENTS)
                .arg(r#"{"rev":3}"#),
        )
        .await
        .unwrap();
    assert_eq!(told, 1, "one subscription per process");
    assert_eq!(
        stranger.next().await.unwrap(),
        ("catalogue".to_owned(), r#"{"rev":3}"#.to_owned())
    );
    assert_eq!(first.next().await.unwrap().0, "catalogue");
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_screen_that_reads_too_slowly_is_told_to_ask_again(db: PgPool) {
    let app = TestApp::with_valkey(db).await;
    let mut slow = Screen::open(&app, app.viewer).await.synced().await;
    // More than sockets and channel hold together, while nobody reads.
    let large = format!(r#"{{"rev":1,"filler":"{}"}}"#, "x".repeat(60_000));
    let mut pipe = redis::pipe();
    for _ in 0..600 {
        pipe.cmd("PUBLISH")
            .arg(valkey::CATALOGUE_EVENTS)
            .arg(&large)
            .ignore();
    }
    pipe.query_async::<()>(
        &mut app
            .app
            .valkey
            .client()
            .get_multiplexed_async_connection()
            .await
            .unwrap(),
    )
    .await
    .unwrap();
    let mut seen = Vec::new();
    while seen.last().is_none_or(|name| name != "resync") {
        seen.push(slow.next().await.unwrap().0);
    }
    assert!(seen.len() < 600, "some were dropped, and it was said");
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_subscription_that_broke_comes_back_and_says_that_something_may_be_missing(db: PgPool) {
    let app = TestApp::with_valkey(db).await;
    let screen = Screen::open(&app, app.viewer).await.synced().await;
    let mut kill = redis::cmd("CLIENT");
    kill.arg(&["KILL", "TYPE", "pubsub"]);
    assert_eq!(app.app.valkey.query::<i64>(&kill).await.unwrap(), 1);
    let mut screen = screen.synced().await;
    save(&app, app.viewer, 42.5).await;
    assert_eq!(screen.next().await.unwrap().0, "progress");
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn without_valkey_the_stream_opens_and_stays(db: PgPool) {
    let app = TestApp::start(db).await;
    let mut screen = Screen::open(&app, app.viewer).await;
    let opening = screen.response.chunk().await.unwrap().unwrap();
    assert!(
        String::from_utf8_lossy(&opening).contains("retry: 3000"),
        "{opening:?}"
    );
    app.app.begin_shutdown();
    assert_eq!(
        screen.next().await,
        None,
        "it ends with the process, not before"
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn an_account_holds_a_bounded_number_of_streams_and_gets_them_back(db: PgPool) {
    let app = TestApp::start(db).await;
    let mut screens = Vec::new();
    for _ in 0..app.app.config.limits.event_streams {
        screens.push(Screen::open(&app, app.viewer).await);
    }
    let one_more = || app.by(app.viewer, Method::GET, "/api/events");
    assert_eq!(
        one_more().problem().await,
        (429, "too_many_event_streams".to_owned())
    );
    Screen::open(&app, app.admin).await;
    screens.pop();
    // The place is free as soon as origin notices that the screen is gone.
    until("the place is free", async || {
        one_more().send().await.unwrap().status().as_u16() == 200
    })
    .await;
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn nobody_listens_without_a_session(db: PgPool) {
    let app = TestApp::start(db).await;
    assert_eq!(
        app.service(Method::GET, "/api/events").problem().await.0,
        401
    );
}
