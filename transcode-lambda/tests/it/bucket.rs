//! The pipeline on S3. The bucket is ours to imitate, over HTTP: it is a third party's.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, Query, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use serde_json::Value;
use transcode_lambda::store::{S3Settings, Store};

use crate::{
    films,
    studio::{MASTER, Studio, target},
};

struct Object {
    bytes: Bytes,
    content_type: Option<String>,
    cache_control: Option<String>,
}

#[derive(Default)]
struct Contents {
    objects: HashMap<String, Object>,
    uploads: HashMap<String, (HeaderMap, BTreeMap<u32, Bytes>)>,
    unsigned: usize,
}

#[derive(Clone, Default)]
struct Bucket(Arc<Mutex<Contents>>);

impl Bucket {
    async fn start(&self) -> Store {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let service = Router::new()
            .route("/media", get(list))
            .route("/media/{*key}", any(answer))
            .with_state(self.clone())
            .layer(DefaultBodyLimit::disable());
        tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        let settings = S3Settings {
            endpoint: Some(endpoint),
            region: Some("eu-central-1".to_owned()),
            access_key_id: Some("AKIATEST".to_owned()),
            secret_access_key: Some("not a secret".to_owned()),
        };
        Store::open("s3://media", &settings).unwrap()
    }

    fn bytes(&self, key: &str) -> Bytes {
        self.0.lock().unwrap().objects[key].bytes.clone()
    }
}

/// ListObjectsV2, one page.
async fn list(
    State(bucket): State<Bucket>,
    Query(query): Query<HashMap<String, String>>,
) -> String {
    let contents = bucket.0.lock().unwrap();
    let prefix = query.get("prefix").map_or("", String::as_str);
    let found = contents
        .objects
        .iter()
        .filter(|(key, _)| key.starts_with(prefix));
    let listed: Vec<String> = found
        .map(|(key, object)| {
            let size = object.bytes.len();
            format!("<Contents><Key>{key}</Key><Size>{size}</Size><LastModified>2026-03-01T00:00:00.000Z</LastModified></Contents>")
        })
        .collect();
    let listed = listed.concat();
    format!("<ListBucketResult><IsTruncated>false</IsTruncated>{listed}</ListBucketResult>")
}

async fn answer(
    State(bucket): State<Bucket>,
    Path(key): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut contents = bucket.0.lock().unwrap();
    let is_signed =
        headers.contains_key(header::AUTHORIZATION) || query.contains_key("X-Amz-Signature");
    contents.unsigned += usize::from(!is_signed);
    match (method.as_str(), query.get("uploadId")) {
        ("POST", None) => {
            let id = format!("upload-{}", contents.uploads.len());
            contents
                .uploads
                .insert(id.clone(), (headers, BTreeMap::new()));
            format!("<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>")
                .into_response()
        }
        ("PUT", Some(id)) => {
            let number: u32 = query["partNumber"].parse().unwrap();
            contents.uploads.get_mut(id).unwrap().1.insert(number, body);
            [(header::ETAG, format!("\"{number}\""))].into_response()
        }
        ("POST", Some(id)) => {
            let (headers, parts) = contents.uploads.remove(id).unwrap();
            let whole: Vec<u8> = parts.into_values().flatten().collect();
            contents.objects.insert(key, object(&headers, whole.into()));
            "<CompleteMultipartUploadResult><ETag>\"whole\"</ETag></CompleteMultipartUploadResult>"
                .into_response()
        }
        ("PUT", None) => {
            contents.objects.insert(key, object(&headers, body));
            [(header::ETAG, "\"whole\"")].into_response()
        }
        ("GET" | "HEAD", _) => match contents.objects.get(&key) {
            Some(object) => read(&object.bytes, &headers),
            None => StatusCode::NOT_FOUND.into_response(),
        },
        _ => StatusCode::NOT_IMPLEMENTED.into_response(),
    }
}

fn object(headers: &HeaderMap, bytes: Bytes) -> Object {
    let header = |name| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    Object {
        bytes,
        content_type: header(header::CONTENT_TYPE),
        cache_control: header(header::CACHE_CONTROL),
    }
}

fn read(bytes: &Bytes, headers: &HeaderMap) -> Response {
    let common = [
        (header::LAST_MODIFIED, "Sun, 01 Mar 2026 00:00:00 GMT"),
        (header::ETAG, "\"whole\""),
        (header::ACCEPT_RANGES, "bytes"),
    ];
    let range = headers
        .get(header::RANGE)
        .map(|value| value.to_str().unwrap());
    let Some((first, last)) = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-'))
    else {
        return (common, bytes.clone()).into_response();
    };
    let first: usize = first.parse().unwrap();
    let last = last.parse().unwrap_or(bytes.len() - 1).min(bytes.len() - 1);
    let content_range = format!("bytes {first}-{last}/{}", bytes.len());
    let part = bytes.slice(first..=last);
    (
        StatusCode::PARTIAL_CONTENT,
        common,
        [(header::CONTENT_RANGE, content_range)],
        part,
    )
        .into_response()
}

#[tokio::test]
async fn a_bucket_gets_the_same_asset_as_a_folder() {
    let bucket = Bucket::default();
    let folder = Studio::open().await;
    let master = folder.film(films::SMALL);
    folder.publish().await.unwrap();

    let mut studio = Studio::open().await;
    studio.engine.store = bucket.start().await;
    studio.engine.store.put_file(&master, MASTER).await.unwrap();
    let results = studio.publish().await.unwrap();

    let packaged = results.iter().find(|(kind, _)| kind == "package").unwrap();
    let keys = packaged.1["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| &file["key"]);
    let keys: Vec<_> = keys.filter_map(Value::as_str).collect();
    assert!(keys.len() > 5);
    for key in keys {
        let expected = std::fs::read(folder.object(key)).unwrap();
        assert!(bucket.bytes(key) == expected, "{key}");
        let contents = bucket.0.lock().unwrap();
        let object = &contents.objects[key];
        let expected = match key.rsplit('.').next().unwrap() {
            "mp4" => "video/mp4",
            "vtt" => "text/vtt",
            "jpg" => "image/jpeg",
            _ => "application/json",
        };
        assert_eq!(object.content_type.as_deref(), Some(expected), "{key}");
        let cached = object.cache_control.as_deref().unwrap();
        assert!(cached.contains("immutable"), "{key}: {cached}");
    }
    assert!(
        bucket
            .0
            .lock()
            .unwrap()
            .objects
            .contains_key(&target().asset_key("verify.json"))
    );
    assert_eq!(
        bucket.0.lock().unwrap().unsigned,
        0,
        "every request carries a permission"
    );
}

#[tokio::test]
async fn a_large_file_goes_up_in_parts_and_an_equal_one_not_again() {
    let bucket = Bucket::default();
    let store = bucket.start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large");
    let bytes: Vec<u8> = (0..20_000_000_u32)
        .map(|index| (index * 31 % 251) as u8)
        .collect();
    std::fs::write(&path, &bytes).unwrap();
    let stored = store.put_file(&path, "work/large").await.unwrap();
    assert!(bucket.bytes("work/large") == bytes);
    assert_eq!(
        store.describe("work/large").await.unwrap(),
        Some(stored.clone())
    );
    bucket.0.lock().unwrap().uploads.clear();
    assert_eq!(store.put_file(&path, "work/large").await.unwrap(), stored);
    assert!(store.describe("work/none").await.unwrap().is_none());
}
