//! A look at some pictures: whether they decode, where black borders are, and whether untagged video is interlaced.

use std::collections::HashMap;

use anyhow::Result;
use shared::ladder::{ActiveArea, Refusal, SourceVideo};

use super::Probe;
use crate::{
    failure::{Cancelled, Refused, TimedOut, ToolFailed},
    input,
    process::{Invocation, Limits},
};

/// Places of a film that are looked at.
const PLACES: u32 = 5;

/// Places of a short clip.
const FEW_PLACES: u32 = 2;

/// Seconds up to which a film is a short clip.
const SHORT_S: f64 = 10.0;

/// Key frames that are decoded at each place.
const PICTURES: u32 = 2;

/// Frames in a row that show whether two fields were filmed at different times.
const FIELD_PICTURES: u32 = 24;

/// Thinner borders are the edge of the camera's picture, of this share of the side.
const THINNEST_BORDER: f64 = 0.01;

/// Rasters that video was ever interlaced in.
const INTERLACED_HEIGHTS: [u32; 6] = [480, 486, 512, 576, 1080, 1088];

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Pictures that were decoded.
    pub(super) pictures: u64,
    /// Of them, those that are black all over.
    pub(super) black: u64,
    /// The part that is not black in any of the others.
    edges: Option<Edges>,
    /// Fields first seen above, below, and neither.
    fields: [f64; 3],
    /// Where the decoder complained, seconds, and its words.
    complaints: Vec<(f64, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Edges {
    left: i64,
    right: i64,
    top: i64,
    bottom: i64,
}

/// One decoding of some pictures.
#[derive(Clone, Copy)]
enum Glance {
    /// Key frames near a time.
    Key,
    /// Frames in a row, with their fields.
    Row,
}

impl Probe<'_> {
    /// Looks at places spread over the film. Refuses a master whose picture does not decode at one of them.
    pub(super) async fn look(&self, video: &SourceVideo, fields_are_known: bool) -> Result<Seen> {
        let start_s = video.start_us.max(0) as f64 / 1e6;
        let duration_s = video.duration_us as f64 / 1e6;
        let places = if duration_s < SHORT_S {
            FEW_PLACES
        } else {
            PLACES
        };
        let glance = if !fields_are_known && may_be_interlaced(video) {
            Glance::Row
        } else {
            Glance::Key
        };
        let mut seen = Seen::default();
        for place in 0..places {
            // Not the middle of each part but a little before: the last place must have frames after it.
            let at_s = start_s + duration_s * (f64::from(place) + 0.45) / f64::from(places);
            let before = seen.pictures;
            let mut complaints = self.glance(video, at_s, glance, &mut seen).await?;
            if seen.pictures == before && !complaints.is_empty() {
                // The key frame before may be bad and the film good, or a seek without an index landed where nothing can be
                // decoded yet: read on from here.
                complaints = self.glance(video, at_s, Glance::Row, &mut seen).await?;
            }
            if complaints.is_empty() {
                continue;
            }
            if seen.pictures == before {
                return Err(damaged(at_s).into());
            }
            seen.complaints.push((at_s, complaints));
        }
        Ok(seen)
    }

    /// Decodes some pictures and returns what the decoder complained about.
    async fn glance(
        &self,
        video: &SourceVideo,
        at_s: f64,
        glance: Glance,
        seen: &mut Seen,
    ) -> Result<String> {
        let limits = Limits {
            total: self.bounds.answer,
            ..super::DECODE
        };
        let (skip, count, filter): (&[&str], u32, &str) = match glance {
            Glance::Key => (&["-noaccurate_seek", "-skip_frame", "nokey"], PICTURES, ""),
            Glance::Row => (&[], FIELD_PICTURES, "idet,"),
        };
        let decoded = Invocation::new(&self.tools.ffmpeg, &self.folder, limits)
            .only_reads()
            .args("-v error -nostdin -threads 2 -filter_threads 1".split(' '))
            .args(skip.iter().copied())
            .args(["-ss", &format!("{at_s:.3}")])
            .args(input::film(&self.master.input))
            .args(["-map", &format!("0:{}", video.stream)])
            .args(["-frames:v", &count.to_string(), "-vf"])
            .arg(format!(
                "{filter}cropdetect=skip=0:reset=1,metadata=mode=print:file=-"
            ))
            .args(["-f", "null", "-"])
            .output(self.cancel)
            .await;
        match decoded {
            Ok((printed, complaints)) => {
                seen.take(&String::from_utf8_lossy(&printed));
                Ok(complaints)
            }
            Err(error) if error.is::<Cancelled>() => Err(error),
            Err(error) => match error.downcast_ref() {
                Some(ToolFailed { tail, .. }) if !self.may_be_the_network(tail) => Ok(tail.clone()),
                _ if error.is::<TimedOut>() => Err(self.read(error)),
                _ => Err(error),
            },
        }
    }
}

impl Seen {
    /// Reads what the filters say about each frame.
    fn take(&mut self, printed: &str) {
        let mut fields = [0.0; 3];
        for frame in printed.split("frame:").skip(1) {
            let said: HashMap<&str, &str> = frame
                .lines()
                .filter_map(|line| line.split_once('='))
                .collect();
            let number = |name: &str| -> Option<f64> { said.get(name)?.parse().ok() };
            let edge =
                |name: &str| number(&format!("lavfi.cropdetect.{name}")).map(|value| value as i64);
            self.pictures += 1;
            if let (Some(left), Some(right), Some(top), Some(bottom)) =
                (edge("x1"), edge("x2"), edge("y1"), edge("y2"))
            {
                self.widen(Edges {
                    left,
                    right,
                    top,
                    bottom,
                });
            }
            // Sums over the run: the last frame's are the run's.
            for (place, kind) in ["tff", "bff", "progressive"].into_iter().enumerate() {
                if let Some(sum) = number(&format!("lavfi.idet.multiple.{kind}")) {
                    fields[place] = sum;
                }
            }
        }
        for (sum, found) in self.fields.iter_mut().zip(fields) {
            *sum += found;
        }
    }

    fn widen(&mut self, found: Edges) {
        if found.right <= found.left || found.bottom <= found.top {
            self.black += 1;
            return;
        }
        let known = self.edges.unwrap_or(found);
        self.edges = Some(Edges {
            left: known.left.min(found.left),
            right: known.right.max(found.right),
            top: known.top.min(found.top),
            bottom: known.bottom.max(found.bottom),
        });
    }

    /// The picture without its borders, if it has any.
    pub(super) fn active(&self, video: &SourceVideo) -> Option<ActiveArea> {
        let edges = self.edges?;
        let (width, height) = (i64::from(video.width), i64::from(video.height));
        let thick = |border: i64, side: i64| border as f64 > side as f64 * THINNEST_BORDER;
        let has_borders = thick(edges.left, width)
            || thick(width - 1 - edges.right, width)
            || thick(edges.top, height)
            || thick(height - 1 - edges.bottom, height);
        let area = ActiveArea {
            x: u32::try_from(edges.left).ok()?,
            y: u32::try_from(edges.top).ok()?,
            width: u32::try_from(edges.right - edges.left + 1).ok()?,
            height: u32::try_from(edges.bottom - edges.top + 1).ok()?,
        };
        let fits = area.x + area.width <= video.width && area.y + area.height <= video.height;
        (has_borders && fits).then_some(area)
    }

    /// Of untagged video: interlaced, with the upper field first or not. `None` unless nearly all frames say so.
    pub(super) fn top_field_first(&self) -> Option<bool> {
        let [top, bottom, progressive] = self.fields;
        let all = top + bottom + progressive;
        let most = top.max(bottom);
        (all >= 20.0 && most >= 0.9 * all).then_some(top > bottom)
    }

    /// Every picture was black.
    pub(super) fn is_black(&self) -> bool {
        self.pictures > 0 && self.black == self.pictures
    }

    /// What an operator should know.
    pub(super) fn notes(&self) -> Vec<String> {
        let complaint = |(at_s, words): &(f64, String)| {
            let words = words.lines().next().unwrap_or_default();
            let words = words.rsplit("] ").next().unwrap_or_default();
            format!(
                "Near {} the decoder complained: {words}. Check the picture there.",
                clock(*at_s)
            )
        };
        self.complaints.iter().map(complaint).collect()
    }
}

/// In a raster and at a rate that interlaced video has.
fn may_be_interlaced(video: &SourceVideo) -> bool {
    INTERLACED_HEIGHTS.contains(&video.height) && video.frame_rate.fps() < 30.5
}

fn damaged(at_s: f64) -> Refused {
    Refused::new(vec![Refusal::new(
        "video_damaged",
        format!("The picture near {} can't be decoded.", clock(at_s)),
        "Export the film again and check that it plays there.",
    )])
}

/// `1:02:03`.
fn clock(at_s: f64) -> String {
    let seconds = at_s.max(0.0) as u64;
    format!(
        "{}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}
