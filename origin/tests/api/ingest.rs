//! Resumable uploads: what has arrived stays, what doesn't match is dropped, what is whole becomes a job.

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use tokio::io::AsyncWriteExt;

use crate::test_app::{Answer, TestApp, until};

const UPLOADS: &str = "/api/admin/uploads";

fn metadata(pairs: &[(&str, &str)]) -> String {
    let encode = |(key, value): &(&str, &str)| format!("{key} {}", STANDARD.encode(value));
    pairs
        .iter()
        .chain(&[("filename", "film.mov")])
        .map(encode)
        .collect::<Vec<_>>()
        .join(",")
}

pub(crate) fn tus(app: &TestApp, method: Method, path: &str) -> RequestBuilder {
    app.by(app.admin, method, path)
        .header("tus-resumable", "1.0.0")
}

pub(crate) fn create(app: &TestApp, pairs: &[(&str, &str)], length: usize) -> RequestBuilder {
    tus(app, Method::POST, UPLOADS)
        .header("upload-length", length)
        .header("upload-metadata", metadata(pairs))
}

pub(crate) fn patch(
    app: &TestApp,
    location: &str,
    offset: usize,
    body: impl Into<reqwest::Body>,
) -> RequestBuilder {
    tus(app, Method::PATCH, location)
        .header("upload-offset", offset)
        .header("content-type", "application/offset+octet-stream")
        .body(body)
}

pub(crate) async fn send(request: RequestBuilder, status: u16) -> Response {
    let response = request.send().await.expect("the request is answered");
    assert_eq!(response.status().as_u16(), status);
    assert_eq!(header(&response, "tus-resumable").as_deref(), Some("1.0.0"));
    response
}

pub(crate) fn header(response: &Response, name: &str) -> Option<String> {
    Some(
        response
            .headers()
            .get(name)?
            .to_str()
            .expect("headers are ASCII")
            .to_owned(),
    )
}

pub(crate) async fn location(request: RequestBuilder) -> String {
    header(&send(request, 201).await, "location").expect("a new upload has a location")
}

pub(crate) async fn offset(app: &TestApp, location: &str) -> usize {
    let response = send(tus(app, Method::HEAD, location), 200).await;
    header(&response, "upload-offset")
        .expect("HEAD tells the offset")
        .parse()
        .expect("a number")
}

/// Uploads a master in one request; returns title and job.
pub(crate) async fn upload_whole(
    app: &TestApp,
    pairs: &[(&str, &str)],
    body: &'static [u8],
) -> (String, String) {
    let request = create(app, pairs, body.len())
        .header("content-type", "application/offset+octet-stream")
        .body(body);
    let response = send(request, 201).await;
    let id = |name| header(&response, name).expect("a whole upload has title and job");
    (id("marquee-content-id"), id("marquee-job-id"))
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_client_learns_what_the_server_can_do(db: PgPool) {
    let app = TestApp::start(db).await;
    let response = send(tus(&app, Method::OPTIONS, UPLOADS), 204).await;
    assert_eq!(
        header(&response, "tus-extension").unwrap(),
        "creation,creation-with-upload,termination,checksum,expiration"
    );
    assert_eq!(
        header(&response, "tus-checksum-algorithm").unwrap(),
        "sha1,sha256"
    );
    assert_eq!(
        header(&response, "tus-max-size").unwrap(),
        (200_u64 << 30).to_string()
    );
    let other = app
        .by(app.admin, Method::POST, UPLOADS)
        .header("tus-resumable", "0.2.2");
    let response = send(other, 412).await;
    assert_eq!(header(&response, "tus-version").unwrap(), "1.0.0");
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_master_in_pieces_becomes_an_object_a_title_a_job_and_a_probe(db: PgPool) {
    let app = TestApp::start(db).await;
    let body: Vec<u8> = (0..100_000_u32).map(|n| (n % 251) as u8).collect();
    let digest = hex::encode(Sha256::digest(&body));
    let created = send(
        create(
            &app,
            &[("title", "Sintel"), ("sha256", &digest)],
            body.len(),
        ),
        201,
    )
    .await;
    let location = header(&created, "location").unwrap();
    assert!(header(&created, "upload-expires").unwrap().ends_with("GMT"));
    for (from, to) in [(0, 1), (1, 40_000), (40_000, 100_000)] {
        assert_eq!(offset(&app, &location).await, from);
        let response = send(patch(&app, &location, from, body[from..to].to_vec()), 204).await;
        assert_eq!(header(&response, "upload-offset").unwrap(), to.to_string());
    }
    let head = send(tus(&app, Method::HEAD, &location), 200).await;
    assert_eq!(
        (
            header(&head, "upload-offset").unwrap().as_str(),
            header(&head, "upload-length").unwrap().as_str()
        ),
        ("100000", "100000")
    );
    let (content, job) = (
        header(&head, "marquee-content-id").unwrap(),
        header(&head, "marquee-job-id").unwrap(),
    );
    let upload = location.rsplit('/').next().unwrap();
    assert_eq!(
        std::fs::read(app.objects().join(format!("masters/{content}/{upload}"))).unwrap(),
        body
    );
    assert_eq!(
        std::fs::read_dir(app.objects().join("uploads"))
            .unwrap()
            .count(),
        0
    );
    let status = app
        .by(
            app.admin,
            Method::GET,
            &format!("/api/admin/content/{content}/status"),
        )
        .ok()
        .await;
    assert_eq!(
        (&status["title"], &status["job"]["id"]),
        (&json!("Sintel"), &json!(job))
    );
    let task = app
        .service(Method::POST, "/internal/tasks/lease")
        .json(&json!({"workerId": "w"}))
        .ok()
        .await;
    assert_eq!(
        task["spec"],
        json!({"masterKey": format!("masters/{content}/{upload}"), "filename": "film.mov", "sha256": digest})
    );
    assert_eq!(
        app.count("audit_log WHERE action = 'content.upload'").await,
        1
    );
}

/// Announces a longer body than it sends, then hangs up.
async fn break_off(app: &TestApp, location: &str, body: &str, announced: usize) {
    let (service, session) = (app.service_token(), app.session_token(app.admin));
    let request = format!(
        "PATCH {location} HTTP/1.1\r\nhost: origin\r\nx-service-authorization: Bearer {service}\r\nauthorization: Bearer {session}\r\n\
         tus-resumable: 1.0.0\r\nupload-offset: 0\r\ncontent-type: application/offset+octet-stream\r\ncontent-length: {announced}\r\n\r\n{body}"
    );
    let mut connection = tokio::net::TcpStream::connect(app.address)
        .await
        .expect("origin listens");
    connection
        .write_all(request.as_bytes())
        .await
        .expect("the request is sent");
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn what_arrived_before_the_connection_broke_survives_it_and_a_restart(db: PgPool) {
    let app = TestApp::start(db).await;
    let location = location(create(&app, &[("title", "Sintel")], 10)).await;
    break_off(&app, &location, "abcdef", 10).await;
    // HEAD takes no lock, so that asking doesn't keep the writer out.
    until("what arrived is on the disk", async || {
        offset(&app, &location).await == 6
    })
    .await;
    // The writer keeps the lock a little longer: a client that comes back too soon is told to wait.
    until("the writer has let go", async || {
        let response = patch(&app, &location, 6, "").send().await.unwrap();
        match response.status().as_u16() {
            204 => true,
            423 => false,
            other => panic!("{other}"),
        }
    })
    .await;
    let app = app.restart().await;
    assert_eq!(offset(&app, &location).await, 6);
    let response = send(patch(&app, &location, 6, "ghij"), 204).await;
    assert!(header(&response, "marquee-job-id").is_some());
    let sha256: Vec<u8> = sqlx::query_scalar("SELECT sha256 FROM uploads")
        .fetch_one(&app.db)
        .await
        .unwrap();
    assert_eq!(
        hex::encode(sha256),
        hex::encode(Sha256::digest("abcdefghij"))
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn bytes_written_after_the_last_checkpoint_are_hashed_again(db: PgPool) {
    let app = TestApp::start(db).await;
    let location = location(create(&app, &[("title", "Sintel")], 6)).await;
    send(patch(&app, &location, 0, "abc"), 204).await;
    // As if the process had been killed while it wrote: the file is ahead of the row.
    let upload = location.rsplit('/').next().unwrap();
    std::fs::write(app.objects().join("uploads").join(upload), "abcde").unwrap();
    let app = app.restart().await;
    assert_eq!(offset(&app, &location).await, 5);
    send(patch(&app, &location, 5, "f"), 204).await;
    let sha256: Vec<u8> = sqlx::query_scalar("SELECT sha256 FROM uploads")
        .fetch_one(&app.db)
        .await
        .unwrap();
    assert_eq!(hex::encode(sha256), hex::encode(Sha256::digest("abcdef")));
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_process_killed_between_the_last_byte_and_the_job_is_made_up_for(db: PgPool) {
    let app = TestApp::start(db).await;
    let first = location(create(&app, &[("title", "By HEAD")], 3)).await;
    let second = location(create(&app, &[("title", "By the look-out")], 3)).await;
    for location in [&first, &second] {
        std::fs::write(
            app.objects()
                .join("uploads")
                .join(location.rsplit('/').next().unwrap()),
            "abc",
        )
        .unwrap();
    }
    let head = send(tus(&app, Method::HEAD, &first), 200).await;
    assert!(header(&head, "marquee-job-id").is_some());
    origin::ingest::look_after_uploads(&app.app).await.unwrap();
    assert_eq!(app.count("jobs").await, 2);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_checksum_that_does_not_match_is_460_and_nothing_of_the_upload_is_lost(db: PgPool) {
    let app = TestApp::start(db).await;
    let location = location(create(&app, &[("title", "Sintel")], 10)).await;
    send(patch(&app, &location, 0, "hello"), 204).await;
    let checked = |offset, body: &'static str, checksum: String| {
        patch(&app, &location, offset, body).header("upload-checksum", checksum)
    };
    let sha1 = "sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00=".to_owned();
    assert_eq!(
        checked(5, "hellO", sha1.clone()).problem().await,
        (460, "checksum_mismatch".to_owned())
    );
    assert_eq!(offset(&app, &location).await, 5);
    assert_eq!(
        checked(5, "hello", "md5 XUFAKrxLKna5cZ2REBfFkg==".to_owned())
            .problem()
            .await,
        (400, "invalid_request".to_owned())
    );
    let sha256 = format!("sha256 {}", STANDARD.encode(Sha256::digest("hel")));
    send(checked(5, "hel", sha256), 204).await;
    send(
        patch(&app, &location, 8, "lo").header(
            "upload-checksum",
            format!("sha256 {}", STANDARD.encode(Sha256::digest("lo"))),
        ),
        204,
    )
    .await;
    let stored: Vec<u8> = sqlx::query_scalar("SELECT sha256 FROM uploads")
        .fetch_one(&app.db)
        .await
        .unwrap();
    assert_eq!(
        hex::encode(stored),
        hex::encode(Sha256::digest("hellohello"))
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_file_with_another_hash_than_announced_is_refused_and_makes_no_title(db: PgPool) {
    let app = TestApp::start(db).await;
    let location = location(create(
        &app,
        &[("title", "Sintel"), ("sha256", &"ab".repeat(32))],
        5,
    ))
    .await;
    assert_eq!(
        patch(&app, &location, 0, "hello").problem().await,
        (422, "sha256_mismatch".to_owned())
    );
    send(tus(&app, Method::HEAD, &location), 410).await;
    assert_eq!(
        (app.count("content").await, app.count("jobs").await),
        (0, 0)
    );
    assert_eq!(
        std::fs::read_dir(app.objects().join("uploads"))
            .unwrap()
            .count(),
        0
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn only_one_request_writes_an_upload_at_a_time(db: PgPool) {
    let app = TestApp::start(db).await;
    let location = location(create(&app, &[("title", "Sintel")], 10)).await;
    let (line, body) = tokio::sync::mpsc::channel::<Result<&str, std::io::Error>>(1);
    let stream = futures::stream::unfold(body, |mut body| async {
        body.recv().await.map(|part| (part, body))
    });
    let slow = tokio::spawn(patch(&app, &location, 0, reqwest::Body::wrap_stream(stream)).send());
    line.send(Ok("abc")).await.unwrap();
    // Asked of PostgreSQL: a second request would take the lock itself if it came first.
    until("the first request holds the lock", async || {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database
             WHERE locktype = 'advisory' AND granted AND datname = current_database())",
        )
        .fetch_one(&app.db)
        .await
        .unwrap()
    })
    .await;
    assert_eq!(
        patch(&app, &location, 0, "").problem().await,
        (423, "upload_locked".to_owned())
    );
    assert_eq!(
        tus(&app, Method::DELETE, &location).problem().await,
        (423, "upload_locked".to_owned())
    );
    drop(line);
    assert_eq!(slow.await.unwrap().unwrap().status().as_u16(), 204);
    assert_eq!(offset(&app, &location).await, 3);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_terminated_upload_is_gone_with_its_bytes(db: PgPool) {
    let app = TestApp::start(db).await;
    let location = location(create(&app, &[("title", "Sintel")], 10)).await;
    send(patch(&app, &location, 0, "abc"), 204).await;
    send(
        tus(&app, Method::POST, &location).header("x-http-method-override", "DELETE"),
        204,
    )
    .await;
    send(tus(&app, Method::HEAD, &location), 410).await;
    assert_eq!(
        patch(&app, &location, 3, "def").problem().await,
        (410, "upload_gone".to_owned())
    );
    assert_eq!(
        tus(&app, Method::DELETE, &location).problem().await,
        (410, "upload_gone".to_owned())
    );
    assert_eq!(
        std::fs::read_dir(app.objects().join("uploads"))
            .unwrap()
            .count(),
        0
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn an_upload_that_nobody_continues_expires_and_one_that_goes_on_does_not(db: PgPool) {
    let app = TestApp::start(db).await;
    let forgotten = location(create(&app, &[("title", "Forgotten")], 10)).await;
    let going_on = location(create(&app, &[("title", "Going on")], 10)).await;
    app.advance(6 * 86_400);
    send(patch(&app, &going_on, 0, "abc"), 204).await;
    app.advance(86_400 + 1);
    send(tus(&app, Method::HEAD, &forgotten), 410).await;
    origin::ingest::look_after_uploads(&app.app).await.unwrap();
    let states: Vec<String> = sqlx::query_scalar("SELECT state FROM uploads ORDER BY title")
        .fetch_all(&app.db)
        .await
        .unwrap();
    assert_eq!(states, ["expired", "receiving"]);
    assert_eq!(offset(&app, &going_on).await, 3);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn requests_that_make_no_sense_are_refused_with_the_field_that_is_wrong(db: PgPool) {
    let app = TestApp::start(db).await;
    let fields = async |request: RequestBuilder| {
        let body: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
        let details = body["details"].as_array().cloned().unwrap_or_default();
        details
            .iter()
            .map(|detail| detail["field"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(fields(create(&app, &[("title", "")], 10)).await, ["title"]);
    assert_eq!(
        fields(create(
            &app,
            &[("contentId", "0190a2b4-0000-7000-8000-000000000001")],
            10
        ))
        .await,
        ["contentId"]
    );
    assert_eq!(
        fields(create(&app, &[("title", "Empty")], 0)).await,
        ["Upload-Length"]
    );
    let too_large = tus(&app, Method::POST, UPLOADS)
        .header("upload-length", (200_u64 << 30) + 1)
        .header("upload-metadata", metadata(&[("title", "x")]));
    assert_eq!(
        too_large.problem().await,
        (413, "upload_too_large".to_owned())
    );
    let location = location(create(&app, &[("title", "Sintel")], 4)).await;
    assert_eq!(
        patch(&app, &location, 1, "abc").problem().await,
        (409, "offset_mismatch".to_owned())
    );
    assert_eq!(
        patch(&app, &location, 0, "hello").problem().await,
        (413, "body_too_long".to_owned())
    );
    let plain = tus(&app, Method::PATCH, &location)
        .header("upload-offset", 0)
        .body("abc");
    assert_eq!(
        plain.problem().await,
        (415, "offset_octet_stream_required".to_owned())
    );
    let unknown = format!("{UPLOADS}/0190a2b4-0000-7000-8000-000000000001");
    assert_eq!(
        patch(&app, &unknown, 0, "abc").problem().await,
        (404, "upload_not_found".to_owned())
    );
    assert_eq!(offset(&app, &location).await, 0);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn viewers_upload_nothing(db: PgPool) {
    let app = TestApp::start(db).await;
    let request = app
        .by(app.viewer, Method::POST, UPLOADS)
        .header("tus-resumable", "1.0.0")
        .header("upload-length", 3);
    assert_eq!(request.problem().await, (403, "admin_required".to_owned()));
    let nobody = app
        .service(Method::POST, UPLOADS)
        .header("tus-resumable", "1.0.0")
        .header("upload-length", 3);
    assert_eq!(nobody.problem().await.0, 401);
    assert_eq!(app.count("uploads").await, 0);
}
