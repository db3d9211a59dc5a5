//! Chapters, intros and credits: read from the master, or suggested by black and silence.

use shared::{
    asset::{Asset, MarkerKind, MarkerSource},
    cenc::Tier,
    hls::{self, Viewpoint},
};

use crate::studio::{Studio, target};

async fn published(studio: &Studio) -> Asset {
    let results = studio.publish().await.unwrap();
    let (_, verified) = results.last().unwrap();
    assert_eq!(verified["report"]["passed"], true, "{verified:#}");
    let bytes = std::fs::read(studio.object(&target().asset_key("asset.json"))).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn chapters_are_published_and_their_names_mark_intro_and_credits() {
    let folder = tempfile::tempdir().unwrap();
    let metadata = folder.path().join("chapters.txt");
    let chapter = |start: u32, end: u32, title: &str| {
        format!("[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={end}\ntitle={title}\n")
    };
    std::fs::write(
        &metadata,
        [
            ";FFMETADATA1\n".to_owned(),
            chapter(0, 1000, "Cold open"),
            chapter(1000, 2500, "Intro"),
            chapter(2500, 5000, "The harbour"),
            chapter(5000, 6000, "End Credits"),
        ]
        .concat(),
    )
    .unwrap();
    for container in ["mp4", "matroska"] {
        let studio = Studio::open().await;
        studio.film(&format!(
            "-f lavfi -i testsrc2=s=160x90:r=24:d=6 -f lavfi -i sine=d=6 -i {} -map 0 -map 1 -map_metadata 2 -map_chapters 2 \
             -c:v libx264 -preset ultrafast -c:a aac -f {container}",
            metadata.display()
        ));
        let asset = published(&studio).await;
        let titles: Vec<_> = asset
            .chapters
            .iter()
            .map(|chapter| (chapter.start_ms, chapter.title.as_str()))
            .collect();
        assert_eq!(
            titles,
            [
                (0, "Cold open"),
                (1000, "Intro"),
                (2500, "The harbour"),
                (5000, "End Credits")
            ]
        );
        let markers: Vec<_> = asset
            .markers
            .iter()
            .map(|marker| (marker.kind, marker.start_ms, marker.end_ms))
            .collect();
        assert_eq!(
            markers,
            [
                (MarkerKind::Intro, 1000, 2500),
                (MarkerKind::Credits, 5000, 6000)
            ]
        );
        assert!(
            asset
                .markers
                .iter()
                .all(|marker| marker.source == MarkerSource::Chapters)
        );
        let text = hls::multivariant(&asset, &Viewpoint::new(Tier::Uhd));
        let uri = format!("URI=\"/media/{}/1/chapters.json\"", asset.content_id);
        assert!(
            text.contains("#EXT-X-SESSION-DATA:DATA-ID=\"com.apple.hls.chapters\"")
                && text.contains(&uri),
            "{text}"
        );
        let file = std::fs::read(studio.object(&target().asset_key("chapters.json"))).unwrap();
        let file: serde_json::Value = serde_json::from_slice(&file).unwrap();
        assert_eq!(file[3]["start-time"], 5.0);
        assert_eq!(file[3]["titles"][0]["title"], "End Credits");
    }
}

/// 32 s without chapters: a cut to black at 0.5 s, at 11.5 s and at 29 s, all in silence.
#[tokio::test]
async fn black_and_silence_suggest_an_intro_and_credits() {
    let studio = Studio::open().await;
    let cuts = "between(t,0.5,1)+between(t,11.5,12)+between(t,29,29.5)";
    studio.film(&format!(
        "-f lavfi -i 'testsrc2=s=160x90:r=24:d=32,drawbox=t=fill:color=black:enable={escaped}' \
         -f lavfi -i 'sine=d=32,volume=0:enable={escaped}' -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -f mp4",
        escaped = cuts.replace(',', "\\,")
    ));
    let asset = published(&studio).await;
    assert!(asset.chapters.is_empty());
    let near = |found: u64, expect: u64| found.abs_diff(expect) <= 100;
    let [intro, credits] = asset.markers.as_slice() else {
        panic!("{:?}", asset.markers);
    };
    assert_eq!(
        (intro.kind, credits.kind),
        (MarkerKind::Intro, MarkerKind::Credits)
    );
    assert!(
        near(intro.start_ms, 1000) && near(intro.end_ms, 11_500),
        "{intro:?}"
    );
    assert!(
        near(credits.start_ms, 29_500) && credits.end_ms == asset.duration_ms,
        "{credits:?}"
    );
    for marker in &asset.markers {
        assert_eq!(marker.source, MarkerSource::Detected);
        assert!((0.3..0.9).contains(&marker.confidence), "{marker:?}");
    }
}
