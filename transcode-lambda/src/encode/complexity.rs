//! Sample encodes: how hard a film is to code, and how much of it shows (see [`shared::ladder::Complexity`]).

use std::path::Path;

use anyhow::{Context, Result};
use shared::ladder::{
    Chunk, Complexity, ComplexitySample, Plan, REFERENCE_CRF, SamplePlace, Settings, Source,
    VideoPlan,
};

use super::{filter, quality};
use crate::{
    engine::Signals,
    process::{Invocation, Limits},
    scratch::Scratch,
    tone,
    tools::Tools,
};

/// A raw stream: its bytes are the picture's and nothing else.
const SAMPLE: &str = "sample.h264";

/// What taking samples needs.
#[derive(Clone, Copy)]
pub struct Sampling<'a> {
    /// ffmpeg.
    pub tools: &'a Tools,
    /// Temporary files go here.
    pub scratch: &'a Scratch,
    /// Whoever watches.
    pub signals: &'a Signals,
}

impl Sampling<'_> {
    /// Fits a plan's rungs to the film, if the settings want that.
    pub async fn fit(
        &self,
        input: &str,
        plan: &mut Plan,
        source: &Source,
        settings: &Settings,
    ) -> Result<()> {
        if !settings.is_per_title() {
            return Ok(());
        }
        let size = Complexity::size(source.video.display_size());
        let folder = self.scratch.folder()?;
        tone::prepare(folder.path(), &plan.video)?;
        let places = Complexity::places(&plan.video, settings);
        let mut samples = Vec::new();
        for (number, place) in places.iter().enumerate() {
            let done = 100.0 * number as f64 / places.len() as f64;
            self.signals.stage("sampling", done);
            let sample = self.sample(input, &plan.video, *place, size, folder.path());
            samples.push(
                sample
                    .await
                    .with_context(|| format!("the sample at frame {}", place.start_frame))?,
            );
        }
        plan.fit(samples, size);
        Ok(())
    }

    async fn sample(
        &self,
        input: &str,
        video: &VideoPlan,
        place: SamplePlace,
        (width, height): (u32, u32),
        folder: &Path,
    ) -> Result<ComplexitySample> {
        let chunk = Chunk {
            index: 0,
            start_frame: place.start_frame,
            frames: place.frames,
        };
        let picture = if video.tone_map.is_some() {
            format!("{},format=yuv420p", tone::filter(video, (width, height)))
        } else {
            filter::sdr_scale(video, false, width, height)
        };
        let graph = format!(
            "{},{picture},split[coded][reference]",
            filter::grid(video, chunk)
        );
        let seek = filter::seek_s(video, chunk)
            .map(|seconds| vec!["-ss".to_owned(), format!("{seconds:.9}")]);
        let gop = video.gop_frames.to_string();
        let crf = REFERENCE_CRF.to_string();
        Invocation::new(&self.tools.ffmpeg, folder, Limits::FILM)
            .args("-v error -nostdin -y".split(' '))
            .args(seek.unwrap_or_default())
            .args(["-i", input, "-filter_complex", &graph])
            .args(
                "-map [coded] -fps_mode passthrough -c:v libx264 -preset veryfast -threads 1"
                    .split(' '),
            )
            .args(["-crf", &crf, "-g", &gop, "-f", "h264", SAMPLE])
            .args(
                "-map [reference] -fps_mode passthrough -c:v libx264 -preset ultrafast -qp 0"
                    .split(' '),
            )
            .arg(quality::REFERENCE)
            .output(&self.signals.cancel)
            .await?;
        let bytes = tokio::fs::metadata(folder.join(SAMPLE)).await?.len();
        let seconds = place.frames as f64 * video.frame_rate.frame_s();
        let coded = ["-i".to_owned(), SAMPLE.to_owned()];
        let reference = quality::REFERENCE;
        let vmaf =
            quality::vmaf(self.tools, folder, &coded, "null", reference, self.signals).await?;
        Ok(ComplexitySample {
            start_frame: place.start_frame,
            kbps: (bytes as f64 * 8.0 / seconds / 1000.0).round(),
            vmaf,
        })
    }
}
