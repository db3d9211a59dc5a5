//! What others make of our packages: ffmpeg's and GStreamer's HLS players, mediainfo. They have no way to ask for our keys,
//! so they get a clear copy of the asset under our own playlists.

use std::{collections::BTreeMap, process::Command, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
    routing::get,
};
use serde_json::Value;
use shared::{
    asset::Asset,
    cenc::Tier,
    hls::{
        Viewpoint,
        validate::{Presentation, validate},
    },
};

use crate::{
    clear,
    mutations::{Case, Which, good},
    studio::{Studio, frame_hashes},
};

/// Serves the files of a clear copy and our playlists of it.
struct Site {
    url: String,
    asset: Asset,
    files: BTreeMap<String, Vec<u8>>,
    server: tokio::task::JoinHandle<()>,
}

impl Site {
    async fn open(studio: &Studio, case: &Case) -> Self {
        let (asset, files) = clear::copy(studio, case);
        let viewpoint = Viewpoint::new(Tier::Uhd);
        let written = Presentation::written(&asset, &viewpoint);
        assert!(validate(&written).is_publishable());
        let mut served = files.clone();
        served.insert("master.m3u8".to_owned(), written.multivariant.into_bytes());
        for (id, text) in written.playlists {
            served.insert(format!("{id}.m3u8"), text.into_bytes());
        }
        for (file, text) in &case.subtitles {
            served.insert(file.clone(), text.clone().into_bytes());
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let site = Router::new()
            .route("/{file}", get(answer))
            .route("/media/{content}/{version}/{file}", get(answer_media))
            .with_state(Arc::new(served));
        let server = tokio::spawn(async move { axum::serve(listener, site).await.unwrap() });
        Self {
            url,
            asset,
            files,
            server,
        }
    }

    /// Runs a program against the site without holding it up.
    async fn run(&self, mut command: Command) -> std::process::Output {
        tokio::task::spawn_blocking(move || command.output())
            .await
            .unwrap()
            .unwrap()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.abort();
    }
}

type Served = Arc<BTreeMap<String, Vec<u8>>>;

async fn answer_media(
    State(files): State<Served>,
    Path((_, _, file)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    answer(State(files), Path(file), headers).await
}

async fn answer(
    State(files): State<Served>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(whole) = files.get(&file) else {
        return Response::builder().status(404).body(Body::empty()).unwrap();
    };
    let kind = match file.rsplit('.').next() {
        Some("m3u8") => "application/vnd.apple.mpegurl",
        Some("vtt") => "text/vtt",
        _ => "video/mp4",
    };
    let asked = headers.get(header::RANGE).and_then(|range| {
        let (from, to) = range
            .to_str()
            .ok()?
            .strip_prefix("bytes=")?
            .split_once('-')?;
        let to = to.parse().unwrap_or(whole.len() - 1).min(whole.len() - 1);
        Some((from.parse::<usize>().ok()?, to))
    });
    let response = Response::builder()
        .header("content-type", kind)
        .header("accept-ranges", "bytes");
    match asked {
        Some((from, to)) => response
            .status(StatusCode::PARTIAL_CONTENT)
            .header(
                "content-range",
                format!("bytes {from}-{to}/{}", whole.len()),
            )
            .body(Body::from(whole[from..=to].to_vec())),
        None => response.body(Body::from(whole.clone())),
    }
    .unwrap()
}

/// Not seekable: where its HTTP can seek, ffmpeg 9 asks for all that follows the first of several adjacent ranges of a file, and
/// then ends after that first range.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ffmpegs_hls_player_shows_every_frame_of_every_rendition() {
    let (studio, case) = good().await;
    let site = Site::open(studio, case).await;
    for track in &site.asset.video {
        let url = format!("{}/{}.m3u8", site.url, track.id);
        let played = tokio::task::spawn_blocking(move || {
            frame_hashes(&[
                "-http_seekable",
                "0",
                "-allowed_segment_extensions",
                "ALL",
                "-extension_picky",
                "0",
                "-i",
                &url,
            ])
        });
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &site.files[&track.file]).unwrap();
        let direct = frame_hashes(&["-i", file.path().to_str().unwrap()]);
        assert_eq!(direct.len(), 192);
        assert_eq!(played.await.unwrap(), direct, "{}", track.id);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mediainfo_reads_the_hdr10_that_the_master_had() {
    let (studio, case) = good().await;
    let site = Site::open(studio, case).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hdr.mp4");
    std::fs::write(&file, &site.files[case.track(Which::Hevc).media().file]).unwrap();
    let mut command = Command::new("mediainfo");
    command.arg("--Output=JSON").arg(&file);
    let output = site.run(command).await;
    assert!(
        output.status.success(),
        "mediainfo is missing: run tests/stack/setup.sh --tests"
    );
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let tracks = report["media"]["track"].as_array().unwrap();
    let video = tracks
        .iter()
        .find(|track| track["@type"] == "Video")
        .unwrap();
    let said = |name: &str| video[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        (said("Format"), said("BitDepth")),
        ("HEVC".to_owned(), "10".to_owned()),
        "{video:#}"
    );
    assert!(said("HDR_Format").contains("SMPTE ST 2086"), "{video:#}");
    assert_eq!(said("colour_primaries"), "BT.2020");
    assert_eq!(said("transfer_characteristics"), "PQ");
    assert!(
        said("MasteringDisplay_Luminance").contains("1000"),
        "{video:#}"
    );
    assert!(
        said("MaxCLL").starts_with("1000") && said("MaxFALL").starts_with("400"),
        "{video:#}"
    );
}

/// GStreamer is large, so only `make clients` has it.
#[cfg(feature = "clients")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gstreamers_playbin_plays_the_film_to_its_end() {
    let (studio, case) = good().await;
    let site = Site::open(studio, case).await;
    for list in [
        "master".to_owned(),
        case.track(Which::Hevc).media().id.to_owned(),
    ] {
        let mut command = Command::new("gst-launch-1.0");
        command
            .args(["playbin", &format!("uri={}/{list}.m3u8", site.url)])
            .args([
                "video-sink=fakesink sync=false",
                "audio-sink=fakesink sync=false",
            ]);
        let output = site.run(command).await;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && said.contains("Got EOS"),
            "{list}: {said}{errors}"
        );
    }
}
