//! What an operator decides about a published title: its markers, its pictures.

use reqwest::Method;
use serde_json::{Value, json};
use shared::ids::ContentId;
use sqlx::PgPool;

use crate::{
    jobs::{Worker, job},
    test_app::{Answer, TestApp},
};

async fn published(app: &TestApp) -> ContentId {
    let (content, _) = job(app, &[("title", "Sintel")]).await;
    Worker { app, name: "w1" }.work().await;
    content
}

async fn descriptor(app: &TestApp, content: ContentId) -> Value {
    app.service(Method::GET, &format!("/internal/titles/{content}"))
        .ok()
        .await
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn an_operator_moves_markers_and_the_edge_hears_of_it(db: PgPool) {
    let app = TestApp::start(db).await;
    let content = published(&app).await;
    let path = format!("/api/admin/content/{content}/markers");
    let before = app.by(app.admin, Method::GET, &path).ok().await;
    assert_eq!(
        (&before["version"], &before["durationMs"]),
        (&json!(1), &json!(12_000))
    );
    let kinds: Vec<_> = before["markers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| (m["kind"].clone(), m["source"].clone()))
        .collect();
    assert_eq!(
        kinds,
        [
            (json!("intro"), json!("chapters")),
            (json!("credits"), json!("chapters"))
        ]
    );
    let seen = descriptor(&app, content).await;
    assert_eq!(
        (&seen["creditsStartMs"], &seen["intro"]),
        (&json!(11_000), &json!({"start_ms": 0, "end_ms": 2000}))
    );

    let draft = json!({"markers": [{"kind": "credits", "startMs": 10_500, "endMs": 12_000}]});
    let after = app
        .by(app.admin, Method::PUT, &path)
        .json(&draft)
        .ok()
        .await;
    assert_eq!(after["markers"].as_array().unwrap().len(), 1);
    assert_eq!(after["markers"][0]["source"], "operator");
    let seen = descriptor(&app, content).await;
    assert_eq!(
        (&seen["creditsStartMs"], seen.get("intro")),
        (&json!(10_500), None)
    );
    assert_eq!(
        app.count("audit_log WHERE action = 'content_markers'")
            .await,
        1
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn markers_that_cannot_be_are_refused_and_change_nothing(db: PgPool) {
    let app = TestApp::start(db).await;
    let content = published(&app).await;
    let path = format!("/api/admin/content/{content}/markers");
    let draft = json!({"markers": [{"kind": "intro", "startMs": 0, "endMs": 9000}, {"kind": "credits", "startMs": 8000, "endMs": 13_000}]});
    let answer = app
        .by(app.admin, Method::PUT, &path)
        .json(&draft)
        .problem()
        .await;
    assert_eq!(answer, (400, "invalid_request".to_owned()));
    assert_eq!(app.count("markers").await, 2);
    assert_eq!(
        app.by(app.viewer, Method::PUT, &path)
            .json(&draft)
            .problem()
            .await
            .0,
        403
    );
    let nothing = app.insert_title("Empty").await;
    assert_eq!(
        app.by(
            app.admin,
            Method::GET,
            &format!("/api/admin/content/{nothing}/markers")
        )
        .problem()
        .await,
        (404, "title_not_found".to_owned())
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_detected_marker_is_a_suggestion_until_it_is_saved(db: PgPool) {
    let app = TestApp::start(db).await;
    let content = published(&app).await;
    sqlx::query("UPDATE markers SET source = 'detected', confidence = 0.5")
        .execute(&app.db)
        .await
        .unwrap();
    let seen = descriptor(&app, content).await;
    assert_eq!(
        (seen.get("creditsStartMs"), seen.get("intro")),
        (None, None)
    );
    let path = format!("/api/admin/content/{content}/markers");
    let listed = app.by(app.admin, Method::GET, &path).ok().await;
    assert_eq!(listed["markers"][1]["confidence"], 0.5);
    let accepted = json!({"markers": [{"kind": "credits", "startMs": 11_000, "endMs": 12_000}]});
    app.by(app.admin, Method::PUT, &path)
        .json(&accepted)
        .ok()
        .await;
    assert_eq!(descriptor(&app, content).await["creditsStartMs"], 11_000);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_chosen_frame_is_on_every_picture_until_the_next_version(db: PgPool) {
    let app = TestApp::start(db).await;
    let content = published(&app).await;
    let path = format!("/api/admin/content/{content}/artwork");
    let offered = app.by(app.admin, Method::GET, &path).ok().await;
    assert_eq!(
        (
            &offered["chosen"],
            offered["candidates"].as_array().unwrap().len()
        ),
        (&json!(0), 2)
    );
    let poster = format!("/artwork/{content}/1/poster-1.jpg");
    assert_eq!(offered["candidates"][1]["posterUrl"], poster);
    assert_eq!(
        app.by(app.admin, Method::PATCH, &path)
            .json(&json!({"chosen": 2}))
            .problem()
            .await,
        (400, "invalid_request".to_owned())
    );
    app.by(app.admin, Method::PATCH, &path)
        .json(&json!({"chosen": 1}))
        .ok()
        .await;
    let title = app
        .by(app.viewer, Method::GET, &format!("/api/content/{content}"))
        .ok()
        .await;
    assert_eq!(title["posterUrl"], poster);
    assert_eq!(
        title["heroImageUrl"],
        format!("/artwork/{content}/1/hero-1.jpg")
    );

    job(&app, &[("contentId", &content.to_string())]).await;
    Worker {
        app: &app,
        name: "w1",
    }
    .work()
    .await;
    let title = app
        .by(app.viewer, Method::GET, &format!("/api/content/{content}"))
        .ok()
        .await;
    assert_eq!(
        title["posterUrl"],
        format!("/artwork/{content}/2/poster.jpg")
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn subtitle_files_are_kept_beside_the_masters_and_nothing_else_is(db: PgPool) {
    let app = TestApp::start(db).await;
    let title = app.insert_title("Sintel").await;
    let path = |name: &str| format!("/api/admin/content/{title}/subtitles?filename={name}");
    let text = "1\n00:00:01,000 --> 00:00:02,000\nHello.\n";
    app.by(app.admin, Method::PUT, &path("film.en.srt"))
        .body(text)
        .ok()
        .await;
    let kept = app
        .objects()
        .join(format!("masters/{title}/subtitles/film.en.srt"));
    assert_eq!(std::fs::read_to_string(kept).unwrap(), text);
    let refused = app
        .by(app.admin, Method::PUT, &path("film.exe"))
        .body(text)
        .problem()
        .await;
    assert_eq!(refused, (400, "invalid_request".to_owned()));
    let nobody =
        "/api/admin/content/0190a000-0000-7000-8000-000000000009/subtitles?filename=film.en.srt";
    let refused = app
        .by(app.admin, Method::PUT, nobody)
        .body(text)
        .problem()
        .await;
    assert_eq!(refused, (404, "title_not_found".to_owned()));
    let refused = app
        .by(app.viewer, Method::PUT, &path("film.en.srt"))
        .body(text)
        .problem()
        .await;
    assert_eq!(refused.0, 403);
}
