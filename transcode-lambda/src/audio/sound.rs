//! ffmpeg's arguments for sound: what is measured is what is encoded.

use shared::ladder::AudioCodec;

use super::loudness::{Loudness, dialnorm};
use crate::task::AudioSpec;

/// Downmix as ITU-R BS.775 has it: centre and surrounds at −3 dB, no LFE, in floating point, so that nothing clips before
/// the gain is known. Late sound begins with silence, and gaps are filled (rule 91).
fn layout(spec: &AudioSpec) -> String {
    let layout = if spec.track.channels > 2 {
        "5.1(side)"
    } else {
        "stereo"
    };
    let moved = match spec.phase_us {
        0 => String::new(),
        phase_us => format!("asetpts=PTS-({:.6})/TB,", phase_us as f64 / 1e6),
    };
    format!(
        "{moved}aresample=48000:async=1:first_pts=0:osf=fltp:ochl={layout}:clev=0.707107:slev=0.707107:lfe_mix_level=0"
    )
}

/// The sound ends where the picture does (rule 57).
fn programme(spec: &AudioSpec) -> String {
    format!("apad,atrim=end={:.6}", spec.duration_us as f64 / 1e6)
}

/// Arguments of the first pass.
pub(super) fn measured(spec: &AudioSpec) -> Vec<String> {
    let filter = format!(
        "{},atrim=end={:.6},ebur128=peak=true:framelog=quiet",
        layout(spec),
        spec.duration_us as f64 / 1e6
    );
    let mut words = stream(spec);
    words.extend(["-af".to_owned(), filter]);
    words.extend(["-f", "null", "-"].map(str::to_owned));
    words
}

/// Arguments of the second pass.
pub(super) fn encoded(spec: &AudioSpec, loudness: Option<Loudness>) -> Vec<String> {
    let gain = match (spec.track.codec, loudness) {
        (AudioCodec::Aac, Some(loudness)) => gain(loudness),
        _ => String::new(),
    };
    let mut words = stream(spec);
    words.extend([
        "-af".to_owned(),
        format!("{}{gain},{}", layout(spec), programme(spec)),
    ]);
    let dialnorm = dialnorm(loudness).to_string();
    let codec: &[&str] = match spec.track.codec {
        AudioCodec::Aac => &["-c:a", "aac"],
        AudioCodec::Ac3 => &["-c:a", "ac3", "-dialnorm", &dialnorm],
        AudioCodec::Eac3 => &["-c:a", "eac3", "-dialnorm", &dialnorm],
        AudioCodec::Eac3Copy => &["-c:a", "copy"],
    };
    words.extend(codec.iter().map(|word| (*word).to_owned()));
    words.extend(["-b:a".to_owned(), format!("{}k", spec.track.kbps)]);
    words.extend(["-ar".to_owned(), "48000".to_owned()]);
    words.extend(container());
    words
}

/// Arguments of passing through: the frames as they are, from 0 to the first that begins after the picture's end.
pub(super) fn copied(spec: &AudioSpec) -> Vec<String> {
    let mut words = stream(spec);
    words.extend(["-c:a", "copy", "-bsf:a", "setts=ts=TS-STARTPTS"].map(str::to_owned));
    words.extend([
        "-t".to_owned(),
        format!("{:.6}", spec.duration_us as f64 / 1e6),
    ]);
    words.extend(container());
    words
}

fn stream(spec: &AudioSpec) -> Vec<String> {
    vec![
        "-map".to_owned(),
        format!("0:{}", spec.track.stream),
        "-vn".to_owned(),
        "-sn".to_owned(),
    ]
}

fn container() -> Vec<String> {
    "-fflags +bitexact -flags:a +bitexact -map_metadata -1 -map_chapters -1"
        .split(' ')
        .map(str::to_owned)
        .collect()
}

/// One gain for the programme. The limiter works at four times the rate, where true peaks are samples.
fn gain(loudness: Loudness) -> String {
    let gain = format!(",volume={:.2}dB:precision=float", loudness.gain_db());
    match loudness.limit() {
        None => gain,
        Some(limit) => format!(
            "{gain},aresample=192000,alimiter=limit={limit:.6}:attack=5:release=100:level=0:latency=1,aresample=48000:osf=fltp"
        ),
    }
}
