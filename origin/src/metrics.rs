//! Prometheus metrics of this process, at `/metrics`.

use std::{sync::OnceLock, time::Duration};

use anyhow::Context;
use axum::{extract::State, http::header, response::IntoResponse};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::app::App;

/// Seconds; the buckets of everything that is measured in time.
const BUCKETS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// The process's recorder: `metrics::counter!` and friends write to it from anywhere.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Installs the recorder, once per process.
    pub fn install() -> anyhow::Result<Self> {
        static INSTALLED: OnceLock<PrometheusHandle> = OnceLock::new();
        if let Some(handle) = INSTALLED.get() {
            return Ok(Self(handle.clone()));
        }
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), BUCKETS)
            .context("metric buckets")?
            .build_recorder();
        let handle = INSTALLED.get_or_init(|| recorder.handle()).clone();
        // A second App in one process (tests) keeps the first recorder.
        if metrics::set_global_recorder(recorder).is_ok() {
            describe();
        }
        Ok(Self(handle))
    }

    /// Counts and times one request.
    pub fn request(&self, method: &str, route: &str, status: u16, elapsed: Duration) {
        let labels = [
            ("method", method.to_owned()),
            ("route", route.to_owned()),
            ("status", status.to_string()),
        ];
        metrics::counter!("origin_http_requests_total", &labels).increment(1);
        metrics::histogram!("origin_http_request_duration_seconds", &labels)
            .record(elapsed.as_secs_f64());
    }

    /// Counts one attempt to sign in.
    pub fn login(&self, outcome: &'static str) {
        metrics::counter!("origin_logins_total", "outcome" => outcome).increment(1);
    }
}

fn describe() {
    metrics::describe_counter!("origin_http_requests_total", "Requests by route and status");
    metrics::describe_histogram!(
        "origin_http_request_duration_seconds",
        "Time until the response's head"
    );
    metrics::describe_counter!("origin_logins_total", "Attempts to sign in, by outcome");
    metrics::describe_gauge!("origin_db_connections", "PostgreSQL connections, by state");
}

/// `GET /metrics`
pub async fn render(State(app): State<App>) -> impl IntoResponse {
    let idle = app.db.num_idle() as f64;
    metrics::gauge!("origin_db_connections", "state" => "idle").set(idle);
    metrics::gauge!("origin_db_connections", "state" => "used")
        .set(f64::from(app.db.size()) - idle);
    app.metrics.0.run_upkeep();
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        app.metrics.0.render(),
    )
}
