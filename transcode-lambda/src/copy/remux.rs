//! The master's streams into one MP4 each, with exact times, as the packager reads them.

use std::{fs::File, io::BufReader, path::Path};

use anyhow::{Context, Result, ensure};
use shared::{
    cenc::Tier,
    ladder::{Codec, CopiedAudio, CopiedVideo, CopyPlan},
    mp4,
};

use crate::{
    engine::{Engine, Signals},
    input,
    package::Track,
    process::{Invocation, Limits},
};

/// No trace of when, where and by whom: the same master gives the same bytes.
const ANONYMOUS: &str = "-fflags +bitexact -map_metadata -1 -map_chapters -1";

/// Samples of an AAC frame.
const AAC_FRAME: u64 = 1024;

/// Where a master's streams are taken apart.
pub(super) struct Remux<'a> {
    pub(super) engine: &'a Engine,
    pub(super) signals: &'a Signals,
    pub(super) folder: &'a Path,
    /// A path or URL.
    pub(super) input: &'a str,
}

impl Remux<'_> {
    /// All tracks, in one pass over the master.
    pub(super) async fn tracks(&self, plan: &CopyPlan) -> Result<Vec<Track>> {
        let video = &plan.video;
        let mut words = picture(video);
        for audio in &plan.audio {
            words.extend(sound(audio, plan, audio.is_copied));
        }
        self.ffmpeg(words).await?;
        let path = self.path(&video.id);
        let lines = check_picture(&path, video)?;
        let mut tracks = vec![Track::picture(
            &video.id,
            path,
            Tier::for_height(lines),
            video.frames,
        )];
        for audio in &plan.audio {
            let path = self.path(&audio.id);
            // Containers round durations, and some are wrong: what is too short by the packets is encoded after all.
            if audio.is_copied && is_short(&path, plan)? {
                self.ffmpeg(sound(audio, plan, false)).await?;
            }
            tracks.push(Track::sound(&audio.id, path));
        }
        Ok(tracks)
    }

    async fn ffmpeg(&self, outputs: Vec<String>) -> Result<()> {
        Invocation::new(&self.engine.tools.ffmpeg, self.folder, Limits::FILM)
            .args(["-v", "error", "-nostdin", "-y"])
            .args(input::film(self.input))
            .args(outputs)
            .output(&self.signals.cancel)
            .await?;
        Ok(())
    }

    fn path(&self, id: &str) -> std::path::PathBuf {
        self.folder.join(file_name(id))
    }
}

/// Every frame is there. Returns the picture's smaller side, which decides its key.
fn check_picture(path: &Path, video: &CopiedVideo) -> Result<u32> {
    let index = index(path)?;
    let track = index.tracks.first().context("a remuxed file has a track")?;
    ensure!(
        u64::from(track.samples) == video.frames,
        "{} of {} frames were copied",
        track.samples,
        video.frames
    );
    let entry = track.entry.as_ref().context("a picture is described")?;
    Ok(entry.width.min(entry.height))
}

/// The sound ends before the picture does, by more than a frame.
fn is_short(path: &Path, plan: &CopyPlan) -> Result<bool> {
    let index = index(path)?;
    let track = index.tracks.first().context("a remuxed file has a track")?;
    let samples = u64::from(track.samples) * AAC_FRAME;
    let lasts_s = samples as f64 / f64::from(track.timescale.max(1));
    let wanted_s = plan.duration_ms as f64 / 1000.0 - plan.video.frame_rate.frame_s();
    Ok(lasts_s < wanted_s)
}

fn index(path: &Path) -> Result<mp4::Index> {
    let file = File::open(path).context("the multiplexer wrote no file")?;
    Ok(mp4::index(&mut BufReader::new(file))?)
}

fn file_name(id: &str) -> String {
    format!("{id}.mp4")
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Frames on the exact grid from 0; decoding runs ahead by the reordering. Negative offsets instead of an edit list, as in
/// every track of ours (rule 86).
fn picture(video: &CopiedVideo) -> Vec<String> {
    let rate = video.frame_rate;
    let timescale = rate.timescale();
    let frame = timescale / rate.num * rate.den;
    let grid = format!(
        "setts=duration={frame}:dts=(N-{})*{frame}:pts=round((PTS-STARTPTS)*TB*{}/{})*{frame}",
        video.reorder_frames, rate.num, rate.den
    );
    let mut output = words(&format!(
        "-map 0:{} -c copy -time_base 1/{timescale} -bsf:v",
        video.stream
    ));
    let mut colours = Vec::new();
    output.push(match (video.colours, video.codec) {
        (Some(missing), codec) => {
            let (primaries, transfer, matrix) =
                (missing.primaries, missing.transfer, missing.matrix);
            let codec = if codec == Codec::Hevc { "hevc" } else { "h264" };
            colours = words(&format!(
                "-color_primaries {primaries} -color_trc {transfer} -colorspace {matrix} -color_range tv"
            ));
            format!(
                "{codec}_metadata=colour_primaries={primaries}:transfer_characteristics={transfer}:matrix_coefficients={matrix},{grid}"
            )
        }
        (None, _) => grid,
    });
    output.extend(colours);
    if video.codec == Codec::Hevc {
        output.extend(words("-tag:v hvc1"));
    }
    output.extend(words(&format!(
        "-video_track_timescale {timescale} -movflags +negative_cts_offsets {ANONYMOUS}"
    )));
    output.push(file_name(&video.id));
    output
}

/// A track of the picture's length: cut to it when copied, cut or padded when encoded.
fn sound(audio: &CopiedAudio, plan: &CopyPlan, is_copied: bool) -> Vec<String> {
    let rate = plan.video.frame_rate;
    let seconds = plan.video.frames as f64 * rate.frame_s();
    let mut output = words(&format!("-map 0:{}", audio.stream));
    output.extend(if is_copied {
        words(&format!("-c copy -t {seconds:.6}"))
    } else {
        words(&format!(
            "-c:a aac -b:a 128k -ac 2 -ar 48000 -flags:a +bitexact \
             -af aresample=48000:async=1:first_pts=0,apad,atrim=end={seconds:.6}"
        ))
    });
    output.extend(words(ANONYMOUS));
    output.push(file_name(&audio.id));
    output
}
