//! Positions: drained from Valkey, merged as `shared::progress::merge` says, read back with their titles.

use proptest::{
    collection::vec,
    prelude::{Strategy, any},
    strategy::ValueTree,
    test_runner::TestRunner,
};
use reqwest::Method;
use serde_json::{Value, json};
use shared::{
    ids::{ContentId, ProfileId, SessionId},
    progress::{self, Position, merge},
    valkey::{self, SHARDS},
};
use sqlx::PgPool;
use uuid::Uuid;

use crate::test_app::{Answer, TestApp, until};

pub(crate) fn position(position: f64, client_timestamp: i64) -> Position {
    let device = SessionId::from_uuid(Uuid::from_u128(7));
    Position {
        position,
        duration: 7200.0,
        client_timestamp,
        device,
        completed: position >= 6480.0,
    }
}

/// What the edge does when a player reports.
async fn save(app: &TestApp, profile: ProfileId, content: ContentId, position: &Position) -> i64 {
    let mut eval = redis::cmd("EVAL");
    eval.arg(progress::LUA)
        .arg(3)
        .arg(&progress::keys(profile))
        .arg(&progress::arguments(
            profile,
            content,
            position,
            app.app.clock.now_ms(),
        ));
    let (won, _rev): (i64, i64) = app.app.valkey.query(&eval).await.expect("the script runs");
    won
}

pub(crate) fn update(content: ContentId, position: &Position) -> Value {
    json!({"contentId": content, "position": position.position, "duration": position.duration,
        "clientTimestamp": position.client_timestamp, "device": position.device, "completed": position.completed})
}

pub(crate) async fn post(app: &TestApp, profile: ProfileId, updates: Vec<Value>) -> Value {
    let answer = app
        .service(Method::POST, &format!("/internal/watch/{profile}"))
        .json(&json!({"updates": updates}))
        .ok()
        .await;
    answer["results"].clone()
}

pub(crate) async fn get(app: &TestApp, profile: ProfileId, content: ContentId) -> Value {
    app.service(Method::GET, &format!("/internal/watch/{profile}/{content}"))
        .ok()
        .await
}

async fn waiting(app: &TestApp) -> u64 {
    let mut sum = 0;
    for shard in 0..SHARDS {
        let length: u64 = app
            .app
            .valkey
            .query(redis::cmd("XLEN").arg(valkey::progress_stream(shard)))
            .await
            .expect("XLEN");
        sum += length;
    }
    sum
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn positions_reach_postgresql_and_leave_valkeys_streams(db: PgPool) {
    let app = TestApp::with_valkey(db).await;
    let profile = app.viewer.profile;
    let titles = [
        app.insert_published_title("One").await,
        app.insert_published_title("Two").await,
    ];
    for n in 1..=10_i64 {
        assert_eq!(
            save(&app, profile, titles[0], &position(n as f64 * 10.0, n)).await,
            1
        );
    }
    save(&app, app.admin.profile, titles[1], &position(70.5, 5)).await;
    assert_eq!(
        save(&app, profile, titles[0], &position(1.0, 3)).await,
        0,
        "stale"
    );
    assert_eq!(origin::progress::drain(&app.app).await.unwrap(), 11);
    assert_eq!(
        (waiting(&app).await, app.count("watch_progress").await),
        (0, 2)
    );
    let stored = get(&app, profile, titles[0]).await;
    assert_eq!(
        (
            &stored["position"],
            &stored["clientTimestamp"],
            &stored["title"]
        ),
        (&json!(100.0), &json!(10), &json!("One"))
    );
    assert_eq!(
        get(&app, app.admin.profile, titles[1]).await["position"],
        70.5
    );
    assert_eq!(origin::progress::drain(&app.app).await.unwrap(), 0);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn positions_of_unknown_profiles_and_titles_hold_nobody_up(db: PgPool) {
    let app = TestApp::with_valkey(db).await;
    let profile = app.viewer.profile;
    let title = app.insert_published_title("One").await;
    let stranger = ProfileId::from_uuid(Uuid::from_u128(1));
    save(&app, stranger, title, &position(10.0, 1)).await;
    save(
        &app,
        profile,
        ContentId::from_uuid(Uuid::from_u128(2)),
        &position(10.0, 1),
    )
    .await;
    let stream = valkey::progress_stream(valkey::shard(profile));
    let _: String = app
        .app
        .valkey
        .query(
            redis::cmd("XADD")
                .arg(&stream)
                .arg("*")
                .arg("json")
                .arg("{"),
        )
        .await
        .unwrap();
    save(&app, profile, title, &position(100.0, 1)).await;
    assert_eq!(origin::progress::drain(&app.app).await.unwrap(), 4);
    assert_eq!(
        (waiting(&app).await, app.count("watch_progress").await),
        (0, 1)
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn what_a_dead_process_had_taken_is_stored_by_the_next(db: PgPool) {
    let app = TestApp::with_valkey(db).await;
    let profile = app.viewer.profile;
    let title = app.insert_published_title("One").await;
    save(&app, profile, title, &position(100.0, 1)).await;
    // Another process reads the entry and dies before it stores it.
    let stream = valkey::progress_stream(valkey::shard(profile));
    let run = async |command: &mut redis::Cmd| {
        app.app.valkey.query::<redis::Value>(command).await.unwrap()
    };
    run(redis::cmd("XGROUP")
        .arg("CREATE")
        .arg(&stream)
        .arg("origin")
        .arg("0"))
    .await;
    run(redis::cmd("XREADGROUP").arg(&[
        "GROUP", "origin", "dead", "COUNT", "10", "STREAMS", &stream, ">",
    ]))
    .await;
    assert_eq!(origin::progress::drain(&app.app).await.unwrap(), 1);
    assert_eq!(
        (waiting(&app).await, app.count("watch_progress").await),
        (0, 1)
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn the_background_drain_waits_for_postgresql_and_loses_nothing(db: PgPool) {
    let app = TestApp::with_valkey(db).await;
    let title = app.insert_published_title("One").await;
    sqlx::query("ALTER TABLE watch_progress RENAME TO elsewhere")
        .execute(&app.db)
        .await
        .unwrap();
    save(&app, app.viewer.profile, title, &position(100.0, 1)).await;
    origin::progress::spawn(&app.app, &app.app.shutdown);
    // The entry is taken, the transaction fails, and it stays pending.
    let stream = valkey::progress_stream(valkey::shard(app.viewer.profile));
    until("the entry is pending", async || {
        let pending: redis::RedisResult<(u64, redis::Value, redis::Value, redis::Value)> = app
            .app
            .valkey
            .query(redis::cmd("XPENDING").arg(&stream).arg("origin"))
            .await;
        pending.is_ok_and(|(count, ..)| count == 1)
    })
    .await;
    sqlx::query("ALTER TABLE elsewhere RENAME TO watch_progress")
        .execute(&app.db)
        .await
        .unwrap();
    until("everything is drained", async || waiting(&app).await == 0).await;
    assert_eq!(app.count("watch_progress").await, 1);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn the_background_drain_goes_on_when_valkey_is_back(db: PgPool) {
    let app = TestApp::with_valkey(db).await;
    let titles = [
        app.insert_published_title("One").await,
        app.insert_published_title("Two").await,
    ];
    origin::progress::spawn(&app.app, &app.app.shutdown);
    for title in titles {
        save(&app, app.viewer.profile, title, &position(100.0, 1)).await;
        while app.count("watch_progress").await == 0 {
            tokio::task::yield_now().await;
        }
        // Every connection breaks, and even the groups are forgotten, as after a crash without persistence.
        let mut pipe = redis::pipe();
        pipe.cmd("FLUSHALL")
            .cmd("CLIENT")
            .arg(&["KILL", "TYPE", "normal", "SKIPME", "yes"]);
        let mut connection = app
            .app
            .valkey
            .client()
            .get_multiplexed_async_connection()
            .await
            .unwrap();
        pipe.query_async::<redis::Value>(&mut connection)
            .await
            .unwrap();
        while app
            .app
            .valkey
            .query::<String>(&redis::cmd("PING"))
            .await
            .is_err()
        {
            tokio::task::yield_now().await;
        }
        sqlx::query("TRUNCATE watch_progress")
            .execute(&app.db)
            .await
            .unwrap();
    }
}

/// Few values, so that histories are full of ties.
fn history() -> impl Strategy<Value = Vec<Position>> {
    let one = (0..4_i64, 1..4_u128, 0..4_u32, 1..3_u32, any::<bool>()).prop_map(
        |(at, device, position, duration, completed)| Position {
            position: f64::from(position),
            duration: f64::from(duration) * 10.0,
            client_timestamp: at,
            device: SessionId::from_uuid(Uuid::from_u128(device << 120 | 5)),
            completed,
        },
    );
    vec(one, 1..20)
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn any_history_through_sql_in_any_batches_ends_where_the_merge_ends(db: PgPool) {
    let app = TestApp::start(db).await;
    let mut runner = TestRunner::deterministic();
    for _ in 0..150 {
        let (history, batch) = (history(), 1..8_usize)
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let title = app.insert_published_title("One").await;
        for batch in history.chunks(batch) {
            post(
                &app,
                app.viewer.profile,
                batch
                    .iter()
                    .map(|position| update(title, position))
                    .collect(),
            )
            .await;
        }
        let expect = history.iter().reduce(merge).unwrap();
        let stored = get(&app, app.viewer.profile, title).await;
        for (name, value) in update(title, expect).as_object().unwrap() {
            assert_eq!(&stored[name], value, "{name} after {history:?}");
        }
    }
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn each_write_learns_whether_it_won(db: PgPool) {
    let app = TestApp::start(db).await;
    let profile = app.viewer.profile;
    let (title, other) = (
        app.insert_published_title("One").await,
        ContentId::from_uuid(Uuid::from_u128(3)),
    );
    let mut negative = update(title, &position(1.0, 9));
    negative["position"] = json!(-1);
    let results = post(
        &app,
        profile,
        vec![
            update(title, &position(10.0, 1)),
            update(title, &position(20.0, 2)),
            update(other, &position(1.0, 1)),
            negative,
        ],
    )
    .await;
    let flags: Vec<_> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            (
                result["success"].clone(),
                result["wasUpdated"].clone(),
                result["code"].clone(),
            )
        })
        .collect();
    assert_eq!(
        flags,
        [
            (json!(true), json!(false), Value::Null),
            (json!(true), json!(true), Value::Null),
            (json!(false), Value::Null, json!("title_not_found")),
            (json!(false), Value::Null, json!("invalid_position"))
        ]
    );
    let again = post(&app, profile, vec![update(title, &position(20.0, 2))]).await;
    assert_eq!(
        again[0]["wasUpdated"], false,
        "the same write again changes nothing"
    );
    // A clock that runs ahead is cut to five seconds.
    post(
        &app,
        profile,
        vec![update(title, &position(30.0, i64::MAX))],
    )
    .await;
    assert_eq!(
        get(&app, profile, title).await["clientTimestamp"],
        app.app.clock.now_ms() + 5000
    );
    let nobody = app
        .service(
            Method::POST,
            &format!("/internal/watch/{}", Uuid::from_u128(1)),
        )
        .json(&json!({"updates": [update(title, &position(1.0, 1))]}));
    assert_eq!(
        nobody.problem().await,
        (404, "profile_not_found".to_owned())
    );
    let many = vec![update(title, &position(1.0, 1)); 51];
    let refused = app
        .service(Method::POST, &format!("/internal/watch/{profile}"))
        .json(&json!({"updates": many}));
    assert_eq!(refused.problem().await, (400, "invalid_request".to_owned()));
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_stale_write_changes_neither_duration_nor_completed(db: PgPool) {
    let app = TestApp::start(db).await;
    let (profile, title) = (app.viewer.profile, app.insert_published_title("One").await);
    post(&app, profile, vec![update(title, &position(100.0, 10))]).await;
    let stale = Position {
        duration: 1.0,
        completed: true,
        ..position(1.0, 9)
    };
    post(&app, profile, vec![update(title, &stale)]).await;
    let stored = get(&app, profile, title).await;
    assert_eq!(
        (&stored["duration"], &stored["completed"]),
        (&json!(7200.0), &json!(false))
    );
    // Watching again resets it, and history knows both.
    post(&app, profile, vec![update(title, &position(7000.0, 11))]).await;
    post(&app, profile, vec![update(title, &position(7100.0, 12))]).await;
    post(&app, profile, vec![update(title, &position(5.0, 13))]).await;
    let kinds: Vec<String> = sqlx::query_scalar("SELECT kind FROM watch_events ORDER BY event_id")
        .fetch_all(&app.db)
        .await
        .unwrap();
    assert_eq!(kinds, ["started", "completed", "started"]);
}
