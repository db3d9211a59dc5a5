//! Quality: VMAF of some frames of every rendition of a chunk, against the source as the plan scales or tone-maps it.
//!
//! HDR renditions are tone-mapped by the film's own table first: VMAF knows SDR only, and this way one scale covers both.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use shared::{
    asset::VideoRange,
    ladder::{Chunk, Rung, VideoPlan},
};

use super::{file_name, filter};
use crate::{
    engine::{Engine, Signals},
    process::{Invocation, Limits},
    task::EncodeSpec,
    tone,
    tools::Tools,
};

/// The name of the stored file among a chunk's outputs.
pub const RENDITION: &str = "quality";

/// The source's frames in the scratch folder.
pub(super) const REFERENCE: &str = "reference.nut";

/// How the source's frames are kept until they are compared: as they are. Coding them without loss, and decoding them for every
/// rendition, costs more than comparing.
pub(super) const UNCODED: &str = "-fps_mode passthrough -an -c:v rawvideo -f nut";

/// Of a chunk's window, each second frame is compared.
const EVERY: u32 = 2;

const LOG: &str = "vmaf.json";

/// What a chunk measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Frames that were compared.
    pub frames: u64,
    /// VMAF per rendition, mean of the frames, two decimals.
    pub vmaf: BTreeMap<String, f64>,
}

/// The frames of a chunk that are compared.
pub(super) fn window(video: &VideoPlan, chunk: &Chunk) -> Option<(u64, u64)> {
    video.quality?.window(chunk, video.gop_frames)
}

/// Measures the renditions of a chunk in its scratch folder. `None` when the plan does not want this chunk.
pub(super) async fn measure(
    engine: &Engine,
    spec: &EncodeSpec,
    folder: &Path,
    signals: &Signals,
) -> Result<Option<Quality>> {
    let EncodeSpec { video, chunk, .. } = spec;
    let (Some(plan), Some((first, frames))) = (video.quality, window(video, chunk)) else {
        return Ok(None);
    };
    signals.stage("measuring", 0.0);
    let source = engine.store.readable(&spec.master_key).await?;
    let compared = Chunk {
        index: 0,
        start_frame: chunk.start_frame + first,
        frames,
    };
    let size = (plan.width, plan.height);
    reference(engine, &source, video, compared, size, folder, signals).await?;
    let mut quality = Quality {
        frames: frames.div_ceil(u64::from(EVERY)),
        vmaf: BTreeMap::new(),
    };
    for (place, rung) in video.rungs.iter().enumerate() {
        let done = place as f64 / video.rungs.len() as f64;
        signals.stage("measuring", 100.0 * done);
        let file = file_name(&rung.id);
        let mut input = Vec::new();
        if first > 0 {
            // Half a frame early, so that rounding never picks the next frame.
            let seconds = (first as f64 - 0.5) * video.frame_rate.frame_s();
            input.extend(["-ss".to_owned(), format!("{seconds:.9}")]);
        }
        input.extend(["-i".to_owned(), file]);
        let picture = comparable(video, rung, (plan.width, plan.height));
        let distorted = format!("trim=end_frame={frames},{picture}");
        let vmaf = vmaf(
            &engine.tools,
            folder,
            &input,
            &distorted,
            (REFERENCE, EVERY),
            signals,
        )
        .await
        .with_context(|| format!("measuring {}", rung.id))?;
        quality.vmaf.insert(rung.id.clone(), vmaf);
    }
    Ok(Some(quality))
}

/// Writes the frames that are compared as they are in the source. From a decode of their own: an output of the encoders' that
/// begins in the middle of a chunk would keep ffmpeg from reporting progress until then.
async fn reference(
    engine: &Engine,
    source: &str,
    video: &VideoPlan,
    frames: Chunk,
    size: (u32, u32),
    folder: &Path,
    signals: &Signals,
) -> Result<()> {
    let picture = filter::sdr(video, size);
    let graph = format!("{},{picture}[reference]", filter::grid(video, frames));
    Invocation::new(&engine.tools.ffmpeg, folder, Limits::FILM)
        .args("-v error -nostdin -y".split(' '))
        .args(filter::seek(video, frames))
        .args(["-i", source, "-filter_complex", &graph])
        .args(["-map", "[reference]"])
        .args(UNCODED.split(' '))
        .arg(REFERENCE)
        .output(&signals.cancel)
        .await
        .context("the source's frames, to compare with")?;
    Ok(())
}

/// A rendition as VMAF sees it: SDR, at the size of the reference.
fn comparable(video: &VideoPlan, rung: &Rung, (width, height): (u32, u32)) -> String {
    match rung.range {
        VideoRange::Sdr => format!("scale={width}:{height}:flags=bicubic,format=yuv420p"),
        VideoRange::Pq | VideoRange::Hlg => {
            let plan = VideoPlan {
                // What we encoded is limited range, whatever the source was.
                full_range: false,
                ..video.clone()
            };
            format!("{},format=yuv420p", tone::filter(&plan, (width, height)))
        }
    }
}

/// The mean VMAF of a file's frames against a reference file's, two decimals. One frame of `every` is compared.
pub(super) async fn vmaf(
    tools: &Tools,
    folder: &Path,
    input: &[String],
    filter: &str,
    (reference, every): (&str, u32),
    signals: &Signals,
) -> Result<f64> {
    #[derive(Deserialize)]
    struct Log {
        pooled_metrics: Pooled,
    }
    #[derive(Deserialize)]
    struct Pooled {
        vmaf: Metric,
    }
    #[derive(Deserialize)]
    struct Metric {
        mean: f64,
    }
    let graph = format!(
        "[0:v]{filter},settb=1/25,setpts=N[distorted];[1:v]settb=1/25,setpts=N[reference];\
         [distorted][reference]libvmaf=log_fmt=json:log_path={LOG}:n_threads=1:n_subsample={every}"
    );
    Invocation::new(&tools.ffmpeg, folder, Limits::FILM)
        .args(["-v", "error", "-nostdin", "-y", "-threads", "1"])
        .args(input.iter().cloned())
        .args(["-i", reference, "-filter_complex", &graph])
        .args(["-an", "-f", "null", "-"])
        .output(&signals.cancel)
        .await?;
    let log = tokio::fs::read(folder.join(LOG)).await?;
    let log: Log = serde_json::from_slice(&log).context("libvmaf's log can't be read")?;
    Ok((log.pooled_metrics.vmaf.mean * 100.0).round() / 100.0)
}
