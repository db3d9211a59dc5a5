//! A master names no other file and no address: whatever it says, nothing but itself is opened.

use std::{io::ErrorKind, net::TcpListener, process::Command, time::Duration};

use super::{BOUNDS, CLIP, Desk, codes, surgery::Mp4};
use crate::probe::surgery::mp4_box;

/// A server that counts who comes.
struct Trap(TcpListener);

impl Trap {
    fn set() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn url(&self) -> String {
        format!("http://{}/secret.mp4", self.0.local_addr().unwrap())
    }

    fn is_untouched(&self) -> bool {
        matches!(self.0.accept(), Err(error) if error.kind() == ErrorKind::WouldBlock)
    }
}

#[tokio::test]
async fn a_list_in_disguise_is_refused_and_nothing_that_it_names_is_opened() {
    let desk = Desk::open().await;
    let trap = Trap::set();
    let url = trap.url();
    // A film beside the master: whoever follows a list finds a good one.
    let neighbour = desk.place("neighbour.mp4", &CLIP);
    let neighbour = neighbour.display();
    let media = format!("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:2,\n{url}\n#EXT-X-ENDLIST\n");
    let local = format!(
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:2,\nfile://{neighbour}\n#EXT-X-ENDLIST\n"
    );
    let multivariant = format!("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{url}\n");
    let dash =
        format!("<?xml version=\"1.0\"?><MPD><Period><BaseURL>{url}</BaseURL></Period></MPD>");
    let session = "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n";
    for (name, text, expect) in [
        ("a media playlist.mp4", media.as_str(), "playlist_master"),
        ("a media playlist.m3u8", &media, "playlist_master"),
        ("a playlist of local files.m3u8", &local, "playlist_master"),
        (
            "a multivariant playlist.m3u8",
            &multivariant,
            "playlist_master",
        ),
        (
            "a concatenation.mp4",
            "ffconcat version 1.0\nfile neighbour.mp4\n",
            "playlist_master",
        ),
        (
            "a concatenation without its first line.ffconcat",
            "file neighbour.mp4\n",
            "not_a_film",
        ),
        ("a manifest.mpd", &dash, "playlist_master"),
        ("a session.sdp", session, "playlist_master"),
        // Not text, so the first look lets it pass: ffprobe must not know the format.
        (
            "a concatenation with a bell.mp4",
            "ffconcat version 1.0\n#\u{7}\nfile neighbour.mp4\n",
            "container_unsupported",
        ),
    ] {
        let file = desk.place(name, text.as_bytes());
        let refusals = desk.refusals(&file, BOUNDS).await.unwrap();
        assert_eq!(codes(&refusals), [expect], "{name}: {refusals:?}");
    }
    assert!(trap.is_untouched());
}

#[tokio::test]
async fn an_index_whose_media_are_elsewhere_is_refused_and_not_followed() {
    let desk = Desk::open().await;
    let trap = Trap::set();
    for location in [
        trap.url(),
        format!("file://{}", desk.place("neighbour.mp4", &CLIP).display()),
    ] {
        // A data reference that is not "in this file" (ISO/IEC 14496-12 §8.7.2).
        let reference = mp4_box("url ", &[&[0; 4], location.as_bytes(), &[0]].concat());
        let path = ["moov", "trak", "mdia", "minf", "dinf", "dref"];
        let mut elsewhere = Mp4(CLIP.clone())
            .append(&path, &reference)
            .put("dref", 8, 2);
        // The sample entry points to the second reference, and there are no media here.
        let entry = elsewhere.at("avc1");
        elsewhere.0[entry + 10..entry + 12].copy_from_slice(&[0, 2]);
        let file = desk.place("elsewhere.mov", &elsewhere.wipe_media(0.0..1.0).0);
        let refusals = desk.refusals(&file, BOUNDS).await.unwrap();
        assert!(!refusals.is_empty());
    }
    assert!(trap.is_untouched());
}

#[tokio::test]
async fn a_master_that_never_ends_is_given_up_in_time() {
    let desk = Desk::open().await;
    let file = desk.place("endless.mp4", &CLIP);
    let master = transcode_lambda::probe::Master::file(&file).await.unwrap();
    // From here on nobody writes into it, so whoever opens it waits.
    std::fs::remove_file(&file).unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(&file)
            .status()
            .unwrap()
            .success()
    );
    let cancel = tokio_util::sync::CancellationToken::new();
    let bounds = super::Bounds {
        answer: Duration::from_millis(300),
        ..BOUNDS
    };
    let probe = transcode_lambda::probe::Probe::new(&desk.tools, &master, &cancel).within(bounds);
    let error = probe.inspect().await.unwrap_err();
    let refused = error
        .downcast::<transcode_lambda::failure::Refused>()
        .unwrap();
    assert_eq!(codes(&refused.reasons), ["probe_timeout"]);
}
