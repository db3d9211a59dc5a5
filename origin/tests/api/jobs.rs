//! Jobs from their first task to their last, or to their failure.

use reqwest::Method;
use serde_json::{Value, json};
use shared::ids::{ContentId, JobId};
use sqlx::PgPool;

use crate::{
    ingest::upload_whole,
    test_app::{Answer, TestApp},
};

/// What a worker does with origin.
pub(crate) struct Worker<'a> {
    pub(crate) app: &'a TestApp,
    pub(crate) name: &'static str,
}

impl Worker<'_> {
    /// The next task, if there is one.
    pub(crate) async fn lease(&self) -> Option<Value> {
        let answer = self
            .app
            .service(Method::POST, "/internal/tasks/lease")
            .json(&json!({"workerId": self.name}))
            .ok()
            .await;
        (!answer.is_null()).then_some(answer)
    }

    pub(crate) fn tell(
        &self,
        task: &Value,
        what: &str,
        mut body: Value,
    ) -> reqwest::RequestBuilder {
        body["attempt"] = task["attempt"].clone();
        let id = task["id"].as_str().expect("a task has an id");
        self.app
            .service(Method::POST, &format!("/internal/tasks/{id}/{what}"))
            .json(&body)
    }

    /// Does a task as a real worker would, without the work.
    pub(crate) async fn complete(&self, task: &Value) {
        if task["kind"] == "package" {
            write_asset(self.app, task);
        }
        self.tell(task, "complete", json!({"result": result(task)}))
            .ok()
            .await;
    }

    /// Works until nothing is left; returns the kinds in order.
    pub(crate) async fn work(&self) -> Vec<String> {
        let mut kinds = Vec::new();
        while let Some(task) = self.lease().await {
            kinds.push(task["kind"].as_str().expect("a task has a kind").to_owned());
            self.complete(&task).await;
        }
        kinds
    }
}

pub(crate) fn result(task: &Value) -> Value {
    match task["kind"].as_str().expect("a task has a kind") {
        "probe" => {
            let encode =
                |index: u32| json!({"kind": "encode", "spec": {"chunk": {"index": index}}});
            json!({"report": {"durationS": 12}, "plan": {"durationMs": 12000, "name": "the plan"}, "followUps": [
                encode(0), encode(1), {"kind": "audio", "spec": {}}, {"kind": "images", "spec": {}}, encode(2)]})
        }
        "verify" => json!({"report": {"passed": true}}),
        kind => json!({"kind": kind, "outputs": [{"key": task["spec"]["chunk"]["index"]}]}),
    }
}

pub(crate) fn write_asset(app: &TestApp, task: &Value) {
    let (content, version) = (
        task["contentId"].as_str().expect("an id"),
        task["version"].as_i64().expect("a number"),
    );
    let asset = json!({
        "schema": 1, "content_id": content, "version": version, "key_seed": 1, "duration_ms": 12000,
        "video": [{"id": "v1080", "file": "v1080.mp4", "codec": "avc1.640028", "width": 1920, "height": 1080,
            "frame_rate": {"num": 24, "den": 1}, "range": "PQ", "tier": "hd", "peak_bps": 6_000_000, "average_bps": 5_000_000,
            "timescale": 24000, "init": {"offset": 0, "length": 800}, "segments": [[[800, 1000, 48000, 500]]]}],
        "audio": [{"id": "a-en", "file": "a-en.mp4", "group": "aac2", "name": "English", "language": "en", "default": true,
            "channels": "2", "codec": "mp4a.40.2", "peak_bps": 130_000, "average_bps": 128_000, "timescale": 48000,
            "init": {"offset": 0, "length": 700}, "segments": [[[700, 900, 96000, 900]]]}],
        "subtitles": [{"id": "s-en", "file": "s-en.vtt", "name": "English", "language": "en"}],
        "artwork": [{"index": 0, "atMs": 4000, "score": 0.2}, {"index": 1, "atMs": 8000, "score": 0.1}],
        "credits_start_ms": 11000, "intro": {"start_ms": 0, "end_ms": 2000}});
    let folder = app.objects().join(format!("assets/{content}/{version}"));
    std::fs::create_dir_all(&folder).expect("the asset's folder");
    std::fs::write(folder.join("asset.json"), asset.to_string()).expect("the asset's description");
    let artwork = app.objects().join(format!("artwork/{content}/{version}"));
    std::fs::create_dir_all(&artwork).expect("the artwork's folder");
    std::fs::write(artwork.join("poster.jpg"), b"jpeg").expect("the poster");
}

/// A title with a job whose probe waits.
pub(crate) async fn job(app: &TestApp, metadata: &[(&str, &str)]) -> (ContentId, JobId) {
    let (content, job) = upload_whole(app, metadata, b"a master").await;
    (content.parse().expect("an id"), job.parse().expect("an id"))
}

pub(crate) async fn status(app: &TestApp, content: ContentId) -> Value {
    app.by(
        app.admin,
        Method::GET,
        &format!("/api/admin/content/{content}/status"),
    )
    .ok()
    .await
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_job_goes_from_queued_to_published_by_way_of_every_stage(db: PgPool) {
    let app = TestApp::with_valkey(db).await;
    let (content, _) = job(&app, &[("title", "Sintel")]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    assert_eq!(status(&app, content).await["job"]["state"], "queued");

    let probe = worker.lease().await.unwrap();
    assert_eq!(
        (&probe["kind"], &probe["attempt"], &probe["leaseS"]),
        (&json!("probe"), &json!(1), &json!(30))
    );
    assert_eq!(probe["spec"]["filename"], "film.mov");
    assert_eq!(status(&app, content).await["job"]["state"], "probing");
    worker.complete(&probe).await;
    let encoding = status(&app, content).await;
    assert_eq!(
        (&encoding["job"]["state"], &encoding["status"]),
        (&json!("encoding"), &json!("processing"))
    );

    // Images and audio first, then chunks in order; packaging gets every result as it was.
    let mut kinds = Vec::new();
    for _ in 0..5 {
        let task = worker.lease().await.unwrap();
        kinds.push((
            task["kind"].as_str().unwrap().to_owned(),
            task["spec"]["chunk"]["index"].clone(),
        ));
        worker.complete(&task).await;
    }
    let expect = [
        ("images", Value::Null),
        ("audio", Value::Null),
        ("encode", json!(0)),
        ("encode", json!(1)),
        ("encode", json!(2)),
    ];
    assert_eq!(kinds, expect.map(|(kind, index)| (kind.to_owned(), index)));
    let package = worker.lease().await.unwrap();
    assert_eq!(package["spec"]["plan"]["name"], "the plan");
    assert_eq!(package["spec"]["outputs"].as_array().unwrap().len(), 5);
    assert_eq!(
        package["spec"]["outputs"][2],
        json!({"kind": "encode", "outputs": [{"key": 0}]})
    );
    worker.complete(&package).await;
    assert_eq!(status(&app, content).await["job"]["state"], "verifying");
    assert_eq!(worker.work().await, ["verify"]);

    let ready = status(&app, content).await;
    assert_eq!(
        (
            &ready["status"],
            &ready["job"]["state"],
            &ready["job"]["percent"]
        ),
        (&json!("ready"), &json!("ready"), &json!(100.0))
    );
    assert_eq!(
        ready["job"]["tasks"],
        json!({"done": 8, "total": 8, "running": 0, "failed": 0})
    );
    assert_eq!(ready["versions"][0]["current"], true);
    assert_eq!(ready["job"]["report"]["verify"], json!({"passed": true}));
    for (table, rows) in [
        ("assets", 1),
        ("renditions", 1),
        ("audio_tracks", 1),
        ("subtitle_tracks", 1),
        ("markers", 2),
    ] {
        assert_eq!(app.count(table).await, rows, "{table}");
    }
    let row: (String, Option<i32>, Option<String>, String, i64) = sqlx::query_as(
        "SELECT status, artwork_version, hdr_format, master_resolution, duration_ms FROM content WHERE content_id = $1")
        .bind(content.as_uuid()).fetch_one(&app.db).await.unwrap();
    assert_eq!(
        row,
        (
            "ready".to_owned(),
            Some(1),
            Some("hdr10".to_owned()),
            "1920x1080".to_owned(),
            12000
        )
    );
    let rev: i64 = app
        .app
        .valkey
        .query(redis::cmd("GET").arg("catalogue:rev"))
        .await
        .unwrap();
    assert_eq!(rev, 1);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_task_that_fails_three_times_is_dead_with_its_reason_and_waits_longer_each_time(
    db: PgPool,
) {
    let app = TestApp::start(db).await;
    let (content, job) = job(&app, &[("title", "Sintel")]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    let reasons = json!([{"code": "tool_failed", "problem": "ffmpeg ended with 1.", "remedy": "Look at the log."}]);
    // Between half of the back-off and all of it.
    for wait in [5, 20] {
        let task = worker.lease().await.unwrap();
        worker
            .tell(
                &task,
                "fail",
                json!({"reasons": reasons, "retryable": true}),
            )
            .ok()
            .await;
        app.advance(wait / 2);
        assert_eq!(worker.lease().await, None);
        app.advance(wait - wait / 2);
    }
    let task = worker.lease().await.unwrap();
    assert_eq!(task["attempt"], 3);
    worker
        .tell(
            &task,
            "fail",
            json!({"reasons": reasons, "retryable": true}),
        )
        .ok()
        .await;
    let dead = status(&app, content).await;
    assert_eq!(
        (
            &dead["status"],
            &dead["job"]["state"],
            &dead["job"]["stage"]
        ),
        (&json!("error"), &json!("failed"), &json!("probing"))
    );
    assert_eq!(dead["job"]["reasons"], reasons);

    // A retry goes on where it stopped, with new attempts and a new fencing token.
    app.by(
        app.admin,
        Method::POST,
        &format!("/api/admin/jobs/{job}/retry"),
    )
    .ok()
    .await;
    assert_eq!(status(&app, content).await["status"], "processing");
    assert_eq!(worker.lease().await.unwrap()["attempt"], 4);
    assert_eq!(
        app.by(
            app.admin,
            Method::POST,
            &format!("/api/admin/jobs/{job}/retry")
        )
        .problem()
        .await,
        (409, "job_not_failed".to_owned())
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_refused_master_fails_its_job_at_once_with_every_reason_and_what_was_found(db: PgPool) {
    let app = TestApp::start(db).await;
    let (content, _) = job(&app, &[("title", "Sintel")]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    let task = worker.lease().await.unwrap();
    let reasons = json!([{"code": "no_video", "problem": "No video.", "remedy": "Export it again."},
        {"code": "truncated", "problem": "It ends early.", "remedy": "Upload it again."}]);
    worker
        .tell(
            &task,
            "fail",
            json!({"reasons": reasons, "retryable": false, "report": {"durationS": 12}}),
        )
        .ok()
        .await;
    let refused = status(&app, content).await;
    assert_eq!(refused["job"]["report"]["probe"], json!({"durationS": 12}));
    assert_eq!(
        (&refused["status"], &refused["job"]["reasons"]),
        (&json!("error"), &reasons)
    );
    assert_eq!(worker.lease().await, None);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_cancelled_job_tells_its_workers_and_takes_no_more_results(db: PgPool) {
    let app = TestApp::start(db).await;
    let (content, job) = job(&app, &[("title", "Sintel")]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    worker.complete(&worker.lease().await.unwrap()).await;
    let task = worker.lease().await.unwrap();
    assert_eq!(
        app.by(
            app.viewer,
            Method::POST,
            &format!("/api/admin/jobs/{job}/cancel")
        )
        .problem()
        .await,
        (403, "admin_required".to_owned())
    );
    let cancelled = app
        .by(
            app.admin,
            Method::POST,
            &format!("/api/admin/jobs/{job}/cancel"),
        )
        .ok()
        .await;
    assert_eq!(
        (&cancelled["state"], &cancelled["stage"]),
        (&json!("cancelled"), &json!("encoding"))
    );
    assert_eq!(
        worker.tell(&task, "heartbeat", json!({})).ok().await,
        json!({"cancel": true})
    );
    assert_eq!(
        worker
            .tell(&task, "complete", json!({"result": {}}))
            .problem()
            .await,
        (409, "lease_lost".to_owned())
    );
    assert_eq!(worker.lease().await, None);
    assert_eq!(
        app.by(
            app.admin,
            Method::POST,
            &format!("/api/admin/jobs/{job}/cancel")
        )
        .problem()
        .await,
        (409, "job_ended".to_owned())
    );
    // What was done stays done.
    app.by(
        app.admin,
        Method::POST,
        &format!("/api/admin/jobs/{job}/retry"),
    )
    .ok()
    .await;
    assert_eq!(
        worker.work().await,
        [
            "images", "audio", "encode", "encode", "encode", "package", "verify"
        ]
    );
    assert_eq!(status(&app, content).await["status"], "ready");
    assert_eq!(
        app.count("audit_log WHERE action IN ('job.cancel', 'job.retry')")
            .await,
        2
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn the_log_keeps_the_last_200_lines_and_jobs_are_listed_newest_first(db: PgPool) {
    let app = TestApp::start(db).await;
    let (content, first) = job(&app, &[("title", "First")]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    let task = worker.lease().await.unwrap();
    for part in 0..3 {
        let lines: Vec<String> = (0..100)
            .map(|line| format!("line {}", part * 100 + line))
            .collect();
        worker
            .tell(
                &task,
                "heartbeat",
                json!({"log": lines, "percent": 50, "fps": 24}),
            )
            .ok()
            .await;
    }
    let shown = status(&app, content).await;
    let log = shown["job"]["log"].as_array().unwrap();
    assert_eq!(
        (log.len(), &log[0], &log[199]),
        (200, &json!("line 100"), &json!("line 299"))
    );
    assert_eq!(
        (&shown["job"]["percent"], &shown["job"]["fps"]),
        (&json!(1.0), &json!(24.0))
    );
    app.advance(1);
    let (_, second) = job(&app, &[("title", "Second")]).await;
    let list = app.by(app.admin, Method::GET, "/api/admin/jobs").ok().await;
    let ids: Vec<&str> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| job["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, [second.to_string(), first.to_string()]);
    assert_eq!(
        app.by(app.viewer, Method::GET, "/api/admin/jobs")
            .problem()
            .await,
        (403, "admin_required".to_owned())
    );
}
