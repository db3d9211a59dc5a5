use crate::world::{CID, Viewer, World, now_s};
use serde_json::json;
use std::{sync::{Arc, atomic::{AtomicU64, Ordering}}, time::{Duration, Instant}};
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scratch_bench() {
    let world = Arc::new(World::with(&[("max_streams", "100000")]).await);
    let viewers: Vec<Viewer> = (0..16).map(|_| Viewer::new()).collect();
    for what in ["web", "manifest", "session", "progress", "license", "media"] {
        let count = Arc::new(AtomicU64::new(0));
        let until = Instant::now() + Duration::from_secs(3);
        let tasks: Vec<_> = viewers.iter().cloned().map(|viewer| {
            let (world, count) = (world.clone(), count.clone());
            tokio::spawn(async move {
                let permit = viewer.permit(|_| {});
                let token = viewer.token();
                while Instant::now() < until {
                    let request = match what {
                        "web" => world.get("/assets/app-1a2b3c.js"),
                        "manifest" => world.get(&format!("/api/stream/{CID}/v720.m3u8")).bearer_auth(&permit).header("accept-encoding", "gzip"),
                        "session" => world.post(&format!("/api/stream/{CID}/session")).bearer_auth(&token),
                        "progress" => world.post("/api/watch/progress").bearer_auth(&token).json(&json!({"contentId": CID, "position": 10, "duration": 1000, "clientTimestamp": now_s()*1000})),
                        "license" => world.get(&format!("/api/drm/key/{}", crate::world::Film::kid(shared::cenc::Tier::Sd))).bearer_auth(&permit),
                        _ => world.get(&format!("/media/{CID}/1/v720.mp4")).bearer_auth(&permit).header("range", "bytes=0-99999"),
                    };
                    let response = request.send().await.unwrap();
                    assert!(response.status().is_success(), "{what} {}", response.status());
                    response.bytes().await.unwrap();
                    count.fetch_add(1, Ordering::Relaxed);
                }
            })
        }).collect();
        for task in tasks { task.await.unwrap(); }
        println!("{what}: {} req/s", count.load(Ordering::Relaxed) / 3);
    }
}
