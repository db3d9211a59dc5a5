//! Positions.

use serde_json::{Value, json};

use crate::world::{CID, OTHER_CID, PUBLIC_ORIGIN, Viewer, World, json as answer, now_s, problem};

fn update(position: f64, at: u64) -> Value {
    json!({"contentId": CID, "position": position, "duration": 1000, "clientTimestamp": at})
}

fn now_ms() -> u64 {
    now_s() * 1000
}

async fn write(world: &World, viewer: &Viewer, update: &Value) -> (u16, Value) {
    answer(
        world
            .post("/api/watch/progress")
            .json(update)
            .bearer_auth(viewer.token()),
    )
    .await
}

async fn read(world: &World, viewer: &Viewer) -> (u16, Value) {
    answer(
        world
            .get(&format!("/api/watch/progress/{CID}"))
            .bearer_auth(viewer.token()),
    )
    .await
}

#[tokio::test]
async fn the_newest_write_wins_in_whatever_order_they_arrive() {
    let world = World::start().await;
    let viewer = Viewer::new();
    let now = now_ms();
    let (status, first) = write(&world, &viewer, &update(200.0, now - 1000)).await;
    assert_eq!(
        (status, &first["success"], &first["wasUpdated"]),
        (200, &json!(true), &json!(true))
    );
    assert!(first["serverTimestamp"].as_u64().unwrap() >= now);
    let late = write(
        &world,
        &viewer.on_another_device(),
        &update(100.0, now - 5000),
    )
    .await;
    assert_eq!(late.1["wasUpdated"], json!(false));
    assert_eq!(
        read(&world, &viewer).await.1,
        json!({"position": 200.0, "duration": 1000.0, "completed": false})
    );
    write(&world, &viewer.on_another_device(), &update(950.0, now)).await;
    assert_eq!(read(&world, &viewer).await.1["completed"], json!(true));
    write(&world, &viewer, &update(10.0, now + 1000)).await;
    assert_eq!(
        read(&world, &viewer).await.1,
        json!({"position": 10.0, "duration": 1000.0, "completed": false}),
        "watched again"
    );
}

#[tokio::test]
async fn a_clock_ahead_doesn_t_win_for_ever() {
    let world = World::start().await;
    let viewer = Viewer::new();
    write(&world, &viewer, &update(100.0, now_ms() + 86_400_000)).await;
    let stored: String = world
        .valkey
        .run(&["HGET", &hash(&viewer), &CID.to_string()])
        .await;
    let stored: Value = serde_json::from_str(&stored).unwrap();
    assert!(
        stored["t"].as_u64().unwrap() <= now_ms() + 6_000,
        "{stored}"
    );
}

fn hash(viewer: &Viewer) -> String {
    shared::valkey::progress(viewer.profile())
}

#[tokio::test]
async fn a_position_that_nobody_can_mean_is_refused_by_its_field() {
    let world = World::start().await;
    let viewer = Viewer::new();
    for (field, bad) in [
        ("duration", json!(0)),
        ("duration", json!(-1)),
        ("duration", json!(null)),
        ("position", json!(-1)),
        ("position", json!("x")),
        ("contentId", json!("x")),
        ("clientTimestamp", json!(null)),
    ] {
        let mut update = update(1.0, 1);
        update[field] = bad;
        let (status, refused) = write(&world, &viewer, &update).await;
        assert_eq!(
            (status, &refused["code"], &refused["details"][0]["field"]),
            (400, &json!("invalid_request"), &json!(field))
        );
    }
    let nan = world
        .post("/api/watch/progress")
        .body(r#"{"duration":NaN}"#)
        .bearer_auth(viewer.token());
    assert_eq!(problem(nan).await, (400, "invalid_request".to_owned()));
}

#[tokio::test]
async fn positions_belong_to_a_profile_and_are_written_by_our_own_pages() {
    let world = World::start().await;
    let viewer = Viewer::new();
    assert_eq!(
        problem(world.post("/api/watch/progress").json(&update(1.0, 1)))
            .await
            .0,
        401
    );
    let without = viewer.with(|claims| claims.pid = None);
    let refused = world
        .post("/api/watch/progress")
        .json(&update(1.0, 1))
        .bearer_auth(without.token());
    assert_eq!(problem(refused).await, (403, "profile_required".to_owned()));
    let cookie = || {
        world
            .post("/api/watch/progress")
            .json(&update(1.0, 1))
            .header("cookie", viewer.cookie())
    };
    assert_eq!(problem(cookie()).await, (403, "origin_mismatch".to_owned()));
    assert_eq!(
        cookie()
            .header("origin", PUBLIC_ORIGIN)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    write(&world, &viewer, &update(300.0, now_ms())).await;
    assert_eq!(read(&world, &viewer.as_another_profile()).await.0, 404);
}

#[tokio::test]
async fn each_item_of_a_batch_stands_for_itself() {
    let world = World::start().await;
    let viewer = Viewer::new();
    let batch = |updates: Value| {
        answer(
            world
                .post("/api/watch/progress/batch")
                .json(&json!({"updates": updates}))
                .bearer_auth(viewer.token()),
        )
    };
    let mut zero = update(1.0, 1);
    zero["duration"] = json!(0);
    let mut other = update(990.0, now_ms());
    other["contentId"] = json!(OTHER_CID);
    let (status, results) = batch(json!([
        update(300.0, now_ms()),
        zero,
        other,
        update(200.0, 1)
    ]))
    .await;
    assert_eq!(status, 200);
    let results = results["results"].as_array().unwrap();
    let success: Vec<_> = results
        .iter()
        .map(|result| result["success"].as_bool().unwrap())
        .collect();
    assert_eq!(success, [true, false, true, true]);
    assert_eq!(
        (&results[1]["code"], &results[1]["contentId"]),
        (&json!("invalid_request"), &json!(CID))
    );
    assert_eq!(read(&world, &viewer).await.1["position"], json!(300.0));
    let watched: String = world
        .valkey
        .run(&["HGET", &hash(&viewer), &OTHER_CID.to_string()])
        .await;
    assert!(
        watched.contains("\"c\":1"),
        "a batch marks what is watched: {watched}"
    );
    assert_eq!(batch(json!(vec![update(1.0, 1); 50])).await.0, 200);
    let (status, refused) = batch(json!(vec![update(1.0, 1); 51])).await;
    assert_eq!(
        (status, &refused["details"][0]["field"]),
        (400, &json!("updates"))
    );
}

#[tokio::test]
async fn while_valkey_is_away_positions_go_to_origin() {
    let mut world = World::start().await;
    let viewer = Viewer::new();
    world.valkey.stop();
    let path = format!("/internal/watch/{}", viewer.profile());
    let done = json!({"contentId": CID, "success": true, "wasUpdated": true});
    world.origin.answer(&path, 200, json!({"results": [done]}));
    let (status, saved) = write(&world, &viewer, &update(100.0, now_ms())).await;
    assert_eq!((status, &saved["wasUpdated"]), (200, &json!(true)));
    let asked = world.origin.asked(&path);
    let sent: Value = serde_json::from_slice(&asked[0].body).unwrap();
    assert_eq!(sent["updates"][0]["position"], json!(100.0));
    assert_eq!(sent["updates"][0]["device"], json!(viewer.claims.sid));
    let batch = json!({"updates": [{"contentId": "x"}, update(100.0, now_ms())]});
    let (_, results) = answer(
        world
            .post("/api/watch/progress/batch")
            .json(&batch)
            .bearer_auth(viewer.token()),
    )
    .await;
    assert_eq!(results["results"][1], done);
    assert_eq!(results["results"][0]["success"], json!(false));
}

#[tokio::test]
async fn when_valkey_and_origin_are_away_the_player_is_told_when_to_try_again() {
    let mut world = World::start().await;
    let viewer = Viewer::new();
    write(&world, &viewer, &update(100.0, now_ms())).await;
    world.valkey.stop();
    world.origin.stop();
    let response = world
        .post("/api/watch/progress")
        .json(&update(200.0, now_ms()))
        .bearer_auth(viewer.token())
        .send()
        .await
        .unwrap();
    assert!(response.headers().contains_key("retry-after"));
    assert_eq!(
        crate::world::problem_of(response).await,
        (503, "progress_unavailable".to_owned())
    );
    for path in [
        "/api/watch/continue".to_owned(),
        format!("/api/watch/progress/{CID}"),
    ] {
        assert_eq!(
            problem(world.get(&path).bearer_auth(viewer.token())).await,
            (503, "progress_unavailable".to_owned())
        );
    }
    world.valkey.resume().await;
    assert_eq!(
        write(&world, &viewer, &update(300.0, now_ms())).await.0,
        200,
        "the broken connection is opened again"
    );
    assert_eq!(read(&world, &viewer).await.1["position"], json!(300.0));
}

#[tokio::test]
async fn continue_watching_shows_the_viewers_own_write_at_once() {
    let mut world = World::start().await;
    let viewer = Viewer::new();
    let row = |id: &str, position: u32, at: u64| {
        json!({"contentId": id, "position": position, "duration": 1000, "completed": false, "clientTimestamp": at, "device": viewer.claims.sid,
            "updatedAt": "2026-01-01T00:00:00Z", "title": "Stored", "contentType": "movie", "thumbnailUrl": "/t.jpg", "heroImageUrl": null})
    };
    let path = format!("/internal/watch/{}", viewer.profile());
    world.origin.answer(
        &path,
        200,
        json!({"positions": [row(&OTHER_CID.to_string(), 500, 1000)]}),
    );
    let list = || answer(world.get("/api/watch/continue").bearer_auth(viewer.token()));
    let (_, cards) = list().await;
    assert_eq!(
        (
            cards[0]["title"].as_str(),
            cards[0]["progressPct"].as_u64(),
            cards[0]["remainingMinutes"].as_u64()
        ),
        (Some("Stored"), Some(50), Some(8))
    );
    write(&world, &viewer, &update(250.0, now_ms())).await;
    let (_, cards) = list().await;
    assert_eq!(
        (cards[0]["id"].clone(), cards[0]["title"].as_str()),
        (json!(CID), Some("The Film")),
        "{cards}"
    );
    assert_eq!(cards[1]["id"], json!(OTHER_CID));
    world.origin.stop();
    let (_, offline) = answer(world.get("/api/watch/continue").bearer_auth(viewer.token())).await;
    assert_eq!(offline, cards, "the same without origin");
}

#[tokio::test]
async fn a_watched_episode_offers_the_next_one() {
    let world = World::start().await;
    let viewer = Viewer::new();
    let watched = json!({"contentId": OTHER_CID, "position": 990, "duration": 1000, "completed": true, "clientTimestamp": 1000,
        "device": viewer.claims.sid, "title": "One", "contentType": "episode", "nextEpisodeId": CID});
    world.origin.answer(
        &format!("/internal/watch/{}", viewer.profile()),
        200,
        json!({"positions": [watched]}),
    );
    let (_, cards) = answer(world.get("/api/watch/continue").bearer_auth(viewer.token())).await;
    assert_eq!(
        (cards.as_array().map(Vec::len), &cards[0]["id"]),
        (Some(1), &json!(CID)),
        "{cards}"
    );
    assert_eq!(
        (
            &cards[0]["position"],
            &cards[0]["duration"],
            &cards[0]["progressPct"]
        ),
        (&json!(0.0), &json!(60.0), &json!(0))
    );
    let kid = viewer.with(|claims| (claims.kids, claims.maturity) = (true, 6));
    let (_, cards) = answer(world.get("/api/watch/continue").bearer_auth(kid.token())).await;
    assert_eq!(cards, json!([]), "not above the profile's limit");
}
