//! Chunks into whole tracks, without touching a sample.

use std::{
    collections::HashMap,
    fmt::Write as _,
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use shared::{
    cenc::Tier,
    ladder::{Plan, VideoPlan},
    mp4,
};

use super::{Expected, missing};
use crate::{
    encode::command::timescale,
    engine::{Engine, Signals},
    process::{Invocation, Limits, processors},
    task::PackageSpec,
};

/// What a track is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Picture,
    Trick,
    Sound,
}

/// A whole track, as the packager reads it.
#[derive(Clone, Debug)]
pub struct Track {
    /// The rendition's id.
    pub id: String,
    /// The assembled file.
    pub path: PathBuf,
    /// Key tier.
    pub tier: Tier,
    /// Samples, in video.
    pub frames: u64,
    kind: Kind,
    /// MD5 of its packets, when it was taken on the way.
    packets: Option<String>,
}

/// A joined rendition.
struct Joined {
    path: PathBuf,
    packets: String,
}

impl Track {
    /// A whole video rendition.
    pub(crate) fn picture(id: &str, path: PathBuf, tier: Tier, frames: u64) -> Self {
        Self {
            id: id.to_owned(),
            path,
            tier,
            frames,
            kind: Kind::Picture,
            packets: None,
        }
    }

    /// A whole audio rendition.
    pub(crate) fn sound(id: &str, path: PathBuf) -> Self {
        Self {
            id: id.to_owned(),
            path,
            tier: Tier::Audio,
            frames: 0,
            kind: Kind::Sound,
            packets: None,
        }
    }

    /// A video rendition.
    pub fn is_picture(&self) -> bool {
        self.kind == Kind::Picture
    }

    /// The trick-play rendition.
    pub fn is_trick(&self) -> bool {
        self.kind == Kind::Trick
    }

    /// An audio rendition.
    pub fn is_sound(&self) -> bool {
        self.kind == Kind::Sound
    }
}

pub(super) struct Assembly<'a> {
    pub(super) engine: &'a Engine,
    pub(super) signals: &'a Signals,
    pub(super) folder: &'a Path,
    pub(super) plan: &'a Plan,
}

impl Assembly<'_> {
    /// All tracks of the asset.
    pub(super) async fn tracks(&self, spec: &PackageSpec) -> Result<Vec<Track>> {
        let video = &self.plan.video;
        let mut tracks = Vec::new();
        let joins = video.rungs.iter().map(|rung| async move {
            let joined = self.join(spec, &rung.id, None).await?;
            let tier = Tier::for_height(rung.width.min(rung.height));
            anyhow::Ok(Track {
                packets: Some(joined.packets),
                ..Track::picture(&rung.id, joined.path, tier, video.frames)
            })
        });
        let joins: Vec<_> = joins.collect();
        let mut joining = stream::iter(joins).buffered(processors());
        while let Some(track) = joining.try_next().await? {
            tracks.push(track);
        }
        drop(joining);
        let trick = &video.trick;
        let frames = video.frames.div_ceil(u64::from(trick.interval_frames));
        let durations = trick_durations(video, frames);
        let joined = self.join(spec, &trick.id, Some(&durations)).await?;
        tracks.push(Track {
            id: trick.id.clone(),
            path: joined.path,
            tier: Tier::Sd,
            frames,
            kind: Kind::Trick,
            packets: Some(joined.packets),
        });
        for audio in &self.plan.audio {
            let outputs = spec.outputs.iter().flat_map(|made| &made.outputs);
            let output = outputs
                .into_iter()
                .find(|output| output.rendition == audio.id)
                .ok_or_else(|| missing(&audio.id))?;
            let store = &self.engine.store;
            let path = store.local_file(&output.stored.key, self.folder).await?;
            tracks.push(Track::sound(&audio.id, path));
        }
        Ok(tracks)
    }

    /// Joins a rendition's chunks. All must have the same decoder configuration, as a track has one.
    async fn join(
        &self,
        spec: &PackageSpec,
        id: &str,
        bitstream_filter: Option<&str>,
    ) -> Result<Joined> {
        let rate = self.plan.video.frame_rate;
        let mut list = String::from("ffconcat version 1.0\n");
        let mut configuration: Option<Vec<u8>> = None;
        for chunk in &self.plan.chunks {
            let tasks = spec.outputs.iter();
            let of_chunk = tasks.filter(|made| made.chunk == Some(chunk.index));
            let output = of_chunk
                .flat_map(|made| &made.outputs)
                .find(|output| output.rendition == id)
                .ok_or_else(|| missing(&format!("chunk {} of {id}", chunk.index)))?;
            let path = self
                .engine
                .store
                .local_file(&output.stored.key, self.folder)
                .await?;
            let found = read_configuration(&path)?;
            ensure!(
                configuration.as_ref().is_none_or(|first| *first == found),
                "chunk {} of {id} was encoded differently from the first: do all workers run the same ffmpeg?",
                chunk.index
            );
            configuration = Some(found);
            let seconds = chunk.frames as f64 * rate.frame_s();
            let quoted = path.display().to_string().replace('\'', "'\\''");
            writeln!(list, "file '{quoted}'\nduration {seconds:.6}")?;
        }
        let list_path = self.folder.join(format!("{id}.ffconcat"));
        tokio::fs::write(&list_path, list).await?;
        let path = self.folder.join(format!("{id}.joined.mp4"));
        let timescale = timescale(&self.plan.video).to_string();
        let filter = bitstream_filter.map_or_else(Vec::new, |filter| vec!["-bsf:v", filter]);
        let hash = self.folder.join(format!("{id}.md5"));
        // The packets as they are: a conversion on the way would put parameter sets into H.264 samples, and hash others than those
        // that are stored. Negative offsets instead of an edit list: video starts at 0 even in players that ignore edit lists
        // (HLS.md 2.2).
        Invocation::new(&self.engine.tools.ffmpeg, self.folder, Limits::FILM)
            .args("-v error -nostdin -y -auto_convert 0 -f concat -safe 0 -i".split(' '))
            .arg(list_path)
            .args(["-map", "0:v", "-c", "copy"])
            .args(filter)
            .args(["-video_track_timescale", &timescale])
            .args("-movflags +negative_cts_offsets -fflags +bitexact -map_metadata -1".split(' '))
            // Dolby Vision's configuration box (dvvC) is none of ISO's.
            .args(["-strict", "unofficial"])
            .arg(&path)
            .args("-map 0:v -c copy -f md5".split(' '))
            .arg(&hash)
            .output(&self.signals.cancel)
            .await
            .with_context(|| format!("joining {id}"))?;
        let packets = tokio::fs::read_to_string(&hash).await?;
        Ok(Joined {
            path,
            packets: packets.trim().to_owned(),
        })
    }
}

/// What verification will compare the published tracks with. `gop_frames` is 0 where groups of pictures differ: in a copy,
/// whose pictures nobody has decoded.
pub(crate) async fn expected(
    engine: &Engine,
    signals: &Signals,
    folder: &Path,
    tracks: &[Track],
    gop_frames: u32,
) -> Result<Expected> {
    let (mut packets, mut frames) = (HashMap::new(), HashMap::new());
    let hashes = tracks.iter().map(|track| async move {
        if let Some(known) = &track.packets {
            return anyhow::Ok((track, known.clone()));
        }
        let (printed, _) = Invocation::new(&engine.tools.ffmpeg, folder, Limits::FILM)
            .args(["-v", "error", "-nostdin", "-i"])
            .arg(&track.path)
            .args("-map 0 -c copy -f md5 -".split(' '))
            .output(&signals.cancel)
            .await?;
        anyhow::Ok((track, String::from_utf8_lossy(&printed).trim().to_owned()))
    });
    let hashes: Vec<_> = hashes.collect();
    let mut hashing = stream::iter(hashes).buffered(processors());
    while let Some((track, hash)) = hashing.try_next().await? {
        packets.insert(track.id.clone(), hash);
        if !track.is_sound() {
            frames.insert(track.id.clone(), track.frames);
        }
    }
    Ok(Expected {
        packets,
        frames,
        gop_frames,
        decoded: gop_frames > 0,
    })
}

/// Each trick-play frame lasts until the next, the last one until the end of the programme.
fn trick_durations(video: &VideoPlan, frames: u64) -> String {
    let per_frame = u64::from(timescale(video)) * u64::from(video.frame_rate.den)
        / u64::from(video.frame_rate.num);
    let interval = u64::from(video.trick.interval_frames);
    let last = frames.saturating_sub(1);
    let rest = (video.frames - last * interval) * per_frame;
    format!(
        "setts=duration=if(eq(N\\,{last})\\,{rest}\\,{})",
        interval * per_frame
    )
}

fn read_configuration(path: &Path) -> Result<Vec<u8>> {
    let file = File::open(path).with_context(|| format!("{} is missing", path.display()))?;
    let index = mp4::index(&mut BufReader::new(file))?;
    let entry = index.tracks.first().and_then(|track| track.entry.as_ref());
    Ok(entry
        .context("a chunk has no sample entry")?
        .config
        .bytes()
        .to_vec())
}
