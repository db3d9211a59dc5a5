//! `POST /api/stream/{contentId}/session`: from a click to everything the player needs.

use edge::{
    Call, Failure, Reply, clock, date, now_ms, revocation::Holder, session, settings, titles,
};
use http::StatusCode;
use serde::Serialize;
use shared::{
    entitlement::{self, Grant, Refusal, Viewer},
    ids::{ContentId, LeaseId, ProfileId},
    title::TitleDescriptor,
    token::{
        playback::{LIFETIME_S, OUTER_LIFETIME_S, PlaybackClaims},
        session::SessionClaims,
    },
};

use crate::{
    device,
    leases::{self, Info},
    qualities::{self, Brief, Quality},
    resume,
    token::{self, Signed},
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlaybackSession<'a> {
    manifest_url: String,
    playback_token: &'a str,
    license_url: &'static str,
    qualities: Vec<&'a Quality>,
    resume_position: f64,
    lease_id: LeaseId,
    expires_at: String,
    duration_s: f64,
    version: u32,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    storyboard_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credits_start: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    intro: Option<Marker>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    chapters: Vec<Chapter<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_episode_id: Option<ContentId>,
}

/// The part that "skip intro" skips, seconds.
#[derive(Serialize)]
struct Marker {
    start: f64,
    end: f64,
}

/// A chapter and when it begins, seconds.
#[derive(Serialize)]
struct Chapter<'a> {
    start: f64,
    title: &'a str,
}

/// Starts playback.
pub(crate) async fn start(call: &Call, content: ContentId) -> Result<Reply, Failure> {
    let (viewer, profile) = session::require_profile(call).await?;
    let title = titles::find(content).await?.ok_or(Refusal::TitleNotFound)?;
    let grant = entitlement::decide(&Viewer::from(&viewer), &title.gate())?;
    let claims = claims(&viewer, profile, &title, grant)?;
    let (holder, info) = (
        Holder::of_session(&viewer, profile),
        info(call, &viewer, &title),
    );
    let (lease, brief, resume_position) = futures::join!(
        leases::acquire(&holder, claims.lid, &info),
        qualities::brief(content, grant.version),
        resume::position(profile, content),
    );
    lease?;
    let brief = match brief {
        Ok(brief) => brief,
        Err(failure) => {
            leases::release(claims.acc, claims.lid).await;
            return Err(failure);
        }
    };
    let signed = token::sign(&claims, &*settings::playback_keys().await?);
    let body = body(&claims, &signed, &title, &brief, resume_position);
    let reply = Reply::json(StatusCode::OK, &body);
    Ok(signed.into_cookies(reply, settings::is_https().await?))
}

fn claims(
    viewer: &SessionClaims,
    profile: ProfileId,
    title: &TitleDescriptor,
    grant: Grant,
) -> Result<PlaybackClaims, Failure> {
    let Some(key_seed) = title.key_seed else {
        return Err(Failure::internal(&format!(
            "title {} is ready without a key seed",
            title.content_id
        )));
    };
    let now = edge::now_s();
    Ok(PlaybackClaims {
        acc: viewer.sub,
        pid: profile,
        did: viewer.sid,
        cid: title.content_id,
        ver: grant.version,
        ks: key_seed,
        tier: grant.tier,
        lid: LeaseId::from_uuid(clock::new_id()),
        iat: now,
        nbf: now,
        exp: now + LIFETIME_S,
        max: now + OUTER_LIFETIME_S,
    })
}

fn info(call: &Call, viewer: &SessionClaims, title: &TitleDescriptor) -> Info {
    Info {
        device: device::name(call.user_agent()),
        device_id: viewer.sid,
        content_id: title.content_id,
        title: title.title.clone(),
        since: now_ms(),
    }
}

fn body<'a>(
    claims: &PlaybackClaims,
    signed: &'a Signed,
    title: &'a TitleDescriptor,
    brief: &'a Brief,
    resume_position: f64,
) -> PlaybackSession<'a> {
    let seconds = |ms: u64| ms as f64 / 1000.0;
    let (content, version) = (claims.cid, claims.ver);
    PlaybackSession {
        manifest_url: format!("/api/stream/{content}/master.m3u8"),
        playback_token: &signed.token,
        license_url: "/api/drm/license",
        qualities: brief.up_to(claims.tier),
        resume_position,
        lease_id: claims.lid,
        expires_at: date::rfc3339(signed.expires_ms),
        duration_s: seconds(brief.duration_ms),
        version: version.0,
        title: &title.title,
        storyboard_url: brief
            .storyboard
            .as_ref()
            .map(|file| format!("/media/{content}/{version}/{file}")),
        // Origin alone knows: an operator may have moved them, or taken them away.
        credits_start: title.credits_start_ms.map(seconds),
        intro: title.intro.map(|intro| Marker {
            start: seconds(intro.start_ms),
            end: seconds(intro.end_ms),
        }),
        chapters: brief
            .chapters
            .iter()
            .map(|chapter| Chapter {
                start: seconds(chapter.start_ms),
                title: &chapter.title,
            })
            .collect(),
        next_episode_id: title.next_episode_id,
    }
}
