//! What a viewer's playlists show: up to which tier, and how keys are signalled to that player.

use edge::{Call, Failure, settings};
use shared::{
    cenc::Tier,
    hls::{DrmSystems, FIRST_VARIANT_BPS, Protection, QUICK_START_BPS, Viewpoint},
};

/// The viewpoint of a request.
pub(crate) async fn of(call: &Call, max_tier: Tier) -> Result<Viewpoint, Failure> {
    let is_configured =
        async |variable| Ok::<_, Failure>(!settings::text(variable).await?.is_empty());
    let systems = DrmSystems {
        widevine: is_configured("widevine_url").await?,
        playready: is_configured("playready_url").await?,
        fairplay: is_configured("fairplay_url").await?,
    };
    Ok(decide(
        max_tier,
        systems,
        is_apples_player(call.user_agent()),
    ))
}

/// Apple's own player knows no ClearKey: without a FairPlay server it gets the key endpoint. It also wants Apple's order
/// of variants, while hls.js starts faster from a small one and climbs within a segment.
fn decide(max_tier: Tier, systems: DrmSystems, is_apples_player: bool) -> Viewpoint {
    let protection = if is_apples_player && !systems.fairplay {
        Protection::Identity
    } else {
        Protection::Systems(systems)
    };
    let first_variant_bps = if is_apples_player {
        FIRST_VARIANT_BPS
    } else {
        QUICK_START_BPS
    };
    Viewpoint {
        max_tier,
        protection,
        first_variant_bps,
    }
}

/// Safari plays HLS itself, and so do apps on Apple's systems (`AppleCoreMedia`). Every other browser that names Safari
/// also names itself.
fn is_apples_player(user_agent: &str) -> bool {
    let safari = user_agent.contains("Safari/") && user_agent.contains("Version/");
    let other = ["Chrome/", "Chromium/", "Android", "HeadlessChrome/"]
        .iter()
        .any(|name| user_agent.contains(name));
    user_agent.contains("AppleCoreMedia/") || (safari && !other)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAFARI: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15";
    const CHROME: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";

    #[test]
    fn only_apples_players_get_the_key_endpoint() {
        for (user_agent, expect) in [
            (SAFARI, true),
            (CHROME, false),
            ("AppleCoreMedia/1.0.0 (Apple TV)", true),
            ("curl/8", false),
            ("", false),
        ] {
            assert_eq!(is_apples_player(user_agent), expect, "{user_agent}");
        }
        let with_fairplay = DrmSystems {
            fairplay: true,
            ..DrmSystems::default()
        };
        assert_eq!(
            decide(Tier::Hd, DrmSystems::default(), true).protection,
            Protection::Identity
        );
        assert_eq!(
            decide(Tier::Hd, with_fairplay, true).protection,
            Protection::Systems(with_fairplay)
        );
        assert_eq!(
            decide(Tier::Hd, DrmSystems::default(), false).protection,
            Protection::Systems(DrmSystems::default())
        );
    }
}
