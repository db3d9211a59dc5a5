//! May this viewer watch this title, and up to which quality? Knows the reasons, and the status codes they map to.

use serde::{Deserialize, Serialize};

use crate::{
    cenc::Tier,
    ids::{AssetVersion, ProfileId},
    title::TitleStatus,
    token::{Role, session::SessionClaims},
};

/// A kids profile never gets past this age, whatever its own limit says.
pub const KIDS_MATURITY_LIMIT: u8 = 12;

/// Who asks: taken from a verified session, never from the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Viewer or administrator.
    pub role: Role,
    /// The selected profile, if one is.
    pub pid: Option<ProfileId>,
    /// The profile's maturity limit, 0 to 18.
    pub maturity: u8,
    /// Whether it is a kids profile.
    pub kids: bool,
}

impl Viewer {
    /// The limit that counts: [`maturity_limit`].
    pub fn maturity_limit(&self) -> u8 {
        maturity_limit(self.maturity, self.kids)
    }
}

impl From<&SessionClaims> for Viewer {
    fn from(claims: &SessionClaims) -> Self {
        Self {
            role: claims.role,
            pid: claims.pid,
            maturity: claims.maturity,
            kids: claims.kids,
        }
    }
}

/// The age up to which a profile may see titles. Row-level security and the edge both use this one.
pub fn maturity_limit(profile_limit: u8, kids: bool) -> u8 {
    if kids {
        profile_limit.min(KIDS_MATURITY_LIMIT)
    } else {
        profile_limit
    }
}

/// What a title demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TitleGate {
    /// Whether it can be watched at all.
    pub status: TitleStatus,
    /// The youngest age it is meant for.
    pub maturity: u8,
    /// The published version.
    pub version: Option<AssetVersion>,
}

/// Yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The highest key tier the viewer gets.
    pub tier: Tier,
    /// The version to play.
    pub version: AssetVersion,
}

/// No, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// No profile is selected.
    ProfileRequired,
    /// The title is for an older audience than the profile's limit.
    MaturityLimit,
    /// Nothing is published.
    TitleNotReady,
    /// There is no such title. Never decided here: the caller found no descriptor.
    TitleNotFound,
}

impl Refusal {
    /// The code of the error response.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ProfileRequired => "profile_required",
            Self::MaturityLimit => "maturity_limit",
            Self::TitleNotReady => "title_not_ready",
            Self::TitleNotFound => "title_not_found",
        }
    }

    /// The HTTP status of the error response.
    pub const fn status(self) -> u16 {
        match self {
            Self::ProfileRequired | Self::MaturityLimit => 403,
            Self::TitleNotReady => 409,
            Self::TitleNotFound => 404,
        }
    }

    /// The sentence for people.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::ProfileRequired => "Choose a profile first.",
            Self::MaturityLimit => "This title is above the profile's maturity limit.",
            Self::TitleNotReady => "This title can't be watched yet.",
            Self::TitleNotFound => "There is no such title.",
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.sentence())
    }
}

impl std::error::Error for Refusal {}

/// Decides. An administrator watches with a profile like everybody else, but its maturity limit doesn't bind them:
/// whoever publishes a title must be able to look at it.
pub fn decide(viewer: &Viewer, title: &TitleGate) -> Result<Grant, Refusal> {
    if viewer.pid.is_none() {
        return Err(Refusal::ProfileRequired);
    }
    if viewer.role != Role::Admin && title.maturity > viewer.maturity_limit() {
        return Err(Refusal::MaturityLimit);
    }
    match (title.status, title.version) {
        (TitleStatus::Ready, Some(version)) => Ok(Grant {
            tier: Tier::Uhd,
            version,
        }),
        (TitleStatus::Ready | TitleStatus::Processing | TitleStatus::Error, _) => {
            Err(Refusal::TitleNotReady)
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn viewer() -> Viewer {
        Viewer {
            role: Role::Viewer,
            pid: Some(ProfileId::from_uuid(Uuid::nil())),
            maturity: 16,
            kids: false,
        }
    }

    fn title() -> TitleGate {
        TitleGate {
            status: TitleStatus::Ready,
            maturity: 16,
            version: Some(AssetVersion(3)),
        }
    }

    #[test]
    fn a_title_at_the_limit_is_granted_in_its_published_version() {
        assert_eq!(
            decide(&viewer(), &title()),
            Ok(Grant {
                tier: Tier::Uhd,
                version: AssetVersion(3)
            })
        );
    }

    #[test]
    fn every_refusal_has_its_reason() {
        let check = |viewer: Viewer, title: TitleGate, expect: Refusal| {
            assert_eq!(decide(&viewer, &title), Err(expect));
        };
        check(
            Viewer {
                pid: None,
                ..viewer()
            },
            title(),
            Refusal::ProfileRequired,
        );
        check(
            Viewer {
                role: Role::Admin,
                pid: None,
                ..viewer()
            },
            title(),
            Refusal::ProfileRequired,
        );
        check(
            viewer(),
            TitleGate {
                maturity: 17,
                ..title()
            },
            Refusal::MaturityLimit,
        );
        check(
            Viewer {
                kids: true,
                ..viewer()
            },
            TitleGate {
                maturity: 13,
                ..title()
            },
            Refusal::MaturityLimit,
        );
        check(
            viewer(),
            TitleGate {
                version: None,
                ..title()
            },
            Refusal::TitleNotReady,
        );
        check(
            viewer(),
            TitleGate {
                status: TitleStatus::Processing,
                ..title()
            },
            Refusal::TitleNotReady,
        );
        check(
            viewer(),
            TitleGate {
                status: TitleStatus::Error,
                version: None,
                ..title()
            },
            Refusal::TitleNotReady,
        );
    }

    #[test]
    fn a_title_that_is_both_too_mature_and_unready_does_not_tell_that_it_is_coming() {
        let gate = TitleGate {
            maturity: 18,
            status: TitleStatus::Processing,
            version: None,
        };
        assert_eq!(decide(&viewer(), &gate), Err(Refusal::MaturityLimit));
    }

    #[test]
    fn an_administrator_is_not_bound_by_maturity() {
        assert!(
            decide(
                &Viewer {
                    role: Role::Admin,
                    maturity: 0,
                    ..viewer()
                },
                &title()
            )
            .is_ok()
        );
    }
}
