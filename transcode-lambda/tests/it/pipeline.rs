//! From a master to a published asset.

use shared::{asset::Asset, asset::VideoRange};

use crate::{
    films,
    studio::{Studio, target},
};

fn asset(studio: &Studio) -> Asset {
    let bytes = std::fs::read(studio.object(&target().asset_key("asset.json"))).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn a_film_becomes_a_verified_asset() {
    let studio = Studio::open().await;
    studio.film(films::SMALL);
    let results = studio.publish().await.unwrap();
    let (kind, verified) = results.last().unwrap();
    assert_eq!(kind, "verify");
    assert_eq!(verified["report"]["passed"], true, "{verified:#}");
    let asset = asset(&studio);
    assert_eq!(asset.duration_ms, 13_013);
    let ids: Vec<_> = asset.video.iter().map(|track| track.id.as_str()).collect();
    assert_eq!(ids, ["v234-145", "v360-365"]);
    for track in &asset.video {
        assert_eq!((track.frame_rate.num, track.frame_rate.den), (24000, 1001));
        assert_eq!(track.range, VideoRange::Sdr);
        let durations: Vec<_> = track
            .segments
            .iter()
            .map(|segment| segment.duration)
            .collect();
        assert_eq!(durations, [144_144, 144_144, 24_024]);
    }
}
