//! Probe: what the master is, whether it can be used, and the plan that follows. Every reason against it is told at once.
//!
//! Nothing that a file claims is believed before it is bounded: programs open it as a film or not at all, follow nothing that it
//! names, and are ended when they take too long or too much.

mod colour;
mod ffprobe;
mod look;
mod loudness;
mod master;
mod packets;
mod refuse;
mod report;
mod skim;
mod sniff;
mod streams;
mod timing;

use std::{env, path::PathBuf, time::Duration};

use anyhow::Result;
use serde::Serialize;
use shared::{
    asset,
    ladder::{self, Plan, Preset, Refusal, Source},
};
use tokio_util::sync::CancellationToken;

pub use self::{
    master::Master,
    report::{HdrReport, Report, VideoReport},
};
use crate::{
    encode::complexity::Sampling,
    engine::{Engine, Signals, Target},
    failure::{Cancelled, Refused, ToolFailed},
    input,
    process::{Invocation, Limits},
    store::Store,
    task::{AudioSpec, EncodeSpec, FollowUp, ImagesSpec, ProbeSpec, Sidecar, SubtitlesSpec},
    tools::Tools,
};

/// Decoding some pictures of the largest size that is taken.
const DECODE: Limits = Limits {
    memory: Some(8 << 30),
    ..Limits::QUICK
};

/// A film of a minute that shows and plays nothing is a mistake; a black second is a test.
const LONG_US: u64 = 60_000_000;

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

/// How long looking at a master may take.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// For one answer: the headers, or some decoded pictures.
    pub answer: Duration,
    /// For reading every packet of a long master from a slow disk.
    pub scan: Duration,
    /// Longest silence while that goes on.
    pub silence: Duration,
    /// For measuring the loudness of all tracks.
    pub measure: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(60),
            scan: Duration::from_secs(1800),
            silence: Duration::from_secs(120),
            measure: Duration::from_secs(300),
        }
    }
}

/// A probe of one master.
pub struct Probe<'a> {
    tools: &'a Tools,
    master: &'a Master,
    cancel: &'a CancellationToken,
    bounds: Bounds,
    folder: PathBuf,
}

/// What a master was found to be.
#[derive(Clone, Debug)]
pub struct Findings {
    /// What the plan depends on. It has no sidecars yet.
    pub source: Source,
    bytes: u64,
    fps_range: Option<(f64, f64)>,
    fields_are_known: bool,
    other: Vec<String>,
    notes: Vec<String>,
}

/// Probes a master and plans its asset.
pub async fn run(
    engine: &Engine,
    _target: Target,
    spec: &ProbeSpec,
    signals: &Signals,
) -> Result<ProbeResult> {
    signals.stage("probing", 0.0);
    let master = Master::stored(&engine.store, &spec.master_key).await?;
    check_hash(&engine.store, spec).await?;
    signals.stage("probing", 20.0);
    let settings = spec.settings(&engine.settings);
    let probe = Probe::new(&engine.tools, &master, &signals.cancel);
    let mut found = probe.inspect().await?;
    signals.stage("probing", 40.0);
    probe.measure(&mut found).await?;
    let sidecars = sidecars(&engine.store, spec).await?;
    found.source.subtitles.extend(streams::sidecars(&sidecars));
    let planned = ladder::plan(&found.source, &settings);
    let mut plan = planned.map_err(|reasons| Refused::new(reasons).having_found(found.report()))?;
    signals.stage("probing", 60.0);
    let sampling = Sampling {
        tools: &engine.tools,
        scratch: &engine.scratch,
        signals,
    };
    sampling
        .fit(&master.input, &mut plan, &found.source, &settings)
        .await?;
    found.notes.extend(spec.notes.iter().cloned());
    found.notes.extend(plan.notes.iter().cloned());
    signals.stage("probing", 100.0);
    Ok(ProbeResult {
        follow_ups: follow_ups(&spec.master_key, &plan)?,
        report: found.report(),
        plan,
    })
}

/// Subtitle files that the task names, and those that were delivered beside the master.
async fn sidecars(store: &Store, spec: &ProbeSpec) -> Result<Vec<Sidecar>> {
    let mut sidecars = spec.sidecars.clone();
    if let Some(folder) = asset::sidecar_folder(&spec.master_key) {
        let keys = store.list(&folder).await?;
        sidecars.extend(keys.into_iter().map(Sidecar::delivered));
    }
    Ok(sidecars)
}

/// The object is what was uploaded.
async fn check_hash(store: &Store, spec: &ProbeSpec) -> Result<()> {
    let Some(expected) = &spec.sha256 else {
        return Ok(());
    };
    let found = store.describe(&spec.master_key).await?;
    if found.is_none_or(|found| !found.sha256.eq_ignore_ascii_case(expected)) {
        return Err(Refused::because(
            "master_checksum",
            "The stored master is not the file that was uploaded: its SHA-256 differs.",
            "Upload it again.",
        )
        .into());
    }
    Ok(())
}

impl<'a> Probe<'a> {
    /// With the usual bounds.
    pub fn new(tools: &'a Tools, master: &'a Master, cancel: &'a CancellationToken) -> Self {
        Self {
            tools,
            master,
            cancel,
            bounds: Bounds::default(),
            folder: env::temp_dir(),
        }
    }

    /// Within other bounds.
    #[must_use]
    pub fn within(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// Reads what a plan needs: headers, packets, the first frames. Quick; loudness and borders are for [`Probe::measure`].
    pub async fn inspect(&self) -> Result<Findings> {
        if let Some(refusal) = sniff::refusal(&self.master.head) {
            return Err(Refused::new(vec![refusal]).into());
        }
        let (container, is_encrypted) =
            tokio::join!(self.container(), self.has_encrypted_packets());
        let container = container?;
        let Some(picture) = streams::picture(&container) else {
            return Err(Refused::because(
                "no_video",
                "The master has no video stream.",
                "Deliver a file with a video stream: MP4, MOV, MKV or MXF.",
            )
            .into());
        };
        let mut refusals = refuse::of_streams(&container, picture);
        let is_encrypted = is_encrypted? || sniff::is_encrypted(&self.master.head);
        if is_encrypted {
            // What can't be read without a key is not for that reason unsupported.
            refusals.retain(|known| known.code != "codec_unsupported");
            merge(&mut refusals, vec![refuse::encrypted()]);
        }
        let scan = self.packets(picture.index).await?;
        let timing = timing::timing(picture, &container, &scan);
        if sniff::is_cut(&self.master.head, self.master.bytes) {
            refusals.push(refuse::shorter_than_it_says());
        }
        merge(
            &mut refusals,
            refuse::of_packets(&container, picture, (&scan, &timing)),
        );
        // Only what may be a film is worth decoding, and only that may be decoded safely.
        let mut first_frame = None;
        let described = streams::source(picture, &container, (&scan, &timing), None);
        if refusals.is_empty() && ladder::plan(&described, Preset::Fast).is_ok() {
            let (frame, decodes) =
                tokio::join!(self.first_frame(picture.index), self.decodes(picture.index));
            first_frame = frame?;
            if !decodes? {
                refusals.push(refuse::codec_unsupported(picture));
            }
        }
        let source = streams::source(picture, &container, (&scan, &timing), first_frame.as_ref());
        let refused = refuse_all(refusals, &source);
        let found = Findings {
            bytes: self.master.bytes,
            fps_range: timing.fps_range,
            fields_are_known: streams::fields_are_known(picture),
            other: report::other(&container, picture.index),
            notes: report::notes(&source, &container),
            source,
        };
        match refused {
            Ok(()) => Ok(found),
            Err(refused) => Err(refused.having_found(found.report()).into()),
        }
    }

    /// Measures loudness and black borders, finds untagged interlaced video, and decodes pictures all over the film. Takes
    /// seconds, whatever the film's length.
    pub async fn measure(&self, found: &mut Findings) -> Result<()> {
        let video = &found.source.video;
        let measured = tokio::try_join!(
            self.listen(&found.source),
            self.look(video, found.fields_are_known)
        );
        let (heard, seen) = measured.map_err(|error| match error.downcast::<Refused>() {
            Ok(refused) => refused.having_found(found.report()).into(),
            Err(error) => error,
        })?;
        let is_long = video.duration_us > LONG_US;
        if is_long && seen.is_black() && heard.is_silent {
            let refused = Refused::new(vec![refuse::nothing()]);
            return Err(refused.having_found(found.report()).into());
        }
        found.notes.extend(heard.notes);
        found.notes.extend(seen.notes());
        let video = &mut found.source.video;
        video.active = seen.active(video);
        if let (false, Some(top_first)) = (found.fields_are_known, seen.top_field_first()) {
            video.is_interlaced = true;
            video.top_field_first = Some(top_first);
            found.notes.push(
                "The file does not say so, but its pictures are interlaced: they are treated as fields."
                    .to_owned(),
            );
        }
        for (track, loudness) in found.source.audio.iter_mut().zip(heard.loudness) {
            track.loudness = loudness;
        }
        Ok(())
    }

    /// Whether the first frames can be decoded.
    async fn decodes(&self, stream: u32) -> Result<bool> {
        let limits = Limits {
            total: self.bounds.answer,
            ..DECODE
        };
        let run = Invocation::new(&self.tools.ffmpeg, &self.folder, limits)
            .only_reads()
            .args(["-v", "error", "-nostdin", "-threads", "2"])
            .args(input::film(&self.master.input))
            .args(["-map", &format!("0:{stream}"), "-frames:v", "3"])
            .args(["-f", "framemd5", "-"])
            .output(self.cancel)
            .await;
        match run {
            Ok((printed, _)) => {
                let text = String::from_utf8_lossy(&printed);
                Ok(text.lines().any(|line| !line.starts_with('#')))
            }
            Err(error) if error.is::<Cancelled>() => Err(error),
            Err(error) => match error.downcast_ref() {
                Some(ToolFailed { tail, .. }) if !self.may_be_the_network(tail) => Ok(false),
                _ => Err(self.read(error)),
            },
        }
    }
}

/// A plan finds its own reasons; they belong beside the probe's. Without frames there is no rate or duration to speak of.
fn refuse_all(mut refusals: Vec<Refusal>, source: &Source) -> Result<(), Refused> {
    let mut planned = ladder::plan(source, Preset::Fast).err().unwrap_or_default();
    if refuse::leave_no_timeline(&refusals) {
        let timing = [
            "no_frames",
            "no_duration",
            "frame_rate_unsupported",
            "duration_absurd",
        ];
        planned.retain(|refusal| !timing.contains(&refusal.code.as_str()));
    }
    merge(&mut refusals, planned);
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(Refused::new(refusals))
    }
}

/// Adds the reasons that are not known yet.
fn merge(refusals: &mut Vec<Refusal>, more: Vec<Refusal>) {
    for refusal in more {
        if refusals.iter().all(|known| known.code != refusal.code) {
            refusals.push(refusal);
        }
    }
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
        follow_ups.push(
            FollowUp::new(
                "audio",
                &AudioSpec {
                    master_key: master_key.clone(),
                    track: track.clone(),
                    duration_us: (video.frames as f64 * video.frame_rate.frame_s() * 1e6).round()
                        as u64,
                    phase_us: video.phase_us,
                },
            )?
            .labelled(&track.id),
        );
    }
    for track in &plan.subtitles {
        follow_ups.push(
            FollowUp::new(
                "subtitles",
                &SubtitlesSpec {
                    master_key: master_key.clone(),
                    track: track.clone(),
                    duration_ms: plan.duration_ms,
                    phase_us: video.phase_us,
                },
            )?
            .labelled(&track.id),
        );
    }
    let bands = video.bands();
    for chunk in &plan.chunks {
        for (band, video) in (0..).zip(&bands) {
            let spec = EncodeSpec {
                master_key: master_key.clone(),
                video: video.clone(),
                chunk: *chunk,
                chunks: plan.chunks.len(),
                band,
            };
            follow_ups.push(FollowUp::new("encode", &spec)?.of_chunk(&spec));
        }
    }
    Ok(follow_ups)
}
