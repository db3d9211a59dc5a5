//! Players' measurements.

use serde_json::json;

use crate::world::{Viewer, World, json as answer, problem};

#[tokio::test]
async fn a_report_lands_on_the_stream_with_who_sent_it() {
    let world = World::start().await;
    let viewer = Viewer::new();
    let events = json!([{"type": "first_frame", "at": 1, "startupMs": 300}]);
    let post = world
        .post("/api/telemetry")
        .json(&json!({"events": events}))
        .bearer_auth(viewer.token());
    assert_eq!(answer(post).await.0, 202);
    let entries: Vec<(String, std::collections::HashMap<String, String>)> = world
        .valkey
        .run(&["XRANGE", "telemetry-stream", "-", "+"])
        .await;
    let entry = &entries[0].1;
    assert_eq!(entry["account"], viewer.claims.sub.to_string());
    assert_eq!(entry["profile"], viewer.profile().to_string());
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&entry["events"]).unwrap(),
        events
    );
}

#[tokio::test]
async fn a_report_that_can_t_be_taken_is_refused() {
    let mut world = World::start().await;
    let viewer = Viewer::new();
    let event = json!({"type": "stall", "at": 1});
    let post = |body: serde_json::Value| {
        world
            .post("/api/telemetry")
            .json(&body)
            .bearer_auth(viewer.token())
    };
    assert_eq!(
        problem(
            world
                .post("/api/telemetry")
                .json(&json!({"events": [event]}))
        )
        .await
        .0,
        401
    );
    assert_eq!(
        problem(post(json!({"events": [{"type": "other", "at": 1}]}))).await,
        (400, "invalid_request".to_owned())
    );
    assert_eq!(
        problem(post(json!({"events": vec![&event; 101]}))).await,
        (400, "invalid_request".to_owned())
    );
    let large = json!({"events": [{"type": "stall", "at": 1, "note": "x".repeat(65_536)}]});
    assert_eq!(
        problem(post(large)).await,
        (413, "body_too_large".to_owned())
    );
    world.valkey.stop();
    let post = world
        .post("/api/telemetry")
        .json(&json!({"events": [event]}))
        .bearer_auth(viewer.token());
    assert_eq!(
        problem(post).await,
        (503, "telemetry_unavailable".to_owned())
    );
}
