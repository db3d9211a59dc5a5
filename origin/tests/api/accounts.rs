//! Signing in, staying signed in, profiles, and who may ask at all.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::test_app::{Answer, TestApp};

const PASSWORD: &str = "correct horse battery staple";

/// Gives the viewer's account a password, as `origin admin set-password` does.
async fn with_password(db: PgPool) -> TestApp {
    let app = TestApp::with_valkey(db).await;
    let hash = app.app.passwords.hash(PASSWORD.to_owned().into()).await;
    sqlx::query("UPDATE accounts SET password_hash = $1 WHERE username = 'viewer'")
        .bind(hash)
        .execute(&app.db)
        .await
        .expect("the password is set");
    app
}

async fn sign_in(app: &TestApp) -> Value {
    app.service(Method::POST, "/api/auth/login")
        .json(&json!({"username": "viewer", "password": PASSWORD, "delivery": "bearer"}))
        .ok()
        .await
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().expect("a text")
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn the_right_password_opens_a_session_and_names_the_profiles(db: PgPool) {
    let app = with_password(db).await;
    let answer = sign_in(&app).await;
    assert_eq!(answer["user"]["username"], "viewer");
    assert_eq!(answer["profiles"].as_array().map(Vec::len), Some(1));
    let me = app
        .service(Method::GET, "/api/auth/me")
        .bearer_auth(text(&answer, "accessToken"))
        .ok()
        .await;
    assert_eq!(me["user"]["username"], "viewer");
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_wrong_password_and_an_unknown_name_get_the_same_answer(db: PgPool) {
    let app = with_password(db).await;
    for name in ["viewer", "nobody"] {
        let refusal = app
            .service(Method::POST, "/api/auth/login")
            .json(&json!({"username": name, "password": "wrong"}))
            .problem()
            .await;
        assert_eq!(refusal, (401, "invalid_credentials".to_owned()));
    }
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_browser_gets_its_tokens_as_cookies_that_scripts_and_plain_http_never_see(db: PgPool) {
    let app = with_password(db).await;
    let answer = app
        .service(Method::POST, "/api/auth/login")
        .header("origin", "http://127.0.0.1:3000")
        .json(&json!({"username": "viewer", "password": PASSWORD}))
        .send()
        .await
        .expect("an answer");
    let cookies: Vec<_> = answer
        .headers()
        .get_all("set-cookie")
        .iter()
        .map(|cookie| cookie.to_str().expect("a text").to_owned())
        .collect();
    assert_eq!(cookies.len(), 2, "{cookies:?}");
    for cookie in &cookies {
        assert!(
            ["HttpOnly", "Secure", "SameSite=Lax"]
                .iter()
                .all(|flag| cookie.contains(flag)),
            "{cookie}"
        );
    }
    let body: Value = answer.json().await.expect("JSON");
    assert!(
        body.get("accessToken").is_none_or(Value::is_null),
        "a script could read the token"
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_refresh_token_used_a_second_time_ends_the_whole_family(db: PgPool) {
    let app = with_password(db).await;
    let login = sign_in(&app).await;
    let refresh = |token: String| {
        app.service(Method::POST, "/api/auth/refresh")
            .json(&json!({"refreshToken": token}))
    };
    let first = text(&login, "refreshToken").to_owned();
    let second = text(&refresh(first.clone()).ok().await, "refreshToken").to_owned();
    app.advance(120);
    assert_eq!(
        refresh(first).problem().await,
        (401, "refresh_reused".to_owned())
    );
    assert_eq!(refresh(second).problem().await.0, 401);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_session_that_signed_out_is_refused_although_its_token_has_not_expired(db: PgPool) {
    let app = with_password(db).await;
    let token = text(&sign_in(&app).await, "accessToken").to_owned();
    app.service(Method::POST, "/api/auth/logout")
        .bearer_auth(&token)
        .ok()
        .await;
    let refusal = app
        .service(Method::GET, "/api/profiles")
        .bearer_auth(&token)
        .problem()
        .await;
    assert_eq!(refusal, (401, "session_revoked".to_owned()));
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn nobody_gets_in_without_a_service_token_however_near_they_are(db: PgPool) {
    let app = TestApp::start(db).await;
    let http = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("an HTTP client");
    for path in [
        "/api/profiles",
        "/api/content",
        "/internal/titles/0190a000-0000-7000-8000-000000000001",
    ] {
        let answer = http
            .get(format!("http://{}{path}", app.address))
            .bearer_auth(app.session_token(app.viewer))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 401, "{path}");
    }
    assert_eq!(
        http.get(format!("http://{}/healthz", app.address))
            .send()
            .await
            .expect("an answer")
            .status(),
        200
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn the_seventh_profile_is_refused_also_when_all_are_asked_for_at_once(db: PgPool) {
    let app = TestApp::start(db).await;
    let asks = (0..8).map(|number| {
        app.by(app.viewer, Method::POST, "/api/profiles")
            .json(&json!({"name": format!("Child {number}")}))
            .send()
    });
    let statuses: Vec<u16> = futures::future::join_all(asks)
        .await
        .into_iter()
        .map(|answer| answer.expect("an answer").status().as_u16())
        .collect();
    assert_eq!(
        statuses.iter().filter(|status| **status == 201).count(),
        5,
        "one was there before: {statuses:?}"
    );
    assert!(
        statuses.iter().all(|status| [201, 409].contains(status)),
        "{statuses:?}"
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_profile_with_a_pin_is_selected_with_it_only(db: PgPool) {
    let app = TestApp::with_valkey(db).await;
    let made = app
        .by(app.viewer, Method::POST, "/api/profiles")
        .json(&json!({"name": "Ada", "pin": "4711"}))
        .ok()
        .await;
    let path = format!("/api/profiles/{}/select", text(&made, "id"));
    let select = |body: Value| app.by(app.viewer, Method::POST, &path).json(&body);
    assert_eq!(
        select(json!({})).problem().await,
        (403, "pin_required".to_owned())
    );
    assert_eq!(
        select(json!({"pin": "0000"})).problem().await,
        (403, "pin_invalid".to_owned())
    );
    assert!(select(json!({"pin": "4711"})).ok().await["token"].is_string());
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn another_accounts_profile_is_not_there(db: PgPool) {
    let app = TestApp::start(db).await;
    let path = format!("/api/profiles/{}/select", app.admin.profile);
    assert_eq!(
        app.by(app.viewer, Method::POST, &path)
            .json(&json!({}))
            .problem()
            .await,
        (404, "profile_not_found".to_owned())
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_refresh_that_two_tabs_send_at_once_signs_neither_out(db: PgPool) {
    let app = with_password(db).await;
    let login = sign_in(&app).await;
    let refresh = || {
        app.service(Method::POST, "/api/auth/refresh")
            .json(&json!({"refreshToken": text(&login, "refreshToken")}))
    };
    let (one, other) = futures::join!(refresh().ok(), refresh().ok());
    for tokens in [one, other] {
        app.service(Method::POST, "/api/auth/refresh")
            .json(&json!({"refreshToken": text(&tokens, "refreshToken")}))
            .ok()
            .await;
    }
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_refresh_token_lasts_seven_days_from_its_last_use(db: PgPool) {
    let app = with_password(db).await;
    let mut tokens = sign_in(&app).await;
    for _ in 0..2 {
        app.advance(6 * 86_400);
        tokens = app
            .service(Method::POST, "/api/auth/refresh")
            .json(&json!({"refreshToken": text(&tokens, "refreshToken")}))
            .ok()
            .await;
    }
    app.advance(7 * 86_400);
    assert_eq!(
        app.service(Method::POST, "/api/auth/refresh")
            .json(&json!({"refreshToken": text(&tokens, "refreshToken")}))
            .problem()
            .await,
        (401, "refresh_invalid".to_owned())
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn guessing_is_stopped_for_one_name_and_address_and_says_for_how_long(db: PgPool) {
    let app = with_password(db).await;
    let guess = |address: &'static str, password: &'static str| {
        app.service(Method::POST, "/api/auth/login")
            .header("x-forwarded-for", address)
            .json(&json!({"username": "viewer", "password": password}))
    };
    for _ in 0..app.app.config.limits.login_attempts {
        assert_eq!(guess("192.0.2.1", "wrong").problem().await.0, 401);
    }
    let refused = guess("192.0.2.1", PASSWORD)
        .send()
        .await
        .expect("an answer");
    assert_eq!(refused.status(), 429);
    let seconds: u64 = refused.headers()["retry-after"]
        .to_str()
        .expect("a text")
        .parse()
        .expect("seconds");
    assert!((1..=300).contains(&seconds), "{seconds}");
    guess("192.0.2.2", PASSWORD).ok().await;
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn signing_in_works_while_valkey_is_down(db: PgPool) {
    let app = TestApp::start(db).await;
    let changed =
        origin::accounts::change_password(&app.app, "viewer", PASSWORD.to_owned().into()).await;
    assert!(changed.expect("the password is changed"));
    sign_in(&app).await;
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_new_password_ends_every_session_here_and_at_the_edge(db: PgPool) {
    let app = with_password(db).await;
    let tokens = sign_in(&app).await;
    let changed =
        origin::accounts::change_password(&app.app, "viewer", "another password".to_owned().into());
    assert!(changed.await.expect("the password is changed"));
    assert_eq!(
        app.service(Method::GET, "/api/auth/me")
            .bearer_auth(text(&tokens, "accessToken"))
            .problem()
            .await,
        (401, "session_revoked".to_owned())
    );
    let mut read = redis::cmd("GET");
    read.arg(shared::valkey::revoked_account(app.viewer.account));
    let at: Option<i64> = app.app.valkey.query(&read).await.expect("Valkey answers");
    assert_eq!(at, Some(app.app.clock.now_ms()));
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn signing_out_tells_the_edge_which_session_to_stop(db: PgPool) {
    let app = TestApp::with_valkey(db).await;
    app.by(app.viewer, Method::POST, "/api/auth/logout")
        .ok()
        .await;
    let mut read = redis::cmd("EXISTS");
    read.arg(shared::valkey::revoked_session(
        app.viewer.account,
        app.viewer.session,
    ));
    assert!(
        app.app
            .valkey
            .query::<bool>(&read)
            .await
            .expect("Valkey answers")
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_cookie_speaks_for_nobody_on_another_sites_page(db: PgPool) {
    let app = TestApp::start(db).await;
    let ask = || {
        app.service(Method::POST, "/api/profiles")
            .header(
                "cookie",
                format!("marquee_session={}", app.session_token(app.viewer)),
            )
            .json(&json!({"name": "Ada"}))
    };
    for refused in [ask().header("origin", "https://evil.example"), ask()] {
        assert_eq!(refused.problem().await, (403, "origin_mismatch".to_owned()));
    }
    ask().header("origin", "http://127.0.0.1:3000").ok().await;
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn wrong_pins_are_stopped_before_all_can_be_tried(db: PgPool) {
    let app = TestApp::with_valkey(db).await;
    let made = app
        .by(app.viewer, Method::POST, "/api/profiles")
        .json(&json!({"name": "Ada", "pin": "4711"}))
        .ok()
        .await;
    let path = format!("/api/profiles/{}/select", text(&made, "id"));
    let select = |pin: &str| {
        app.by(app.viewer, Method::POST, &path)
            .json(&json!({"pin": pin}))
    };
    for _ in 0..app.app.config.limits.pin_attempts {
        assert_eq!(
            select("0000").problem().await,
            (403, "pin_invalid".to_owned())
        );
    }
    assert_eq!(
        select("4711").problem().await,
        (429, "rate_limited".to_owned())
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_selected_profile_stays_selected_over_a_refresh_with_its_limit(db: PgPool) {
    let app = with_password(db).await;
    let tokens = sign_in(&app).await;
    let kids = app
        .by(app.viewer, Method::POST, "/api/profiles")
        .json(&json!({"name": "Kids", "isKids": true}))
        .ok()
        .await;
    assert_eq!(kids["maturityLimit"], 7);
    app.service(
        Method::POST,
        &format!("/api/profiles/{}/select", text(&kids, "id")),
    )
    .bearer_auth(text(&tokens, "accessToken"))
    .ok()
    .await;
    let tokens = app
        .service(Method::POST, "/api/auth/refresh")
        .json(&json!({"refreshToken": text(&tokens, "refreshToken")}))
        .ok()
        .await;
    let me = app
        .service(Method::GET, "/api/auth/me")
        .bearer_auth(text(&tokens, "accessToken"))
        .ok()
        .await;
    assert_eq!(me["profile"]["name"], "Kids");
    let grown_up = app.insert_published_title("Grown Up").await;
    sqlx::query("UPDATE content SET maturity = 16 WHERE content_id = $1")
        .bind(grown_up)
        .execute(&app.db)
        .await
        .expect("the age is set");
    assert_eq!(
        app.service(Method::GET, &format!("/api/content/{grown_up}"))
            .bearer_auth(text(&tokens, "accessToken"))
            .problem()
            .await,
        (404, "title_not_found".to_owned())
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn every_field_of_a_profile_that_cannot_be_is_named(db: PgPool) {
    let app = TestApp::start(db).await;
    let answer = app
        .by(app.viewer, Method::POST, "/api/profiles")
        .json(&json!({"name": " ", "avatarUrl": "https://tracker.example/x.png", "isKids": true, "maturityLimit": 18, "pin": "12"}))
        .send()
        .await
        .expect("an answer");
    let body: Value = answer.json().await.expect("JSON");
    let fields: Vec<_> = body["details"]
        .as_array()
        .expect("details")
        .iter()
        .map(|detail| text(detail, "field"))
        .collect();
    assert_eq!(fields, ["name", "avatarUrl", "maturityLimit", "pin"]);
}
