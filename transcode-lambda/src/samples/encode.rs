//! Frames through a pipe into ffmpeg, which makes the master: scaled, with sound and subtitles.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::canvas::{self, HEIGHT, Scene, WIDTH};
use super::{FRAME_RATE, Film};

/// `done` hears the number of each frame that was handed over.
pub(super) fn encode(
    film: &Film,
    scene: &Scene,
    subtitles: &Path,
    output: &Path,
    ffmpeg: &Path,
    mut done: impl FnMut(u32),
) -> Result<()> {
    let mut child = command(film, scene, subtitles, output, ffmpeg)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} can't be started", ffmpeg.display()))?;
    let mut pipe = child.stdin.take().expect("stdin was asked for above");
    for frame in 0..film.duration_s * FRAME_RATE {
        // ffmpeg that ends early says why on its own error stream, read below.
        if pipe
            .write_all(&canvas::draw(
                scene,
                f64::from(frame) / f64::from(FRAME_RATE),
            ))
            .is_err()
        {
            break;
        }
        done(frame + 1);
    }
    drop(pipe);
    let finished = child.wait_with_output()?;
    ensure!(
        finished.status.success(),
        "ffmpeg could not make {}: {}",
        film.title,
        String::from_utf8_lossy(&finished.stderr).trim()
    );
    Ok(())
}

fn command(film: &Film, scene: &Scene, subtitles: &Path, output: &Path, ffmpeg: &Path) -> Command {
    let mut command = Command::new(ffmpeg);
    command
        .args(["-hide_banner", "-loglevel", "error", "-y"])
        .args([
            "-f",
            "rawvideo",
            "-pix_fmt",
            "rgb48le",
            "-s",
            &format!("{WIDTH}x{HEIGHT}"),
            "-r",
            &FRAME_RATE.to_string(),
            "-i",
            "pipe:0",
        ])
        .args(["-f", "lavfi", "-i", &sound(film)])
        .arg("-i")
        .arg(subtitles)
        .args([
            "-map",
            "0:v",
            "-map",
            "1:a",
            "-map",
            "2:s",
            "-t",
            &film.duration_s.to_string(),
        ])
        .args(if scene.hdr { hdr_video() } else { sdr_video() })
        .args([
            "-c:a",
            "aac",
            "-b:a",
            "192k",
            "-c:s",
            "mov_text",
            "-metadata:s:a:0",
            "language=eng",
            "-metadata:s:s:0",
            "language=eng",
        ])
        .args([
            "-fflags",
            "+bitexact",
            "-flags:v",
            "+bitexact",
            "-flags:a",
            "+bitexact",
            "-movflags",
            "+faststart",
        ])
        .arg(output);
    command
}

/// Soft chords that swell and fade, a little apart left and right.
fn sound(film: &Film) -> String {
    let length_s = f64::from(film.duration_s) / film.chords.len() as f64;
    let channel = |detune: f64| {
        film.chords
            .iter()
            .enumerate()
            .map(|(index, chord)| {
                let start_s = index as f64 * length_s;
                let tones: Vec<String> = chord
                    .iter()
                    .enumerate()
                    .map(|(voice, hz)| format!("sin(2*PI*{:.3}*t)/{}", hz * detune, voice + 2))
                    .collect();
                let swell = format!(
                    "pow(max(0\\,sin(PI*clip((t-{start_s:.3})/{length_s:.3}\\,0\\,1)))\\,0.7)"
                );
                format!(
                    "0.16*{swell}*({})*(0.85+0.15*sin(2*PI*0.4*t))",
                    tones.join("+")
                )
            })
            .collect::<Vec<_>>()
            .join("+")
    };
    format!(
        "aevalsrc={}|{}:s=48000:d={}",
        channel(1.0),
        channel(1.003),
        film.duration_s
    )
}

fn sdr_video() -> Vec<&'static str> {
    let scale = "scale=1920:1080:flags=bicubic:out_color_matrix=bt709:out_range=tv,noise=alls=2:allf=t:all_seed=7,format=yuv420p,setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709";
    vec![
        "-vf", scale, "-c:v", "libx264", "-preset", "veryfast", "-crf", "17", "-g", "48",
        "-pix_fmt", "yuv420p",
    ]
}

fn hdr_video() -> Vec<&'static str> {
    let scale = "scale=1920:1080:flags=bicubic:out_color_matrix=bt2020:out_range=tv,format=yuv420p10le,setparams=range=tv:color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc";
    let x265 = "log-level=error:keyint=48:hdr10=1:repeat-headers=0:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:range=limited:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50):max-cll=1000,200";
    vec![
        "-vf",
        scale,
        "-c:v",
        "libx265",
        "-preset",
        "ultrafast",
        "-crf",
        "16",
        "-profile:v",
        "main10",
        "-tag:v",
        "hvc1",
        "-x265-params",
        x265,
    ]
}
