//! Catalogue reads kept at the edge.

use reqwest::Response;
use serde_json::json;

use crate::world::{Viewer, World, problem};

const PATH: &str = "/api/content?page=1";

async fn read(world: &World, viewer: &Viewer) -> Response {
    world
        .get(PATH)
        .bearer_auth(viewer.token())
        .send()
        .await
        .expect("an answer")
}

fn how(response: &Response) -> &str {
    response.headers()["x-cache"].to_str().expect("an answer")
}

#[tokio::test]
async fn a_read_needs_a_session() {
    let world = World::start().await;
    assert_eq!(
        problem(world.get(PATH)).await,
        (401, "session_required".to_owned())
    );
    assert_eq!(
        problem(world.get("/api/search?q=a")).await,
        (401, "session_required".to_owned())
    );
    let expired = Viewer::new().long_gone();
    assert_eq!(
        problem(world.get(PATH).bearer_auth(expired.token())).await,
        (401, "token_expired".to_owned())
    );
    assert_eq!(
        problem(
            world
                .get(PATH)
                .bearer_auth(Viewer::new().signed_as("unknown"))
        )
        .await,
        (401, "token_key_unknown".to_owned())
    );
    assert!(world.origin.asked("/api/content").is_empty());
}

#[tokio::test]
async fn an_unknown_key_makes_the_edge_look_once_and_not_again_at_once() {
    let world = World::start().await;
    for _ in 0..5 {
        assert_eq!(
            problem(
                world
                    .get(PATH)
                    .bearer_auth(Viewer::new().signed_as("unknown"))
            )
            .await
            .0,
            401
        );
    }
    assert_eq!(world.origin.asked("/.well-known/jwks.json").len(), 1);
}

#[tokio::test]
async fn viewers_who_may_see_the_same_share_an_answer_and_others_don_t() {
    let world = World::start().await;
    world
        .origin
        .answer(PATH, 200, json!({"items": [], "total": 0}));
    let (adult, kid) = (
        Viewer::new(),
        Viewer::new().with(|claims| (claims.maturity, claims.kids) = (7, true)),
    );
    assert_eq!(how(&read(&world, &adult).await), "miss");
    assert_eq!(how(&read(&world, &Viewer::new()).await), "hit");
    assert_eq!(how(&read(&world, &kid).await), "miss");
    assert_eq!(world.origin.asked("/api/content").len(), 2);
    let without = adult.with(|claims| claims.pid = None);
    let passed = read(&world, &without).await;
    assert!(
        !passed.headers().contains_key("x-cache"),
        "without a profile origin decides"
    );
}

#[tokio::test]
async fn an_unchanged_answer_isn_t_sent_twice() {
    let world = World::start().await;
    world.origin.answer(PATH, 200, json!({"items": []}));
    let viewer = Viewer::new();
    let first = read(&world, &viewer).await;
    assert_eq!(first.headers()["cache-control"], "private, no-cache");
    let etag = first.headers()["etag"].clone();
    let again = world
        .get(PATH)
        .bearer_auth(viewer.token())
        .header("if-none-match", etag)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (again.status().as_u16(), again.bytes().await.unwrap().len()),
        (304, 0)
    );
}

#[tokio::test]
async fn an_edit_outdates_what_was_kept_and_an_absent_origin_brings_it_back() {
    let mut world = World::start().await;
    let viewer = Viewer::new();
    world.origin.answer(PATH, 200, json!({"total": 1}));
    assert_eq!(how(&read(&world, &viewer).await), "miss");
    world.origin.answer(PATH, 200, json!({"total": 2}));
    let () = world.valkey.run(&["INCR", "catalogue:rev"]).await;
    let mut seen = String::new();
    for _ in 0..30 {
        seen = read(&world, &viewer).await.text().await.unwrap();
        if seen.contains('2') {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(
        seen.contains('2'),
        "the edit is seen within the second that the revision may be old"
    );
    let () = world.valkey.run(&["INCR", "catalogue:rev"]).await;
    world.origin.stop();
    let mut stale = String::new();
    for _ in 0..30 {
        let response = read(&world, &viewer).await;
        assert_eq!(response.status(), 200);
        stale = how(&response).to_owned();
        if stale == "stale-if-error" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(stale, "stale-if-error");
    let unseen = world.get("/api/content?page=2").bearer_auth(viewer.token());
    assert_eq!(
        problem(unseen).await,
        (503, "origin_unavailable".to_owned())
    );
}

#[tokio::test]
async fn a_failing_origin_is_not_kept_and_not_shown_while_there_is_something_better() {
    let world = World::start().await;
    let viewer = Viewer::new();
    world
        .origin
        .answer(PATH, 500, json!({"error": "secret internals"}));
    let refused = read(&world, &viewer).await;
    assert_eq!(
        crate::world::problem_of(refused).await,
        (503, "origin_unavailable".to_owned())
    );
    world.origin.answer(PATH, 200, json!({"total": 1}));
    assert_eq!(how(&read(&world, &viewer).await), "miss");
    world.origin.answer(
        "/api/content?page=0",
        400,
        json!({"error": "Pages start at 1.", "code": "invalid_request", "requestId": "r"}),
    );
    assert_eq!(
        world
            .get("/api/content?page=0")
            .bearer_auth(viewer.token())
            .send()
            .await
            .unwrap()
            .status(),
        400
    );
}

#[tokio::test]
async fn reads_go_on_without_valkey() {
    let mut world = World::start().await;
    world.origin.answer(PATH, 200, json!({"total": 1}));
    world.valkey.stop();
    let viewer = Viewer::new();
    assert_eq!(how(&read(&world, &viewer).await), "miss");
    assert_eq!(how(&read(&world, &viewer).await), "hit");
}

#[tokio::test]
async fn an_old_answer_is_shown_at_once_and_fetched_anew_behind_it() {
    let world = World::start().await;
    let viewer = Viewer::new();
    world.origin.answer(PATH, 200, json!({"total": 1}));
    assert_eq!(how(&read(&world, &viewer).await), "miss");
    world.age("catalogue:", 1_000).await;
    world.origin.answer(PATH, 200, json!({"total": 2}));
    let old = read(&world, &viewer).await;
    assert_eq!(how(&old), "stale");
    assert!(old.text().await.unwrap().contains('1'));
    let mut seen = String::new();
    for _ in 0..50 {
        seen = read(&world, &viewer).await.text().await.unwrap();
        if seen.contains('2') {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(seen.contains('2'), "{seen}");
}

#[tokio::test]
async fn a_day_later_an_old_answer_is_gone() {
    let mut world = World::start().await;
    let viewer = Viewer::new();
    world.origin.answer(PATH, 200, json!({"total": 1}));
    assert_eq!(how(&read(&world, &viewer).await), "miss");
    world.origin.stop();
    world.age("catalogue:", 24 * 3_600_000 - 60_000).await;
    assert_eq!(how(&read(&world, &viewer).await), "stale");
    world.age("catalogue:", 24 * 3_600_000 + 60_000).await;
    assert_eq!(read(&world, &viewer).await.status(), 503);
}

#[tokio::test]
async fn sessions_are_verified_with_old_keys_while_origin_is_away() {
    let mut world = World::start().await;
    world.origin.answer(PATH, 200, json!({"total": 1}));
    assert_eq!(how(&read(&world, &Viewer::new()).await), "miss");
    world.age("jwks", 3_600_000).await;
    world.origin.stop();
    // Other functions and new viewers know the keys only from the store.
    for _ in 0..3 {
        let viewer = Viewer::new();
        assert_eq!(how(&read(&world, &viewer).await), "hit");
        let position = json!({"contentId": crate::world::CID, "position": 1, "duration": 2, "clientTimestamp": 1});
        let write = world
            .post("/api/watch/progress")
            .json(&position)
            .bearer_auth(viewer.token());
        assert_eq!(write.send().await.unwrap().status(), 200);
    }
}
