//! Session tokens of a login session, with the profile that it has selected.

use shared::{
    ids::{AccountId, ProfileId, SessionId},
    token::{
        Role,
        session::{self, SessionClaims},
    },
};

use crate::app::App;

/// What a session token is issued for.
#[derive(Debug, Clone)]
pub(crate) struct Issued {
    pub account: AccountId,
    pub session: SessionId,
    pub role: Role,
    pub profile: Option<SelectedProfile>,
}

/// The profile of a session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SelectedProfile {
    pub id: ProfileId,
    pub maturity_limit: u8,
    pub is_kids: bool,
}

/// Signs a session token. Without a profile it sees only what is for everybody.
pub(crate) fn issue(app: &App, to: &Issued) -> String {
    let now_s = app.clock.now_s();
    app.keys.sign(&SessionClaims {
        sub: to.account,
        sid: to.session,
        pid: to.profile.map(|profile| profile.id),
        role: to.role,
        maturity: to.profile.map_or(0, |profile| profile.maturity_limit),
        kids: to.profile.is_some_and(|profile| profile.is_kids),
        iat: now_s,
        nbf: now_s,
        exp: now_s + session::LIFETIME_S,
    })
}
