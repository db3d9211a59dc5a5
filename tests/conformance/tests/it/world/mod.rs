//! One edge with everything behind it, started for one test and stopped with it.

mod edge;
mod film;
mod objects;
mod origin;
mod process;
mod servers;
mod viewer;

use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) use film::{CID, Film, KID_SEED, OTHER_CID, SEEDS, VERSION};
pub(crate) use origin::Asked;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;
pub(crate) use viewer::{Viewer, bad_permits};

/// An edge, and the servers behind it.
pub(crate) struct World {
    edge: edge::Edge,
    pub(crate) origin: origin::Origin,
    pub(crate) objects: objects::Objects,
    pub(crate) valkey: servers::Valkey,
    /// The key-value store's database, which stays when Valkey goes.
    store: servers::Valkey,
    client: Client,
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With other values of some variables; `{origin}` in one stands for the stand-in's address.
    pub(crate) async fn with(variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (valkey, store) = futures::join!(servers::Valkey::start(), servers::Valkey::start());
        let origin = origin::Origin::start().await;
        let objects = objects::Objects::start(&Film::published()).await;
        let mut all = vec![
            ("origin_url", origin.url()),
            ("valkey_url", valkey.url()),
            ("objects_url", objects.url()),
            ("objects_token", objects::TOKEN.to_owned()),
            ("service_keys", viewer::SERVICE_KEYS.to_owned()),
            ("playback_keys", viewer::PLAYBACK_KEYS.to_owned()),
            ("content_key_seeds", SEEDS.to_owned()),
            ("kid_seed", KID_SEED.to_owned()),
            ("public_origin", PUBLIC_ORIGIN.to_owned()),
        ];
        all.extend(
            variables
                .iter()
                .map(|&(name, value)| (name, value.replace("{origin}", &origin.url()))),
        );
        let edge = edge::Edge::start(&all, &store.url(), folder.path()).await;
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a client");
        Self {
            edge,
            origin,
            objects,
            valkey,
            store,
            client,
            _folder: folder,
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.edge.url(path))
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// The edge's own `host:port`.
    pub(crate) fn host(&self) -> String {
        self.edge.host()
    }

    /// Lets what the key-value store keeps under keys that start so be as old as that.
    pub(crate) async fn age(&self, prefix: &str, expired_ms_ago: u64) {
        let keys: Vec<String> = self.store.run(&["KEYS", &format!("{prefix}*")]).await;
        assert!(!keys.is_empty(), "nothing is kept under {prefix}");
        let expired = (now_s() * 1000 - expired_ms_ago).to_be_bytes();
        for key in keys {
            self.store.write_at_start(&key, &expired).await;
        }
    }

    /// The film's descriptor, as origin tells it.
    pub(crate) fn origin_title() -> Value {
        origin::Origin::title()
    }

    /// Starts playback of the film for a viewer.
    pub(crate) async fn start_session(&self, viewer: &Viewer) -> Response {
        self.post(&format!("/api/stream/{CID}/session"))
            .bearer_auth(viewer.token())
            .send()
            .await
            .expect("an answer")
    }
}

/// What browsers are said to see.
pub(crate) const PUBLIC_ORIGIN: &str = "http://tv.test";

/// Sends and reads a JSON answer.
pub(crate) async fn json(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or(Value::Null))
}

/// Sends and reads a refusal: its status and code, once its shape is checked.
pub(crate) async fn problem(request: RequestBuilder) -> (u16, String) {
    problem_of(request.send().await.expect("an answer")).await
}

/// A refusal's status and code, once its shape is checked.
pub(crate) async fn problem_of(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let header = |name: &str| {
        response
            .headers()
            .get(name)
            .map(|value| value.to_str().expect("text").to_owned())
    };
    let (id, length) = (header("x-request-id"), header("content-length"));
    let body = response.text().await.expect("a body");
    let problem: Value =
        serde_json::from_str(&body).unwrap_or_else(|_| panic!("{status} is no problem: {body}"));
    assert_eq!(
        problem["requestId"].as_str(),
        id.as_deref(),
        "the problem quotes the request"
    );
    assert_eq!(
        length,
        Some(body.len().to_string()),
        "a whole body has its length"
    );
    assert!(
        problem["error"]
            .as_str()
            .is_some_and(|sentence| sentence.ends_with('.')),
        "{problem}"
    );
    (status, problem["code"].as_str().expect("a code").to_owned())
}

/// Seconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "tokens are made for the real clock of the edge"
)]
pub(crate) fn now_s() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("past 1970")
        .as_secs()
}
