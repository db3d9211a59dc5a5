//! Secrets of the Lambda function, from AWS Secrets Manager: one secret, a JSON object with `SERVICE_KEYS`, `CONTENT_KEY_SEEDS` and
//! `KID_SEED`. They are read once, when an instance starts, with the function's own role: neither the function's settings nor
//! Terraform's state ever hold them. The request is signed by hand (AWS Signature Version 4), without AWS's SDK or an extension: a
//! function that is a container image can't take layers.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use object_store::{
    aws::{AwsAuthorizer, AwsCredential},
    client::{HttpRequest, HttpRequestBody},
};
use serde::Deserialize;
use serde_json::json;
use url::Url;

const PATIENCE: Duration = Duration::from_secs(5);
const ATTEMPTS: u32 = 4;

/// Where the secret is, and who asks. Lambda sets all but the first.
#[derive(Args)]
pub struct SecretArgs {
    /// ARN of the secret with `SERVICE_KEYS`, `CONTENT_KEY_SEEDS` and `KID_SEED`; without it they are settings like any other
    #[arg(long, env = "SECRETS_ARN")]
    secrets_arn: Option<String>,
    /// Another endpoint of Secrets Manager, for example a VPC endpoint
    #[arg(long, env = "AWS_ENDPOINT_URL_SECRETS_MANAGER")]
    secrets_endpoint: Option<Url>,
    #[arg(long, env = "AWS_ACCESS_KEY_ID", hide = true, hide_env_values = true)]
    aws_access_key_id: Option<String>,
    #[arg(
        long,
        env = "AWS_SECRET_ACCESS_KEY",
        hide = true,
        hide_env_values = true
    )]
    aws_secret_access_key: Option<String>,
    #[arg(long, env = "AWS_SESSION_TOKEN", hide = true, hide_env_values = true)]
    aws_session_token: Option<String>,
}

/// What the secret holds.
#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct Secrets {
    /// Keys of service tokens.
    pub service_keys: String,
    /// Content key seeds.
    pub content_key_seeds: String,
    /// Key id seed.
    pub kid_seed: String,
}

impl SecretArgs {
    /// Reads the secret, if there is one to be read.
    pub async fn read(&self) -> Result<Option<Secrets>> {
        let Some(arn) = &self.secrets_arn else {
            return Ok(None);
        };
        let region = region(arn)?;
        let endpoint = match &self.secrets_endpoint {
            Some(endpoint) => endpoint.clone(),
            None => Url::parse(&format!("https://secretsmanager.{region}.amazonaws.com/"))
                .context("SECRETS_ARN names no region")?,
        };
        let credential = AwsCredential {
            key_id: self.aws_access_key_id.clone().context(
                "AWS_ACCESS_KEY_ID is not set: SECRETS_ARN can only be read with a role",
            )?,
            secret_key: self
                .aws_secret_access_key
                .clone()
                .context("AWS_SECRET_ACCESS_KEY is not set")?,
            token: self.aws_session_token.clone(),
        };
        let text = get(&endpoint, region, &credential, arn).await?;
        let secrets = serde_json::from_str(&text).map_err(|_| {
            // The error's text could quote the secret.
            anyhow::anyhow!(
                "the secret of SECRETS_ARN is no JSON object with SERVICE_KEYS, CONTENT_KEY_SEEDS and KID_SEED"
            )
        })?;
        Ok(Some(secrets))
    }
}

/// `arn:aws:secretsmanager:eu-central-1:123456789012:secret:name`
fn region(arn: &str) -> Result<&str> {
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    match parts.as_slice() {
        ["arn", _, "secretsmanager", region, _, "secret", _] if !region.is_empty() => Ok(region),
        _ => bail!(
            "SECRETS_ARN is no ARN of a secret: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME"
        ),
    }
}

/// `GetSecretValue`, again when the service is busy.
async fn get(
    endpoint: &Url,
    region: &str,
    credential: &AwsCredential,
    arn: &str,
) -> Result<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Found {
        secret_string: String,
    }
    let http = reqwest::Client::builder().timeout(PATIENCE).build()?;
    let body = json!({ "SecretId": arn }).to_string();
    let mut attempt = 0;
    loop {
        attempt += 1;
        let headers = signed(endpoint, region, credential, &body)?;
        let asked = http.post(endpoint.clone()).headers(headers);
        let problem = match asked.body(body.clone()).send().await {
            Ok(response) if response.status().is_success() => {
                let found: Found = response
                    .json()
                    .await
                    .map_err(|_| anyhow::anyhow!("the secret of SECRETS_ARN is not a text"))?;
                return Ok(found.secret_string);
            }
            Ok(response) => {
                let status = response.status();
                // An error names its kind and the ARN, never the secret.
                let said = response.text().await.unwrap_or_default();
                if status.is_client_error() && status.as_u16() != 429 {
                    bail!("Secrets Manager answers {status} to SECRETS_ARN: {said}");
                }
                format!("Secrets Manager answers {status}")
            }
            Err(error) => format!("Secrets Manager can't be reached: {error}"),
        };
        if attempt == ATTEMPTS {
            bail!("{problem}, {attempt} times");
        }
        tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
    }
}

fn signed(
    endpoint: &Url,
    region: &str,
    credential: &AwsCredential,
    body: &str,
) -> Result<reqwest::header::HeaderMap> {
    let mut request: HttpRequest = http::Request::builder()
        .method("POST")
        .uri(endpoint.as_str())
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", "secretsmanager.GetSecretValue")
        .body(HttpRequestBody::from(body.to_owned()))?;
    AwsAuthorizer::new(credential, "secretsmanager", region).try_authorize(&mut request, None)?;
    Ok(std::mem::take(request.headers_mut()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_is_in_the_arn_and_anything_else_is_told_so() {
        let arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:marquee-AbCdEf";
        assert_eq!(region(arn).unwrap(), "eu-central-1");
        for wrong in [
            "",
            "marquee",
            "arn:aws:s3:::bucket",
            "arn:aws:secretsmanager::1:secret:x",
        ] {
            let refusal = region(wrong).unwrap_err().to_string();
            assert!(refusal.contains("SECRETS_ARN"), "{wrong}: {refusal}");
        }
    }
}
