//! Uploads into S3: parts of a multipart upload, a tail that survives, and the same promises as on a disk. The bucket is
//! ours to imitate, over HTTP: it is a third party's.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::{Method as HttpMethod, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{any, post},
};
use reqwest::Method;
use sha2::{Digest, Sha256};
use sqlx::PgPool;

use crate::{
    ingest::{create, header as header_of, location, offset, patch, send, tus},
    test_app::TestApp,
};

const MIB: usize = 1 << 20;
/// What S3 refuses as a part that isn't the last.
const PART_MIN: usize = 5 * MIB;

/// As much of S3 as origin uses.
#[derive(Clone, Default)]
struct Bucket(Arc<Mutex<Contents>>);

#[derive(Default)]
struct Contents {
    objects: HashMap<String, Bytes>,
    uploads: HashMap<String, BTreeMap<u32, Bytes>>,
    is_failing: bool,
}

impl Bucket {
    async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("the listener has an address");
        let service = Router::new()
            .route("/masters", post(delete_objects))
            .route("/masters/{*key}", any(answer))
            .with_state(self.clone())
            .layer(axum::extract::DefaultBodyLimit::disable());
        tokio::spawn(async move { axum::serve(listener, service).await });
        format!("http://{address}")
    }

    /// Objects and open multipart uploads.
    fn counts(&self) -> (usize, usize) {
        let contents = self.contents();
        (contents.objects.len(), contents.uploads.len())
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0
            .lock()
            .expect("no test panics while it holds the bucket")
    }
}

async fn answer(
    State(bucket): State<Bucket>,
    Path(key): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    method: HttpMethod,
    body: Bytes,
) -> Response {
    let mut contents = bucket.contents();
    if contents.is_failing {
        return StatusCode::FORBIDDEN.into_response();
    }
    let upload = query.get("uploadId").cloned();
    match (method.as_str(), upload) {
        ("POST", None) => {
            let id = format!("upload-{}", contents.uploads.len());
            contents.uploads.insert(id.clone(), BTreeMap::new());
            format!("<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>").into_response()
        }
        ("PUT", Some(id)) => {
            let number: u32 = query["partNumber"].parse().expect("a part has a number");
            contents
                .uploads
                .get_mut(&id)
                .expect("a known upload")
                .insert(number, body);
            [(header::ETAG, format!("\"{number}\""))].into_response()
        }
        ("POST", Some(id)) => complete(&mut contents, &key, &id),
        ("DELETE", Some(id)) => {
            contents.uploads.remove(&id);
            StatusCode::NO_CONTENT.into_response()
        }
        ("PUT", None) => {
            contents.objects.insert(key, body);
            [(header::ETAG, "\"whole\"")].into_response()
        }
        ("GET" | "HEAD", _) => match contents.objects.get(&key) {
            Some(object) => {
                let modified = (header::LAST_MODIFIED, "Sun, 01 Mar 2026 00:00:00 GMT");
                ([modified, (header::ETAG, "\"whole\"")], object.clone()).into_response()
            }
            None => StatusCode::NOT_FOUND.into_response(),
        },
        _ => StatusCode::NOT_IMPLEMENTED.into_response(),
    }
}

/// `DeleteObjects`: what the client sends even for one.
async fn delete_objects(State(bucket): State<Bucket>, body: String) -> String {
    let keys = body.split("<Key>").skip(1);
    let keys: Vec<&str> = keys
        .filter_map(|rest| Some(rest.split_once("</Key>")?.0))
        .collect();
    bucket
        .contents()
        .objects
        .retain(|key, _| !keys.contains(&key.as_str()));
    let deleted: Vec<String> = keys
        .iter()
        .map(|key| format!("<Deleted><Key>{key}</Key></Deleted>"))
        .collect();
    let deleted = deleted.concat();
    format!("<DeleteResult>{deleted}</DeleteResult>")
}

fn complete(contents: &mut Contents, key: &str, id: &str) -> Response {
    let Some(parts) = contents.uploads.remove(id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let last = parts.len() as u32;
    assert!(
        parts
            .iter()
            .all(|(number, part)| *number == last || part.len() >= PART_MIN),
        "S3 would refuse a part that is too small"
    );
    let whole: Vec<u8> = parts.into_values().flatten().collect();
    contents.objects.insert(key.to_owned(), whole.into());
    "<CompleteMultipartUploadResult><ETag>\"whole\"</ETag></CompleteMultipartUploadResult>"
        .into_response()
}

fn master() -> Vec<u8> {
    (0..20 * MIB)
        .map(|index| (index * 31 % 251) as u8)
        .collect()
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_master_in_odd_pieces_becomes_parts_and_survives_restarts_between_them(db: PgPool) {
    let (bucket, master) = (Bucket::default(), master());
    let digest = hex::encode(Sha256::digest(&master));
    let mut app = TestApp::with_bucket(db, bucket.start().await).await;
    let location = location(create(
        &app,
        &[("title", "Sintel"), ("sha256", &digest)],
        master.len(),
    ))
    .await;
    for (from, to) in [
        (0, 3),
        (3, 9 * MIB),
        (9 * MIB, 9 * MIB + 1),
        (9 * MIB + 1, 16 * MIB),
        (16 * MIB, 20 * MIB),
    ] {
        assert_eq!(offset(&app, &location).await, from);
        send(patch(&app, &location, from, master[from..to].to_vec()), 204).await;
        app = app.restart().await;
    }
    let head = send(tus(&app, Method::HEAD, &location), 200).await;
    assert!(header_of(&head, "marquee-job-id").is_some());
    let contents = bucket.contents();
    let objects: Vec<&String> = contents.objects.keys().collect();
    assert_eq!(objects.len(), 1, "the tail is gone: {objects:?}");
    assert!(objects[0].starts_with("masters/"));
    assert_eq!(contents.objects[objects[0]], master);
    assert!(contents.uploads.is_empty());
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn while_the_bucket_is_down_no_byte_is_promised_that_could_be_lost(db: PgPool) {
    let (bucket, master) = (Bucket::default(), master());
    let app = TestApp::with_bucket(db, bucket.start().await).await;
    let location = location(create(&app, &[("title", "Sintel")], master.len())).await;
    send(patch(&app, &location, 0, master[..9 * MIB].to_vec()), 204).await;
    bucket.contents().is_failing = true;
    send(
        patch(&app, &location, 9 * MIB, master[9 * MIB..].to_vec()),
        503,
    )
    .await;
    bucket.contents().is_failing = false;
    let resumed = offset(&app, &location).await;
    assert_eq!(resumed, 9 * MIB);
    send(
        patch(&app, &location, resumed, master[resumed..].to_vec()),
        204,
    )
    .await;
    let stored: Vec<u8> = sqlx::query_scalar("SELECT sha256 FROM uploads")
        .fetch_one(&app.db)
        .await
        .unwrap();
    assert_eq!(stored, Sha256::digest(&master).to_vec());
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_terminated_upload_leaves_nothing_in_the_bucket(db: PgPool) {
    let bucket = Bucket::default();
    let app = TestApp::with_bucket(db, bucket.start().await).await;
    let location = location(create(&app, &[("title", "Sintel")], 20 * MIB)).await;
    send(patch(&app, &location, 0, vec![7; 9 * MIB]), 204).await;
    assert_eq!(bucket.counts(), (1, 1));
    send(tus(&app, Method::DELETE, &location), 204).await;
    assert_eq!(bucket.counts(), (0, 0));
}
