//! Sessions, profiles and accounts whose permission ended before their tokens did.

use http::StatusCode;
use shared::{
    ids::{AccountId, ProfileId, SessionId},
    token::{playback::PlaybackClaims, session::SessionClaims},
    valkey as names,
};

use crate::{
    Failure, log,
    valkey::{self, Down, Value},
};

/// Whose permission is in question.
#[derive(Clone, Copy, Debug)]
pub struct Holder {
    /// The account.
    pub account: AccountId,
    /// The login session.
    pub session: SessionId,
    /// The profile.
    pub profile: ProfileId,
    /// When the token at hand was issued, seconds since 1970.
    pub issued_s: u64,
}

impl Holder {
    /// The holder of a session with a profile.
    pub fn of_session(claims: &SessionClaims, profile: ProfileId) -> Self {
        Self {
            account: claims.sub,
            session: claims.sid,
            profile,
            issued_s: claims.iat,
        }
    }

    /// The keys that a revocation would stand under, one hash tag: session, profile, account.
    pub fn keys(&self) -> [String; 3] {
        [
            names::revoked_session(self.account, self.session),
            names::revoked_profile(self.account, self.profile),
            names::revoked_account(self.account),
        ]
    }
}

impl From<&PlaybackClaims> for Holder {
    fn from(claims: &PlaybackClaims) -> Self {
        Self {
            account: claims.acc,
            session: claims.did,
            profile: claims.pid,
            issued_s: claims.iat,
        }
    }
}

/// What a revoked caller is told.
pub fn revoked() -> Failure {
    Failure::new(
        StatusCode::UNAUTHORIZED,
        "session_revoked",
        "This device was signed out.",
    )
}

/// Refuses a holder who was revoked. Without Valkey nobody is: it must not stop those who watch.
pub async fn require_none(holder: &Holder) -> Result<(), Failure> {
    let [session, profile, account] = holder.keys();
    match valkey::execute("MGET", &[&session, &profile, &account]).await {
        Ok(values) if is_revoked(&values, holder.issued_s) => Err(revoked()),
        Ok(_) => Ok(()),
        Err(Down) => {
            log::warn("revocations can't be checked");
            Ok(())
        }
    }
}

/// A revoked account ends the tokens issued up to that moment; signing in again makes new ones.
fn is_revoked(values: &[Value], issued_s: u64) -> bool {
    let [session, profile, account] = values else {
        return false;
    };
    let account_ended = account
        .int()
        .is_some_and(|at_ms| i64::try_from(issued_s * 1000).is_ok_and(|issued| issued <= at_ms));
    *session != Value::Nil || *profile != Value::Nil || account_ended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revoked_account_ends_earlier_tokens_only() {
        let at = |ms: &str| Value::Text(ms.as_bytes().to_vec());
        assert!(!is_revoked(&[Value::Nil, Value::Nil, Value::Nil], 10));
        assert!(is_revoked(&[at("1"), Value::Nil, Value::Nil], 10));
        assert!(is_revoked(&[Value::Nil, at("1"), Value::Nil], 10));
        assert!(is_revoked(&[Value::Nil, Value::Nil, at("10000")], 10));
        assert!(!is_revoked(&[Value::Nil, Value::Nil, at("9999")], 10));
    }
}
