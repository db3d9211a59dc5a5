//! Subtitles into the asset: regular ones take in what their language's forced ones show (rule 48).

use anyhow::{Context, Result};
use shared::{
    asset::SubtitleTrack,
    ladder::{Plan, SubtitlePlan},
    webvtt::{self, Document},
};

use crate::{
    engine::{Engine, Target},
    store::Stored,
    task::Output,
};

/// Stores the files and describes them. A track without a cue gives none, and needs none.
pub(super) async fn publish(
    engine: &Engine,
    target: Target,
    plan: &Plan,
    outputs: &[&Output],
    files: &mut Vec<Stored>,
) -> Result<Vec<SubtitleTrack>> {
    let documents = read(engine, plan, outputs).await?;
    let mut tracks = Vec::new();
    for track in &plan.subtitles {
        let own = documents.iter().find(|(of, _)| of.id == track.id);
        let own = own
            .map(|(_, document)| document.clone())
            .unwrap_or_default();
        let forced = documents
            .iter()
            .filter(|(of, _)| !track.forced && of.forced && of.language == track.language);
        let document = forced.fold(own, |own, (_, forced)| own.completed_by(forced));
        if document.cues.is_empty() {
            continue;
        }
        let file = format!("{}.vtt", track.id);
        let bytes = document.to_hls_text().into_bytes();
        files.push(
            engine
                .store
                .put_bytes(bytes, &target.asset_key(&file))
                .await?,
        );
        tracks.push(SubtitleTrack {
            id: track.id.clone(),
            file,
            name: track.name.clone(),
            language: track.language.clone(),
            forced: track.forced,
            sdh: track.sdh,
            default: false,
        });
    }
    Ok(tracks)
}

async fn read<'a>(
    engine: &Engine,
    plan: &'a Plan,
    outputs: &[&Output],
) -> Result<Vec<(&'a SubtitlePlan, Document)>> {
    let mut documents = Vec::new();
    for track in &plan.subtitles {
        let Some(output) = outputs.iter().find(|output| output.rendition == track.id) else {
            continue;
        };
        let bytes = engine.store.read(&output.stored.key).await?;
        let text = std::str::from_utf8(&bytes).context("subtitle tasks write UTF-8")?;
        documents.push((track, webvtt::parse(text)?));
    }
    Ok(documents)
}
