//! Probe: what the master is, whether it can be used, and the plan that follows. Every reason against it is told at once.

mod ffprobe;
mod report;
mod streams;
mod timing;

use anyhow::Result;
use serde::Serialize;
use shared::ladder::{self, Plan, Refusal, Source};
use tokio_util::sync::CancellationToken;

pub use self::report::Report;
use crate::{
    encode::complexity::Sampling,
    engine::{Engine, Signals, Target},
    failure::Refused,
    process::{Invocation, Limits},
    store::Store,
    task::{AudioSpec, EncodeSpec, FollowUp, ImagesSpec, ProbeSpec, SubtitlesSpec},
    tools::Tools,
};

/// What a probe answers.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProbeResult {
    /// What the master is.
    pub report: Report,
    /// What becomes of it.
    pub plan: Plan,
    /// The tasks that make it.
    pub follow_ups: Vec<FollowUp>,
}

/// Probes a master and plans its asset.
pub async fn run(
    engine: &Engine,
    _target: Target,
    spec: &ProbeSpec,
    signals: &Signals,
) -> Result<ProbeResult> {
    signals.stage("probing", 0.0);
    let bytes = check_bytes(&engine.store, spec).await?;
    signals.stage("probing", 30.0);
    let input = engine.store.readable(&spec.master_key).await?;
    let (mut report, mut source) = inspect(&engine.tools, &input, &signals.cancel).await?;
    report.bytes = bytes;
    source.subtitles.extend(streams::sidecars(&spec.sidecars));
    let settings = spec.settings(&engine.settings);
    let mut plan = ladder::plan(&source, &settings).map_err(Refused)?;
    let sampling = Sampling {
        tools: &engine.tools,
        scratch: &engine.scratch,
        signals,
    };
    sampling.fit(&input, &mut plan, &source, &settings).await?;
    report.notes.extend(plan.notes.iter().cloned());
    signals.stage("probing", 100.0);
    Ok(ProbeResult {
        follow_ups: follow_ups(&spec.master_key, &plan)?,
        report,
        plan,
    })
}

/// The object is there, is not empty and is what was uploaded.
async fn check_bytes(store: &Store, spec: &ProbeSpec) -> Result<u64> {
    let Some(bytes) = store.find_size(&spec.master_key).await? else {
        return Err(Refused::because(
            "master_missing",
            "The master is not in the object store.",
            "Upload it again.",
        )
        .into());
    };
    if bytes == 0 {
        return Err(Refused::because(
            "master_empty",
            "The master is an empty file.",
            "Export the film again and upload it.",
        )
        .into());
    }
    if let Some(expected) = &spec.sha256 {
        let found = store.describe(&spec.master_key).await?;
        if found.is_none_or(|found| !found.sha256.eq_ignore_ascii_case(expected)) {
            return Err(Refused::because(
                "master_checksum",
                "The stored master is not the file that was uploaded: its SHA-256 differs.",
                "Upload it again.",
            )
            .into());
        }
    }
    Ok(bytes)
}

/// Reads what a file is. The source has no sidecars yet.
pub async fn inspect(
    tools: &Tools,
    input: &str,
    cancel: &CancellationToken,
) -> Result<(Report, Source)> {
    let probe = ffprobe::Probe {
        tools,
        input,
        cancel,
    };
    let container = probe.container().await?;
    let mut refusals = Vec::new();
    let Some(picture) = streams::picture(&container) else {
        refusals.push(Refusal::new(
            "no_video",
            "The master has no video stream.",
            "Deliver a file with a video stream: MP4, MOV, MKV or MXF.",
        ));
        return Err(Refused(refusals).into());
    };
    if probe.is_encrypted(picture.index).await? {
        refusals.push(Refusal::new(
            "encrypted_master",
            "The master is encrypted (DRM).",
            "Deliver the master without encryption.",
        ));
    }
    let scan = probe.packets(picture).await?;
    let timing = timing::timing(picture, &container, &scan);
    refusals.extend(timing::refusals(picture, &scan, &timing));
    let first_frame = probe.first_frame(picture.index).await?;
    if scan.count > 0 && refusals.is_empty() && !probe.decodes(picture.index).await? {
        refusals.push(Refusal::new(
            "codec_unsupported",
            format!("The video ({}) can't be decoded.", picture.codec()),
            "Deliver H.264, HEVC, ProRes, DNxHR, MPEG-2 or AV1.",
        ));
    }
    let source = streams::source(picture, &container, &timing, first_frame.as_ref());
    // A plan finds its own reasons; they belong beside ours.
    if !refusals.is_empty() {
        let planned = ladder::plan(&source, ladder::Preset::Fast);
        for refusal in planned.err().unwrap_or_default() {
            if refusals.iter().all(|known| known.code != refusal.code) {
                refusals.push(refusal);
            }
        }
        return Err(Refused(refusals).into());
    }
    Ok((report::report(picture, &container, &source), source))
}

fn follow_ups(master_key: &str, plan: &Plan) -> Result<Vec<FollowUp>> {
    let master_key = master_key.to_owned();
    let video = &plan.video;
    let mut follow_ups = Vec::new();
    // The pictures of the catalogue first: they are quick, and an operator sees the title at once.
    follow_ups.push(FollowUp::new(
        "images",
        &ImagesSpec {
            master_key: master_key.clone(),
            video: video.clone(),
        },
    )?);
    for track in &plan.audio {
        follow_ups.push(FollowUp::new(
            "audio",
            &AudioSpec {
                master_key: master_key.clone(),
                track: track.clone(),
                duration_us: (video.frames as f64 * video.frame_rate.frame_s() * 1e6).round()
                    as u64,
            },
        )?);
    }
    for track in &plan.subtitles {
        follow_ups.push(FollowUp::new(
            "subtitles",
            &SubtitlesSpec {
                master_key: master_key.clone(),
                track: track.clone(),
                duration_ms: plan.duration_ms,
            },
        )?);
    }
    for chunk in &plan.chunks {
        follow_ups.push(FollowUp::new(
            "encode",
            &EncodeSpec {
                master_key: master_key.clone(),
                video: video.clone(),
                chunk: *chunk,
                chunks: plan.chunks.len(),
            },
        )?);
    }
    Ok(follow_ups)
}

impl ffprobe::Probe<'_> {
    /// Whether the first frames can be decoded.
    async fn decodes(&self, stream: u32) -> Result<bool> {
        let folder = std::env::temp_dir();
        let run = Invocation::new(&self.tools.ffmpeg, &folder, Limits::QUICK)
            .args(["-v", "error", "-nostdin", "-i", self.input])
            .args(["-map", &format!("0:{stream}"), "-frames:v", "3"])
            .args(["-f", "framemd5", "-"])
            .output(self.cancel)
            .await;
        match run {
            Ok((printed, _)) => {
                let text = String::from_utf8_lossy(&printed);
                Ok(text.lines().any(|line| !line.starts_with('#')))
            }
            Err(error) if error.is::<crate::failure::Cancelled>() => Err(error),
            Err(_) => Ok(false),
        }
    }
}
