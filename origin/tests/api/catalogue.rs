//! What there is to watch, and for whom.

use reqwest::Method;
use serde_json::json;
use shared::ids::ContentId;
use sqlx::PgPool;

use crate::test_app::{Answer, TestApp};

async fn set_maturity(app: &TestApp, id: ContentId, age: i16) {
    sqlx::query("UPDATE content SET maturity = $2 WHERE content_id = $1")
        .bind(id)
        .bind(age)
        .execute(&app.db)
        .await
        .expect("the age is set");
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn viewers_see_published_titles_newest_first_page_by_page(db: PgPool) {
    let app = TestApp::start(db).await;
    for title in ["One", "Two", "Three"] {
        app.insert_published_title(title).await;
        app.advance(1);
    }
    app.insert_title("Not yet").await;
    let page = app
        .by(app.viewer, Method::GET, "/api/content?page=1&pageSize=2")
        .ok()
        .await;
    assert_eq!(
        (
            page["total"].as_i64(),
            page["items"][0]["title"].as_str(),
            page["items"][1]["title"].as_str()
        ),
        (Some(3), Some("Three"), Some("Two"))
    );
    let rest = app
        .by(app.viewer, Method::GET, "/api/content?page=2&pageSize=2")
        .ok()
        .await;
    assert_eq!(
        (
            rest["items"].as_array().map(Vec::len),
            rest["items"][0]["title"].as_str()
        ),
        (Some(1), Some("One"))
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_page_of_more_than_a_hundred_is_refused_and_names_the_field(db: PgPool) {
    let app = TestApp::start(db).await;
    let answer = app
        .by(
            app.viewer,
            Method::GET,
            "/api/content?pageSize=101&sort=best",
        )
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 400);
    let body: serde_json::Value = answer.json().await.expect("JSON");
    let fields: Vec<_> = body["details"]
        .as_array()
        .expect("details")
        .iter()
        .map(|detail| detail["field"].as_str().expect("a field"))
        .collect();
    assert_eq!(fields, ["pageSize", "sort"]);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_title_above_the_maturity_limit_is_not_there_whatever_route_asks(db: PgPool) {
    let app = TestApp::start(db).await;
    let id = app.insert_published_title("Grown Up").await;
    set_maturity(&app, id, 18).await;
    // No route of ours, but the connection that every route uses for viewers.
    let mut tx = app.app.begin_at_maturity(12).await.expect("a transaction");
    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM content")
        .fetch_one(&mut *tx)
        .await
        .expect("a count");
    assert_eq!(seen, 0);
    drop(tx);
    let mut tx = app.app.begin_at_maturity(18).await.expect("a transaction");
    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM content")
        .fetch_one(&mut *tx)
        .await
        .expect("a count");
    assert_eq!(seen, 1);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn search_finds_beginnings_middles_and_misspellings(db: PgPool) {
    let app = TestApp::start(db).await;
    app.insert_published_title("The Long Orbit").await;
    app.insert_published_title("Tidal Light").await;
    for (text, title) in [
        ("the l", "The Long Orbit"),
        ("orbit", "The Long Orbit"),
        ("tidel light", "Tidal Light"),
    ] {
        let found = app
            .by(
                app.viewer,
                Method::GET,
                &format!("/api/search?q={}", text.replace(' ', "%20")),
            )
            .ok()
            .await;
        assert_eq!(found["items"][0]["title"], title, "{text}");
    }
    assert_eq!(
        app.by(app.viewer, Method::GET, "/api/search?q=%20")
            .problem()
            .await,
        (400, "invalid_request".to_owned())
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn only_administrators_make_and_change_titles(db: PgPool) {
    let app = TestApp::start(db).await;
    let body =
        json!({"title": "Harbour", "releaseYear": 2026, "genres": ["Drama"], "maturity": 12});
    assert_eq!(
        app.by(app.viewer, Method::POST, "/api/admin/content")
            .json(&body)
            .problem()
            .await,
        (403, "admin_required".to_owned())
    );
    let made = app
        .by(app.admin, Method::POST, "/api/admin/content")
        .json(&body)
        .ok()
        .await;
    assert_eq!(
        (made["status"].as_str(), made["maturity"].as_i64()),
        (Some("processing"), Some(12))
    );
    let path = format!("/api/admin/content/{}", made["id"].as_str().expect("an id"));
    let changed = app
        .by(app.admin, Method::PATCH, &path)
        .json(&json!({"title": "Harbour Lights"}))
        .ok()
        .await;
    assert_eq!(
        (changed["title"].as_str(), changed["genres"][0].as_str()),
        (Some("Harbour Lights"), Some("Drama"))
    );
    assert_eq!(
        app.by(app.admin, Method::POST, "/api/admin/content")
            .json(&json!({"title": ""}))
            .problem()
            .await,
        (400, "invalid_request".to_owned())
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn the_edge_is_told_what_it_must_know_to_start_a_title(db: PgPool) {
    let app = TestApp::start(db).await;
    let id = app.insert_published_title("Tidal Light").await;
    let descriptor = app
        .service(Method::GET, &format!("/internal/titles/{id}"))
        .ok()
        .await;
    assert_eq!(
        (
            descriptor["status"].as_str(),
            descriptor["version"].as_i64(),
            descriptor["durationMs"].as_i64()
        ),
        (Some("ready"), Some(1), Some(7_200_000))
    );
    let nobody = app.app.new_id();
    assert_eq!(
        app.service(Method::GET, &format!("/internal/titles/{nobody}"))
            .problem()
            .await,
        (404, "title_not_found".to_owned())
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_mutation_sent_twice_with_one_key_happens_once(db: PgPool) {
    let app = TestApp::start(db).await;
    let send = |body: serde_json::Value| {
        app.by(app.admin, Method::POST, "/api/admin/content")
            .header("idempotency-key", "k-1")
            .json(&body)
    };
    let first = send(json!({"title": "Once"})).ok().await;
    let second = send(json!({"title": "Once"})).ok().await;
    assert_eq!(first, second);
    assert_eq!(app.count("content").await, 1);
    assert_eq!(
        send(json!({"title": "Twice"})).problem().await,
        (422, "idempotency_mismatch".to_owned())
    );
    app.advance(25 * 3600);
    let later = send(json!({"title": "Twice"})).ok().await;
    assert_ne!(first["id"], later["id"]);
}

#[test]
fn the_committed_openapi_document_is_the_one_that_the_code_gives() {
    let committed = include_str!("../../openapi.json");
    assert!(committed == origin::openapi::text(), "run `make openapi`");
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_list_that_has_not_changed_is_not_sent_again(db: PgPool) {
    let app = TestApp::start(db).await;
    app.insert_published_title("One").await;
    let list = |held: String| {
        app.by(app.viewer, Method::GET, "/api/content")
            .header("if-none-match", held)
            .send()
    };
    let first = list(String::new()).await.expect("an answer");
    assert_eq!(
        (
            &first.headers()["x-cache-scope"],
            &first.headers()["cache-control"]
        ),
        (
            &"maturity=18".parse().unwrap(),
            &"private, max-age=300".parse().unwrap()
        )
    );
    let tag = first.headers()["etag"].to_str().expect("a text").to_owned();
    assert_eq!(list(tag.clone()).await.expect("an answer").status(), 304);
    app.insert_published_title("Two").await;
    let changed = list(tag).await.expect("an answer");
    assert_eq!(changed.status(), 200);
    let page: serde_json::Value = changed.json().await.expect("JSON");
    assert_eq!(page["total"], 2, "the remembered total is of the old list");
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn two_edits_that_cross_each_other_both_end(db: PgPool) {
    let app = TestApp::start(db).await;
    let (one, other) = (
        app.insert_title("One").await,
        app.insert_title("Other").await,
    );
    let edits = (0..20).map(|number| {
        let id = if number % 2 == 0 { one } else { other };
        app.by(
            app.admin,
            Method::PATCH,
            &format!("/api/admin/content/{id}"),
        )
        .json(&json!({"description": number.to_string()}))
        .ok()
    });
    futures::future::join_all(edits).await;
    let revision: i64 = sqlx::query_scalar("SELECT revision FROM catalogue_revision")
        .fetch_one(&app.db)
        .await
        .expect("the revision");
    assert_eq!(revision, 23, "one for each of 22 commits");
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn an_edit_tells_caches_that_the_catalogue_changed(db: PgPool) {
    let app = TestApp::with_valkey(db).await;
    let id = app.insert_published_title("One").await;
    app.by(
        app.admin,
        Method::PATCH,
        &format!("/api/admin/content/{id}"),
    )
    .json(&json!({"maturity": 16}))
    .ok()
    .await;
    let mut read = redis::cmd("GET");
    read.arg(shared::valkey::CATALOGUE_REV);
    let rev: Option<i64> = app.app.valkey.query(&read).await.expect("Valkey answers");
    assert_eq!(rev, Some(1));
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_home_page_never_offers_more_than_the_named_profile_may_see(db: PgPool) {
    let app = TestApp::start(db).await;
    let (tame, wild) = (
        app.insert_published_title("Tame").await,
        app.insert_published_title("Wild").await,
    );
    set_maturity(&app, wild, 18).await;
    for id in [tame, wild] {
        sqlx::query("INSERT INTO watch_events (profile_id, content_id, kind, at) VALUES ($1, $2, 'started', $3)")
            .bind(app.viewer.profile)
            .bind(id)
            .bind(app.app.clock.now())
            .execute(&app.db)
            .await
            .expect("somebody watched it");
    }
    let kids = app
        .by(app.viewer, Method::POST, "/api/profiles")
        .json(&json!({"name": "Kids", "isKids": true}))
        .ok()
        .await;
    let offered = async |profile: &str| {
        let path = format!("/api/profiles/{profile}/recommendations");
        let home = app.by(app.viewer, Method::GET, &path).ok().await;
        let count = |at: usize| home["sections"][at]["items"].as_array().map(Vec::len);
        (count(0), count(1))
    };
    assert_eq!(
        offered(&app.viewer.profile.to_string()).await,
        (Some(2), Some(2))
    );
    assert_eq!(
        offered(kids["id"].as_str().expect("an id")).await,
        (Some(1), Some(1))
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_connection_that_names_no_viewer_sees_nothing(db: PgPool) {
    let app = TestApp::start(db).await;
    app.insert_published_title("One").await;
    let mut tx = app.db.begin().await.expect("a transaction");
    sqlx::query("SET LOCAL ROLE marquee_viewer")
        .execute(&mut *tx)
        .await
        .expect("the role");
    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM content")
        .fetch_one(&mut *tx)
        .await
        .expect("a count");
    assert_eq!(seen, 0);
    let refused = sqlx::query("SELECT password_hash FROM accounts")
        .execute(&mut *tx)
        .await;
    assert!(refused.is_err(), "viewers' reads never reach accounts");
}
