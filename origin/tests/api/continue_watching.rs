//! What a profile is offered to go on with: begun titles, the next episodes, nothing above its limit.

use reqwest::Method;
use serde_json::json;
use shared::{ids::ContentId, progress::Position};
use sqlx::PgPool;

use crate::{
    progress::{get, position, post, update},
    test_app::{Answer, TestApp},
};

async fn insert_episode(app: &TestApp, series: ContentId, number: i32) -> ContentId {
    let id = app
        .insert_published_title(&format!("Episode {number}"))
        .await;
    sqlx::query("UPDATE content SET content_type = 'episode', series_id = $2, season_number = 1, episode_number = $3 WHERE content_id = $1")
        .bind(id.as_uuid()).bind(series.as_uuid()).bind(number).execute(&app.db).await.expect("the title becomes an episode");
    id
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn continue_watching_offers_what_is_begun_and_the_episode_after_a_watched_one(db: PgPool) {
    let app = TestApp::start(db).await;
    let profile = app.viewer.profile;
    let series = app.insert_published_title("Series").await;
    let episodes = [
        insert_episode(&app, series, 1).await,
        insert_episode(&app, series, 2).await,
        insert_episode(&app, series, 3).await,
    ];
    let (begun, barely, short) = (
        app.insert_published_title("Begun").await,
        app.insert_published_title("Barely").await,
        app.insert_published_title("Short").await,
    );
    let short_position = Position {
        duration: 30.0,
        ..position(2.0, 3)
    };
    post(
        &app,
        profile,
        vec![
            update(begun, &position(1800.0, 1)),
            update(barely, &position(60.0, 2)),
            update(short, &short_position),
            update(episodes[0], &position(7000.0, 4)),
        ],
    )
    .await;
    let path = format!("/internal/watch/{profile}/continue");
    let items = app.service(Method::GET, &path).ok().await["items"].clone();
    let shown: Vec<_> = items
        .as_array()
        .unwrap()
        .iter()
        .map(|card| {
            (
                card["title"].as_str().unwrap(),
                card["progressPct"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(shown, [("Episode 2", 0), ("Short", 7), ("Begun", 25)]);
    assert_eq!(items[2]["remainingMinutes"], 90);
    // Once the next one is begun, its own position decides.
    post(
        &app,
        profile,
        vec![update(episodes[1], &position(7000.0, 5))],
    )
    .await;
    assert_eq!(
        app.service(Method::GET, &path).ok().await["items"][0]["title"],
        "Episode 3"
    );
    let stored = get(&app, profile, episodes[1]).await;
    assert_eq!(
        (&stored["nextEpisodeId"], &stored["nextEpisode"]["duration"]),
        (&json!(episodes[2]), &json!(7200.0))
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_title_above_the_profiles_limit_is_not_shown_although_it_was_begun(db: PgPool) {
    let app = TestApp::start(db).await;
    let (profile, title) = (
        app.viewer.profile,
        app.insert_published_title("Grown-up").await,
    );
    post(&app, profile, vec![update(title, &position(1800.0, 1))]).await;
    post(
        &app,
        app.admin.profile,
        vec![update(title, &position(1800.0, 1))],
    )
    .await;
    sqlx::query("UPDATE content SET maturity = 16")
        .execute(&app.db)
        .await
        .unwrap();
    sqlx::query("UPDATE profiles SET maturity_limit = 12")
        .execute(&app.db)
        .await
        .unwrap();
    let positions = async |profile| {
        app.service(Method::GET, &format!("/internal/watch/{profile}"))
            .ok()
            .await["positions"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(
        (positions(profile).await, positions(app.admin.profile).await),
        (0, 1)
    );
    assert_eq!(
        app.service(Method::GET, &format!("/internal/watch/{profile}/{title}"))
            .problem()
            .await,
        (404, "position_not_found".to_owned())
    );
}
