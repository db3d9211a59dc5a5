//! AWS Secrets Manager, as far as a function asks it: one secret, told to whoever signs.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};

pub(crate) const ARN: &str =
    "arn:aws:secretsmanager:eu-central-1:123456789012:secret:marquee-AbCdEf";

#[derive(Default)]
pub(crate) struct Asked {
    pub(crate) authorization: String,
    pub(crate) session_token: String,
    pub(crate) times: usize,
}

#[derive(Clone)]
pub(crate) struct SecretsManager {
    pub(crate) asked: Arc<Mutex<Asked>>,
    secret: Value,
}

impl SecretsManager {
    /// Answers at the returned address with that secret.
    pub(crate) async fn start(secret: Value) -> (Self, String) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let manager = Self {
            asked: Arc::default(),
            secret,
        };
        let router = Router::new()
            .route("/", post(answer))
            .with_state(manager.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (manager, address)
    }
}

async fn answer(
    State(manager): State<SecretsManager>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name: &str| {
        let value = headers.get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default().to_owned()
    };
    let mut asked = manager.asked.lock().unwrap();
    asked.times += 1;
    asked.authorization = header("authorization");
    asked.session_token = header("x-amz-security-token");
    if asked.times == 1 {
        // Busy, once.
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let wanted: Value = serde_json::from_slice(&body).unwrap_or_default();
    if header("x-amz-target") != "secretsmanager.GetSecretValue" || wanted["SecretId"] != ARN {
        let problem = json!({"__type": "ResourceNotFoundException"});
        return (StatusCode::BAD_REQUEST, Json(problem)).into_response();
    }
    Json(json!({"ARN": ARN, "SecretString": manager.secret.to_string()})).into_response()
}
