//! `SendMessageBatch` of AWS SQS, in its JSON protocol, signed by hand (AWS Signature Version 4) with the credentials that open the
//! bucket: settings, or the role of the task or instance.

use std::time::Duration;

use anyhow::{Context, ensure};
use object_store::{
    aws::{AwsAuthorizer, AwsCredentialProvider},
    client::{HttpRequest, HttpRequestBody},
};
use serde::Deserialize;
use serde_json::json;

use crate::{config::ObjectsConfig, objects};

const PATIENCE: Duration = Duration::from_secs(10);

/// A queue.
pub(super) struct Sqs {
    http: reqwest::Client,
    queue: reqwest::Url,
    endpoint: reqwest::Url,
    region: String,
    credentials: AwsCredentialProvider,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Failed", default)]
    failed: Vec<Refused>,
}

#[derive(Deserialize)]
struct Refused {
    #[serde(rename = "Id")]
    id: String,
}

impl Sqs {
    /// The queue of that URL, reached as the bucket is.
    pub(super) fn open(queue: reqwest::Url, config: &ObjectsConfig) -> anyhow::Result<Self> {
        let ObjectsConfig::S3 { region, .. } = config else {
            anyhow::bail!(
                "TASK_QUEUE_URL needs OBJECTS_URL=s3://…: functions can't reach a folder"
            );
        };
        let bucket = objects::bucket(config)?.context("an S3 setting names a bucket")?;
        let mut endpoint = queue.clone();
        endpoint.set_path("/");
        Ok(Self {
            http: reqwest::Client::builder().timeout(PATIENCE).build()?,
            queue,
            endpoint,
            region: region.clone(),
            credentials: bucket.credentials().clone(),
        })
    }

    /// Sends messages, each with an id, ten at most. Returns the ids of those that were refused.
    pub(super) async fn send(&self, messages: &[(String, String)]) -> anyhow::Result<Vec<String>> {
        let entries: Vec<_> = messages
            .iter()
            .map(|(id, body)| json!({ "Id": id, "MessageBody": body }))
            .collect();
        let body = json!({ "QueueUrl": self.queue.as_str(), "Entries": entries }).to_string();
        let credential = self.credentials.get_credential().await?;
        let mut request: HttpRequest = http::Request::builder()
            .method("POST")
            .uri(self.endpoint.as_str())
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", "AmazonSQS.SendMessageBatch")
            .body(HttpRequestBody::from(body.clone()))?;
        AwsAuthorizer::new(&credential, "sqs", &self.region).try_authorize(&mut request, None)?;
        let response = self
            .http
            .post(self.endpoint.clone())
            .headers(std::mem::take(request.headers_mut()))
            .body(body)
            .send()
            .await
            .context("SQS can't be reached")?;
        let status = response.status();
        let text = response.text().await?;
        ensure!(status.is_success(), "SQS answers {status}: {text}");
        let answer: Answer = serde_json::from_str(&text).context("SQS's answer")?;
        Ok(answer.failed.into_iter().map(|one| one.id).collect())
    }
}
