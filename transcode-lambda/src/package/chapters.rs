//! The chapters' file, as Apple's players read it (rule 36).

use anyhow::Result;
use serde_json::json;
use shared::{asset::CHAPTERS_FILE, ladder::Plan};

use crate::{
    engine::{Engine, Target},
    store::Stored,
};

/// Stores it. A programme without chapters has none.
pub(super) async fn publish(
    engine: &Engine,
    target: Target,
    plan: &Plan,
) -> Result<Option<Stored>> {
    if plan.chapters.is_empty() {
        return Ok(None);
    }
    let ends = plan.chapters.iter().skip(1).map(|chapter| chapter.start_ms);
    let ends = ends.chain([plan.duration_ms]);
    let listed: Vec<_> = plan
        .chapters
        .iter()
        .zip(ends)
        .zip(1_u32..)
        .map(|((chapter, end_ms), number)| {
            json!({
                "chapter": number,
                "start-time": chapter.start_ms as f64 / 1000.0,
                "duration": (end_ms - chapter.start_ms) as f64 / 1000.0,
                "titles": [{"language": "und", "title": chapter.title}],
            })
        })
        .collect();
    let bytes = serde_json::to_vec(&listed)?;
    let key = target.asset_key(CHAPTERS_FILE);
    Ok(Some(engine.store.put_bytes(bytes, &key).await?))
}
