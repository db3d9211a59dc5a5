//! Key-value stores and Redis.

use edge_runner::KeyValueBackend;
use tempfile::TempDir;

use crate::support::{Edge, Redis, manifest};

const STORES: &str = "key_value_stores = [\"default\", \"cache\"]";

async fn stores_keep_values(edge: &Edge) {
    assert_eq!(edge.get("/kv/default/a").await.0, 502);
    assert_eq!(
        edge.request("PUT", "/kv/default/a", "one").await.status,
        200
    );
    assert_eq!(
        edge.request("PUT", "/kv/default/a", "two").await.status,
        200
    );
    assert_eq!(
        edge.request("PUT", "/kv/default/b", "three").await.status,
        200
    );
    assert_eq!(edge.get("/kv/default/a").await, (200, "two".to_owned()));
    assert_eq!(edge.get("/kv/default").await, (200, "a,b".to_owned()));
    assert_eq!(
        edge.request("DELETE", "/kv/default/a", "").await.status,
        200
    );
    assert_eq!(
        edge.request("DELETE", "/kv/default/a", "").await.status,
        200
    );
    assert_eq!(edge.get("/kv/default").await, (200, "b".to_owned()));
}

#[tokio::test]
async fn sqlite_keeps_values_apart_by_label_and_over_a_restart() {
    let state = TempDir::new().expect("a folder");
    let edge = Edge::try_start(&manifest(STORES), state.path(), |_| {})
        .await
        .expect("it starts");
    stores_keep_values(&edge).await;
    assert_eq!(edge.get("/kv/cache").await, (200, String::new()));
    edge.running.shutdown().await;
    let again = Edge::try_start(&manifest(STORES), state.path(), |_| {})
        .await
        .expect("it starts");
    assert_eq!(again.get("/kv/default/b").await, (200, "three".to_owned()));
}

#[tokio::test]
async fn valkey_keeps_raw_keys_which_labels_share() {
    let redis = Redis::start();
    let url = redis.url.clone();
    let edge = Edge::with(&manifest(STORES), |config| {
        config.key_value = KeyValueBackend::Valkey { url }
    })
    .await;
    stores_keep_values(&edge).await;
    assert_eq!(edge.get("/kv/cache/b").await, (200, "three".to_owned()));
}

#[tokio::test]
async fn an_absent_valkey_is_an_error_for_the_component_only() {
    let url = "redis://127.0.0.1:1".to_owned();
    let edge = Edge::with(&manifest(STORES), |config| {
        config.key_value = KeyValueBackend::Valkey { url }
    })
    .await;
    let (status, text) = edge.get("/kv/default/a").await;
    assert!(status == 502 && text.contains("Other("), "{text}");
    assert_eq!(edge.get("/constant").await.0, 200);
}

#[tokio::test]
async fn a_label_that_is_not_listed_is_denied() {
    let edge = Edge::start(&manifest("key_value_stores = [\"default\"]")).await;
    assert_eq!(
        edge.get("/kv/cache/a").await,
        (502, "Error::AccessDenied".to_owned())
    );
}

#[tokio::test]
async fn redis_commands_reach_the_server_and_replies_are_flat() {
    let redis = Redis::start();
    let edge = Edge::start(&manifest(&format!(
        "allowed_outbound_hosts = [\"{}\"]",
        redis.url
    )))
    .await;
    let path = format!("/redis?{}", redis.url);
    for (words, expected) in [
        ("set\nkey\nvalue", ""),
        ("get\nkey", "value"),
        ("get\nabsent", ""),
        ("incr\ncount", "1"),
        ("incr\ncount", "2"),
        ("SET\nlease\nv\nEX\n60\nNX", "status OK"),
        ("SET\nlease\nv\nEX\n60\nNX", "nil"),
        ("RPUSH\nlist\na\nb", "int 2"),
        ("LRANGE\nlist\n0\n-1", "binary a,binary b"),
        (
            "EVAL\nreturn {1, {2, KEYS[1]}}\n1\nx",
            "int 1,int 2,binary x",
        ),
    ] {
        let answer = edge.request("POST", &path, words).await;
        assert_eq!(
            (answer.status.as_u16(), answer.text.as_str()),
            (200, expected),
            "{words}"
        );
    }
    let wrong = edge.request("POST", &path, "INCR\nkey").await;
    assert!(
        wrong.status == 502 && wrong.text.contains("not an integer"),
        "{}",
        wrong.text
    );
}

#[tokio::test]
async fn a_redis_address_outside_the_allow_list_is_invalid() {
    let edge = Edge::start(&manifest(
        "allowed_outbound_hosts = [\"redis://127.0.0.1:6379\"]",
    ))
    .await;
    assert_eq!(
        edge.get("/redis?redis://127.0.0.1:6380").await,
        (502, "Error::InvalidAddress".to_owned())
    );
}

#[tokio::test]
async fn a_refused_redis_connection_is_an_error_and_not_a_trap() {
    let edge = Edge::start(&manifest(
        "allowed_outbound_hosts = [\"redis://127.0.0.1:1\"]",
    ))
    .await;
    let (status, text) = edge.get("/redis?redis://127.0.0.1:1").await;
    assert!(status == 502 && text.starts_with("Error::Other("), "{text}");
}

#[tokio::test]
async fn strict_refuses_what_akamai_does_not_store() {
    let state = TempDir::new().expect("a folder");
    let strict = |config: &mut edge_runner::RunnerConfig| config.strict = true;
    let refused = Edge::try_start(&manifest(STORES), state.path(), strict)
        .await
        .err()
        .expect("it does not start");
    assert!(
        format!("{refused:#}").contains("not `cache`"),
        "{refused:#}"
    );

    let edge = Edge::with(&manifest("key_value_stores = [\"default\"]"), strict).await;
    assert_eq!(
        edge.request("PUT", "/kv/default/a", vec![b'x'; 1_000_000])
            .await
            .status,
        200
    );
    let too_long = edge
        .request("PUT", "/kv/default/a", vec![b'x'; 1_000_001])
        .await;
    assert!(
        too_long
            .text
            .contains("value exceeds limit of 1000000 bytes"),
        "{}",
        too_long.text
    );
    let key = "k".repeat(8_001);
    let (_, text) = edge.get(&format!("/kv/default/{key}")).await;
    assert!(text.contains("key exceeds limit of 8000 bytes"), "{text}");
}
