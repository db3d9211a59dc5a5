//! Sample encodes: how hard a film is to code, and how much of it shows (see [`shared::ladder::Complexity`]).

use anyhow::{Context, Result};
use futures::{StreamExt, TryStreamExt, stream};
use shared::ladder::{
    Chunk, Complexity, ComplexitySample, Plan, REFERENCE_CRF, SamplePlace, Settings, Source,
    VideoPlan,
};

use super::{filter, quality};
use crate::{
    engine::Signals,
    process::{Invocation, Limits, processors},
    scratch::Scratch,
    tone,
    tools::Tools,
};

/// Of a sample's frames, each fourth is compared.
const EVERY: u32 = 4;

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
        let sizes = Complexity::sizes(source.video.display_size());
        let places = Complexity::places(&plan.video, settings);
        let video = &plan.video;
        let sizes = sizes.as_slice();
        let taken = places.iter().map(|place| async move {
            let samples = self.samples(input, video, *place, sizes).await;
            samples.with_context(|| format!("the sample at frame {}", place.start_frame))
        });
        let taken: Vec<_> = taken.collect();
        let mut taking = stream::iter(taken).buffered(processors());
        let mut samples = Vec::new();
        for number in 0..places.len() {
            let done = 100.0 * number as f64 / places.len() as f64;
            self.signals.stage("sampling", done);
            samples.extend(taking.try_next().await?.unwrap_or_default());
        }
        drop(taking);
        plan.fit(samples);
        Ok(())
    }

    /// A place at every size, from one decode.
    async fn samples(
        &self,
        input: &str,
        video: &VideoPlan,
        place: SamplePlace,
        sizes: &[(u32, u32)],
    ) -> Result<Vec<ComplexitySample>> {
        let folder = self.scratch.folder()?;
        let folder = folder.path();
        tone::prepare(folder, video)?;
        let chunk = Chunk {
            index: 0,
            start_frame: place.start_frame,
            frames: place.frames,
        };
        Invocation::new(&self.tools.ffmpeg, folder, Limits::FILM)
            .args("-v error -nostdin -y".split(' '))
            .args(filter::seek(video, chunk))
            .args(["-i", input, "-filter_complex", &graph(video, chunk, sizes)])
            .args((0..sizes.len()).flat_map(|at| outputs(at, video.gop_frames)))
            .output(&self.signals.cancel)
            .await?;
        let seconds = place.frames as f64 * video.frame_rate.frame_s();
        let mut samples = Vec::new();
        for (at, size) in sizes.iter().enumerate() {
            let bytes = tokio::fs::metadata(folder.join(coded(at))).await?.len();
            let input = ["-i".to_owned(), coded(at)];
            let reference = reference(at);
            let vmaf = quality::vmaf(
                self.tools,
                folder,
                &input,
                "null",
                (&reference, EVERY),
                self.signals,
            );
            samples.push(ComplexitySample {
                start_frame: place.start_frame,
                size: *size,
                kbps: (bytes as f64 * 8.0 / seconds / 1000.0).round(),
                vmaf: vmaf.await?,
            });
        }
        Ok(samples)
    }
}

/// Outputs are `[coded0]` and `[reference0]` in the first size, and so on.
fn graph(video: &VideoPlan, chunk: Chunk, sizes: &[(u32, u32)]) -> String {
    let all: Vec<_> = (0..sizes.len()).map(|at| format!("[all{at}]")).collect();
    let mut chains = vec![format!(
        "{},split={}{}",
        filter::grid(video, chunk),
        sizes.len(),
        all.concat()
    )];
    for (at, size) in sizes.iter().enumerate() {
        let picture = filter::sdr(video, *size);
        chains.push(format!(
            "[all{at}]{picture},split[coded{at}][reference{at}]"
        ));
    }
    chains.join(";")
}

/// A raw stream, whose bytes are the picture's and nothing else, and the source as it is.
fn outputs(at: usize, gop: u32) -> Vec<String> {
    let words = format!(
        "-map [coded{at}] -fps_mode passthrough -c:v libx264 -preset veryfast -threads 1 -crf {REFERENCE_CRF} -g {gop} -f h264 {} \
         -map [reference{at}] {} {}",
        coded(at),
        quality::UNCODED,
        reference(at)
    );
    words.split_whitespace().map(str::to_owned).collect()
}

fn coded(at: usize) -> String {
    format!("sample-{at}.h264")
}

fn reference(at: usize) -> String {
    format!("reference-{at}.nut")
}
