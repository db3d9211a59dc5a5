//! The storyboard: sprite sheets for the seek bar, cut from the trick-play rendition, which is small, complete and SDR.

use std::path::Path;

use anyhow::Result;
use shared::{
    asset::Storyboard,
    ladder::Plan,
    webvtt::{Cue, Document},
};

use super::packager::OUTPUT;
use crate::{
    engine::{Engine, Signals},
    process::{Invocation, Limits},
};

/// Tiles across and down a sheet.
const ACROSS: u64 = 5;
const TILE: (u64, u64) = (320, 180);
/// A film has about this many tiles, however long it is; never closer than a second.
const TILES: f64 = 200.0;

pub(super) async fn make(
    engine: &Engine,
    folder: &Path,
    plan: &Plan,
    signals: &Signals,
) -> Result<Storyboard> {
    let video = &plan.video;
    let between_s = f64::from(video.trick.interval_frames) * video.frame_rate.frame_s();
    let film_s = plan.duration_ms as f64 / 1000.0;
    // Rounded down by a hair: trick frames are 1.001 s apart at some rates, which is close enough to a second.
    let step = ((film_s / TILES).max(1.0) / between_s - 0.01)
        .ceil()
        .max(1.0) as u64;
    let frames = video
        .frames
        .div_ceil(u64::from(video.trick.interval_frames));
    let tiles = frames.div_ceil(step);
    sheets(
        engine,
        folder,
        &format!("{}.joined.mp4", video.trick.id),
        step,
        signals,
    )
    .await?;
    let sheet = |number: u64| format!("storyboard-{}.jpg", number + 1);
    let interval_ms = step as f64 * between_s * 1000.0;
    let at_ms = |tile: u64| (tile as f64 * interval_ms).round() as u64;
    let per_sheet = ACROSS * ACROSS;
    let cue = |tile: u64| {
        let (x, y) = (tile % ACROSS * TILE.0, tile % per_sheet / ACROSS * TILE.1);
        let end_ms = at_ms(tile + 1).min(plan.duration_ms);
        let text = format!(
            "{}#xywh={x},{y},{},{}",
            sheet(tile / per_sheet),
            TILE.0,
            TILE.1
        );
        Cue::new(at_ms(tile), end_ms.max(at_ms(tile) + 1), text)
    };
    let document = Document {
        blocks: Vec::new(),
        cues: (0..tiles).map(cue).collect(),
    };
    let board = Storyboard {
        vtt: "storyboard.vtt".to_owned(),
        images: (0..tiles.div_ceil(per_sheet)).map(sheet).collect(),
        tile_width: TILE.0 as u32,
        tile_height: TILE.1 as u32,
        interval_ms: interval_ms.round() as u64,
    };
    tokio::fs::write(folder.join(OUTPUT).join(&board.vtt), document.to_text()).await?;
    Ok(board)
}

async fn sheets(
    engine: &Engine,
    folder: &Path,
    input: &str,
    step: u64,
    signals: &Signals,
) -> Result<()> {
    let (width, height) = TILE;
    let graph = format!(
        "select='not(mod(n\\,{step}))',scale={width}:{height}:force_original_aspect_ratio=decrease:flags=area:\
         in_color_matrix=bt709:out_color_matrix=bt601:in_range=tv:out_range=pc,\
         pad={width}:{height}:-1:-1,setsar=1,format=yuvj420p,tile={ACROSS}x{ACROSS}"
    );
    Invocation::new(&engine.tools.ffmpeg, folder, Limits::FILM)
        .args(["-v", "error", "-nostdin", "-y", "-i", input, "-vf", &graph])
        .args(
            "-fps_mode passthrough -c:v mjpeg -q:v 5 -threads 1 -flags +bitexact -fflags +bitexact"
                .split(' '),
        )
        .args(["-map_metadata", "-1", "-start_number", "1"])
        .arg(format!("{OUTPUT}/storyboard-%d.jpg"))
        .output(&signals.cancel)
        .await?;
    Ok(())
}
