//! Stream leases: at most so many screens of an account at once, counted atomically in Valkey.

use edge::{
    Failure, date, log, now_ms, revocation,
    revocation::Holder,
    settings,
    valkey::{self, Down, Value},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use shared::{
    ids::{AccountId, ContentId, LeaseId, SessionId},
    valkey as names,
};

/// One missed heartbeat is forgiven: the player sends one a minute.
const TTL_MS: u64 = 150_000;
const ACQUIRE: &str = include_str!("acquire.lua");
const RELEASE: &str =
    "redis.call('ZREM', KEYS[1], ARGV[1]) redis.call('HDEL', KEYS[2], ARGV[1]) return 1";

/// Who holds a lease, as other screens of the account are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Info {
    /// What the device calls itself.
    pub(crate) device: String,
    /// The login session.
    pub(crate) device_id: SessionId,
    /// What it plays.
    pub(crate) content_id: ContentId,
    /// The title's name.
    pub(crate) title: String,
    /// Since when, ms since 1970.
    pub(crate) since: u64,
}

/// Takes or keeps the place; refuses when the account has no place left, or the holder was signed out.
pub(crate) async fn acquire(holder: &Holder, lease: LeaseId, info: &Info) -> Result<(), Failure> {
    let max = settings::text("max_streams").await?;
    let keys = [
        names::leases(holder.account),
        names::lease_info(holder.account),
    ];
    let keys: Vec<String> = keys.into_iter().chain(holder.keys()).collect();
    let arguments = [
        max.to_string(),
        lease.to_string(),
        now_ms().to_string(),
        TTL_MS.to_string(),
        serde_json::to_string(info).expect("lease info is a plain struct"),
        info.device_id.to_string(),
        info.content_id.to_string(),
        (holder.issued_s * 1000).to_string(),
    ];
    match valkey::eval(ACQUIRE, &keys, &arguments).await {
        Ok(answer) => read(&answer),
        Err(Down) => without_valkey().await,
    }
}

/// Gives the place back. One that can't be given back lapses by itself.
pub(crate) async fn release(account: AccountId, lease: LeaseId) {
    let keys = [names::leases(account), names::lease_info(account)];
    if valkey::eval(RELEASE, &keys, &[lease.to_string()]).await == Err(Down) {
        log::warn("a stream lease is left to lapse");
    }
}

fn read(answer: &[Value]) -> Result<(), Failure> {
    match answer.first().and_then(Value::text) {
        Some("ok") => Ok(()),
        Some("revoked") => Err(revocation::revoked()),
        Some("limit") => Err(limit(&answer[1..])),
        _ => Err(Failure::internal(
            "the lease script answered something else",
        )),
    }
}

fn limit(holders: &[Value]) -> Failure {
    let sentence = "This account is already playing on as many screens as it may.";
    let mut failure =
        Failure::new(StatusCode::TOO_MANY_REQUESTS, "stream_limit", sentence).retry_after(30);
    let mut infos: Vec<Info> = holders
        .iter()
        .filter_map(|holder| serde_json::from_str(holder.text()?).ok())
        .collect();
    infos.sort_by_key(|info| info.since);
    for info in infos {
        let playing = format!(
            "Playing “{}” since {}.",
            info.title,
            date::rfc3339(info.since)
        );
        failure = failure.field(
            &info.device,
            playing,
            "Stop it there, or wait until it ends.",
        );
    }
    failure
}

async fn without_valkey() -> Result<(), Failure> {
    if &*settings::text("lease_fail_open").await? == "true" {
        log::warn("stream leases can't be counted: playback goes on");
        return Ok(());
    }
    Err(Failure::unavailable(
        "leases_unavailable",
        "Playback can't start right now. Try again in a moment.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_account_is_told_which_devices_play_what() {
        let holder = r#"{"device":"Chrome on Linux","deviceId":"0190a2b4-0000-7000-8000-000000000001","contentId":"0190a2b4-0000-7000-8000-000000000002","title":"Sintel","since":0}"#;
        let answer = [
            Value::Text(b"limit".to_vec()),
            Value::Text(holder.as_bytes().to_vec()),
        ];
        let failure = read(&answer).unwrap_err();
        assert_eq!(
            (failure.status.as_u16(), failure.code),
            (429, "stream_limit")
        );
        assert_eq!(failure.details[0].field, "Chrome on Linux");
        assert_eq!(
            failure.details[0].problem,
            "Playing “Sintel” since 1970-01-01T00:00:00.000Z."
        );
    }

    #[test]
    fn a_revoked_holder_gets_no_place() {
        assert_eq!(
            read(&[Value::Text(b"revoked".to_vec())]).unwrap_err().code,
            "session_revoked"
        );
        assert_eq!(read(&[Value::Text(b"ok".to_vec())]), Ok(()));
    }
}
