//! The real Lambda binary against the Runtime API, and on a real S3 server.

use std::{process::Stdio, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::process::{Child, Command};
use transcode_lambda::store::{S3Settings, Store};
use uuid::Uuid;

use crate::{
    films,
    origin::{Origin, Row, SERVICE_KEYS, Standing},
    runtime_api::RuntimeApi,
    s3_server::{ACCESS_KEY_ID, BUCKET, S3Server, SECRET_ACCESS_KEY},
    secrets_manager::{ARN, SecretsManager},
    studio::{KID_SEED, MASTER, SEEDS, Studio},
    worker::settings,
};

fn function(studio: &Studio, origin: &Origin, api: &RuntimeApi) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_transcode-lambda"));
    settings(&mut command, studio, origin);
    command
        .env("AWS_LAMBDA_RUNTIME_API", &api.address)
        .env("AWS_LAMBDA_FUNCTION_NAME", "transcode")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "10240")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "g")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream-1")
        .stderr(Stdio::null());
    command
}

fn start(mut command: Command) -> Child {
    command.spawn().unwrap()
}

/// As SQS delivers tickets of these tasks.
fn batch(tasks: &[Uuid]) -> Value {
    let bodies: Vec<String> = tasks
        .iter()
        .map(|task| json!({"taskId": task}).to_string())
        .collect();
    records(&bodies)
}

fn records(bodies: &[String]) -> Value {
    let record =
        |(place, body): (usize, &String)| json!({"messageId": format!("m{place}"), "body": body});
    json!({"Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>()})
}

fn failures(messages: &[&str]) -> Value {
    let failure = |message: &&str| json!({"itemIdentifier": message});
    json!({"batchItemFailures": messages.iter().map(failure).collect::<Vec<_>>()})
}

fn row(origin: &Arc<Origin>, id: Uuid) -> Row {
    let books = origin.books.lock().unwrap();
    books.tasks.iter().find(|row| row.id == id).unwrap().clone()
}

async fn desk() -> (Arc<Origin>, Arc<RuntimeApi>) {
    let lease = Duration::from_secs(30);
    (Origin::start(lease).await, RuntimeApi::start().await)
}

const LONG: Duration = Duration::from_secs(300);

#[tokio::test]
async fn a_batch_is_settled_with_origin_and_only_what_could_not_begin_returns_to_the_queue() {
    let studio = Studio::open().await;
    studio.film(films::SMALL);
    let (origin, api) = desk().await;
    let _function = start(function(&studio, &origin, &api));
    let good = origin.insert("probe", json!({"masterKey": MASTER}));
    let missing = origin.insert("probe", json!({"masterKey": "masters/none"}));
    let taken = origin.insert("probe", json!({"masterKey": MASTER}));
    let elsewhere = Standing::Leased(std::time::Instant::now() + LONG);
    origin.books.lock().unwrap().tasks[2].standing = elsewhere.clone();
    let ticket = |task: Uuid| json!({"taskId": task}).to_string();
    let bodies = [
        ticket(good),
        "no task".to_owned(),
        ticket(missing),
        ticket(taken),
        ticket(Uuid::from_u128(9)),
    ];
    let answer = api.invoke(records(&bodies), LONG).await.unwrap();
    assert_eq!(answer, failures(&["m1"]));
    let done = row(&origin, good);
    assert_eq!(
        (&done.standing, done.worker.as_str()),
        (&Standing::Done, "stream-1")
    );
    assert_eq!(row(&origin, missing).standing, Standing::Dead);
    assert_eq!(row(&origin, taken).standing, elsewhere);

    // Delivered twice: nothing happens. Origin down: SQS keeps it.
    let again = api.invoke(batch(&[good]), LONG).await.unwrap();
    assert_eq!(
        (again, row(&origin, good).attempt),
        (failures(&[]), done.attempt)
    );
    let later = origin.insert("probe", json!({"masterKey": MASTER}));
    origin.books.lock().unwrap().broken = 1;
    let down = api.invoke(batch(&[later]), LONG).await.unwrap();
    assert_eq!(down, failures(&["m0"]));
    assert_eq!(row(&origin, later).standing, Standing::Waiting);
}

#[tokio::test]
async fn what_would_outlast_the_invocation_is_stopped_and_handed_back_and_nothing_more_is_begun() {
    let studio = Studio::open().await;
    studio.film(films::SLOW);
    let (origin, api) = desk().await;
    let mut command = function(&studio, &origin, &api);
    command
        .env("DEADLINE_RESERVE_S", "5")
        .env("TASK_LEAST_S", "1");
    let _function = start(command);
    let probe = origin.insert("probe", json!({"masterKey": MASTER}));
    api.invoke(batch(&[probe]), LONG).await.unwrap();
    // What followed from the probe: the first chunk, and something else.
    let (encode, images) = {
        let books = origin.books.lock().unwrap();
        let of_kind = |kind: &str| books.tasks.iter().find(|row| row.kind == kind).unwrap().id;
        (of_kind("encode"), of_kind("images"))
    };
    // 5 s are kept in reserve: two and a half are left for the encoder, nothing for what comes after.
    let limit = Duration::from_millis(7_500);
    let answer = api.invoke(batch(&[encode, images]), limit).await.unwrap();
    assert_eq!(answer, failures(&["m1"]));
    let stopped = row(&origin, encode);
    assert_eq!(stopped.standing, Standing::Waiting);
    assert_eq!(stopped.reasons[0]["code"], "deadline");
    assert_eq!(row(&origin, images).attempt, 0);
}

fn store_of(s3: &S3Server) -> Store {
    let settings = S3Settings {
        endpoint: Some(s3.endpoint.clone()),
        region: Some("eu-central-1".to_owned()),
        access_key_id: Some(ACCESS_KEY_ID.to_owned()),
        secret_access_key: Some(SECRET_ACCESS_KEY.to_owned()),
    };
    Store::open(&format!("s3://{BUCKET}"), &settings).unwrap()
}

/// Every task that waits is announced, in batches, until none is left.
async fn work_through_the_queue(origin: &Arc<Origin>, api: &Arc<RuntimeApi>) {
    loop {
        let waiting: Vec<Uuid> = {
            let books = origin.books.lock().unwrap();
            let waiting = books.tasks.iter();
            let waiting = waiting.filter(|row| row.standing == Standing::Waiting);
            waiting.map(|row| row.id).take(4).collect()
        };
        if waiting.is_empty() {
            break;
        }
        let answer = api.invoke(batch(&waiting), LONG).await.unwrap();
        assert_eq!(answer, failures(&[]));
    }
}

#[tokio::test]
async fn a_function_on_s3_with_its_keys_in_secrets_manager_makes_a_whole_film() {
    let studio = Studio::open().await;
    let master = studio.film(films::SMALL);
    let s3 = S3Server::start().await;
    store_of(&s3).put_file(&master, MASTER).await.unwrap();
    let secret =
        json!({"SERVICE_KEYS": SERVICE_KEYS, "CONTENT_KEY_SEEDS": SEEDS, "KID_SEED": KID_SEED});
    let (manager, endpoint) = SecretsManager::start(secret).await;
    let (origin, api) = desk().await;
    let mut command = function(&studio, &origin, &api);
    command
        .env("OBJECTS_URL", format!("s3://{BUCKET}"))
        .env("S3_ENDPOINT", &s3.endpoint)
        .env("S3_REGION", "eu-central-1")
        // Where a function has its permissions from.
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
        .env("SECRETS_ARN", ARN)
        .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint);
    for name in ["SERVICE_KEYS", "CONTENT_KEY_SEEDS", "KID_SEED"] {
        command.env_remove(name);
    }
    let _function = start(command);
    origin.start_job();
    work_through_the_queue(&origin, &api).await;
    let verified = {
        let books = origin.books.lock().unwrap();
        assert!(books.tasks.iter().all(|row| row.standing == Standing::Done));
        books.tasks.last().unwrap().clone()
    };
    assert_eq!(
        (verified.kind.as_str(), &verified.result["report"]["passed"]),
        ("verify", &json!(true))
    );

    // The bytes are those of a folder.
    let results = studio.publish().await.unwrap();
    let (_, packaged) = results.iter().find(|(kind, _)| kind == "package").unwrap();
    let files = packaged["files"].as_array().unwrap();
    assert!(files.len() > 5);
    for file in files {
        let key = file["key"].as_str().unwrap();
        let [found, expected] = [s3.object(key), studio.object(key)].map(std::fs::read);
        assert!(found.unwrap() == expected.unwrap(), "{key}");
    }

    let asked = manager.asked.lock().unwrap();
    assert_eq!(
        asked.times, 2,
        "a busy service is asked again, and once is enough"
    );
    assert!(
        asked
            .authorization
            .starts_with("AWS4-HMAC-SHA256 Credential=AKIATEST/")
    );
    assert!(
        asked
            .authorization
            .contains("/eu-central-1/secretsmanager/aws4_request")
    );
    assert!(
        asked.authorization.contains("x-amz-target"),
        "the target is signed"
    );
}

#[tokio::test]
async fn a_function_without_its_secret_says_which_and_never_what_it_holds() {
    let studio = Studio::open().await;
    let (origin, api) = desk().await;
    let half = json!({"SERVICE_KEYS": "something that must not be shown"});
    let (manager, endpoint) = SecretsManager::start(half).await;
    for (arn, expect) in [
        ("marquee", "SECRETS_ARN is no ARN of a secret"),
        (
            "arn:aws:secretsmanager:eu-central-1:1:secret:other",
            "ResourceNotFoundException",
        ),
        (ARN, "no JSON object with SERVICE_KEYS"),
    ] {
        let mut command = function(&studio, &origin, &api);
        command
            .env("SECRETS_ARN", arn)
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
            .env("AWS_SESSION_TOKEN", "session")
            .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", &endpoint)
            .stderr(Stdio::piped());
        let output = command.output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success());
        assert!(said.contains(expect), "{arn}: {said}");
        assert!(!said.contains("must not be shown"), "{said}");
    }
    assert_eq!(manager.asked.lock().unwrap().session_token, "session");
}
