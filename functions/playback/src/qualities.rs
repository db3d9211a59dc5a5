//! What a title offers, in brief. Read from its description once per version and kept small: the description of a long
//! film takes longer to parse than everything else that starts playback together.

use std::{cmp::Reverse, rc::Rc};

use edge::{Failure, kv, memo::Memo, objects};
use serde::{Deserialize, Serialize};
use shared::{
    asset::{Asset, Chapter, VideoRange},
    cenc::Tier,
    ids::{AssetVersion, ContentId},
};

/// Briefs that one instance remembers.
const MAX_BRIEFS: usize = 128;

thread_local! {
    static BRIEFS: Memo<String, Brief> = Memo::new(MAX_BRIEFS);
}

/// One rung, as the session answer shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Quality {
    height: u32,
    /// kbit/s, measured.
    bitrate: u64,
    codec: String,
    hdr: bool,
}

/// What the session answer needs of an asset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Brief {
    rungs: Vec<(Tier, Quality)>,
    /// The thumbnails' file.
    pub(crate) storyboard: Option<String>,
    /// Chapters, in order.
    #[serde(default)]
    pub(crate) chapters: Vec<Chapter>,
    /// The programme's duration.
    pub(crate) duration_ms: u64,
}

impl Brief {
    fn of(asset: &Asset) -> Self {
        let mut rungs: Vec<_> = asset
            .video
            .iter()
            .map(|track| {
                let quality = Quality {
                    height: track.height,
                    bitrate: track.average_bps.div_ceil(1000),
                    codec: track.codec.clone(),
                    hdr: track.range != VideoRange::Sdr,
                };
                (track.tier, quality)
            })
            .collect();
        rungs.sort_by_key(|(_, rung)| Reverse((rung.height, rung.bitrate)));
        Self {
            rungs,
            storyboard: asset
                .storyboard
                .as_ref()
                .map(|storyboard| storyboard.vtt.clone()),
            chapters: asset.chapters.clone(),
            duration_ms: asset.duration_ms,
        }
    }

    /// The rungs up to a tier, best first.
    pub(crate) fn up_to(&self, max_tier: Tier) -> Vec<&Quality> {
        self.rungs
            .iter()
            .filter(|(tier, _)| *tier <= max_tier)
            .map(|(_, quality)| quality)
            .collect()
    }
}

/// The brief of a published version.
pub(crate) async fn brief(content: ContentId, version: AssetVersion) -> Result<Rc<Brief>, Failure> {
    let key = format!("brief:{content}:{version}");
    if let Some(brief) = BRIEFS.with(|briefs| briefs.get(&key)) {
        return Ok(brief);
    }
    let kept = kv::get(&key)
        .await
        .and_then(|entry| serde_json::from_slice(&entry.payload).ok());
    let brief = match kept {
        Some(brief) => brief,
        None => read(content, version, &key).await?,
    };
    Ok(BRIEFS.with(|briefs| briefs.insert(key, brief)))
}

async fn read(content: ContentId, version: AssetVersion, key: &str) -> Result<Brief, Failure> {
    let brief = Brief::of(&*objects::asset(content, version).await?);
    let payload = serde_json::to_vec(&brief).expect("a brief is a plain struct");
    kv::set(key, kv::IMMUTABLE, &payload).await;
    Ok(brief)
}
