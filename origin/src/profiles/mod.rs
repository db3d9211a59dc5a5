//! Profiles: the people of an account, at most six.

mod create;
mod error;
mod list;
mod select;
mod sql;

use chrono::{DateTime, Utc};
pub use error::ProfileError;
use serde::Serialize;
use shared::{entitlement::KIDS_MATURITY_LIMIT, ids::ProfileId};
pub(crate) use sql::{NewProfile, insert};
pub(crate) use sql::{find, list};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::App;

/// Pictures that the web app brings along.
const AVATARS: u32 = 8;

/// What a kids profile may see when nothing else was said.
pub(crate) const KIDS_DEFAULT_LIMIT: u8 = 7;
const _: () = assert!(KIDS_DEFAULT_LIMIT <= KIDS_MATURITY_LIMIT);

/// What any other profile may see when nothing else was said: everything.
pub(crate) const DEFAULT_LIMIT: u8 = 18;

/// One person within an account.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    #[schema(value_type = Uuid)]
    pub id: ProfileId,
    pub name: String,
    pub avatar_url: String,
    pub is_kids: bool,
    /// 0 to 18: titles for an older audience aren't there for this profile.
    pub maturity_limit: i16,
    /// Selecting it takes a PIN.
    pub has_pin: bool,
    pub created_at: DateTime<Utc>,
}

/// The avatar of a profile that chose none: the account's first gets the first picture, and so on.
pub(crate) fn default_avatar(earlier_profiles: usize) -> String {
    let earlier = u32::try_from(earlier_profiles).unwrap_or(0);
    format!("/avatars/{}.svg", earlier % AVATARS + 1)
}

/// The routes of this capability.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::profiles, create::create))
        .routes(routes!(select::select))
}
