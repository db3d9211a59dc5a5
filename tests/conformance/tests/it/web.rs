//! The web app's files.

use crate::world::{World, problem};

#[tokio::test]
async fn a_page_address_gives_the_app_with_its_protection() {
    let world = World::start().await;
    for path in [
        "/",
        "/watch/0190a2b4-0000-7000-8000-000000000001",
        "/admin/content/1",
    ] {
        let page = world
            .get(path)
            .header("accept", "text/html,*/*")
            .send()
            .await
            .unwrap();
        assert_eq!(
            (page.status().as_u16(), &page.headers()["cache-control"]),
            (200, &"no-cache".parse().unwrap()),
            "{path}"
        );
        let policy = page.headers()["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("script-src 'self'") && policy.contains("media-src 'self' blob:"),
            "{policy}"
        );
        assert_eq!(page.headers()["x-content-type-options"], "nosniff");
        assert!(
            !page.headers().contains_key("strict-transport-security"),
            "not over plain http"
        );
        assert!(
            page.text()
                .await
                .unwrap()
                .contains("<title>Marquee</title>")
        );
    }
}

#[tokio::test]
async fn an_https_origin_stays_https() {
    let world = World::with(&[("public_origin", "https://tv.test")]).await;
    let page = world
        .get("/")
        .header("accept", "text/html")
        .send()
        .await
        .unwrap();
    assert!(page.headers().contains_key("strict-transport-security"));
}

#[tokio::test]
async fn a_hashed_file_is_kept_for_ever_and_travels_in_its_best_coding() {
    let world = World::start().await;
    let get = || world.get("/assets/app-1a2b3c.js");
    let plain = get().send().await.unwrap();
    assert_eq!(
        plain.headers()["cache-control"],
        "public, max-age=31536000, immutable"
    );
    assert_eq!(
        plain.headers()["content-type"],
        "text/javascript; charset=utf-8"
    );
    assert_eq!(plain.text().await.unwrap(), "console.log('plain')");
    let coded = get()
        .header("accept-encoding", "gzip, br")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            &coded.headers()["content-encoding"],
            &coded.headers()["vary"]
        ),
        (&"br".parse().unwrap(), &"accept-encoding".parse().unwrap())
    );
    let etag = coded.headers()["etag"].clone();
    assert_eq!(coded.bytes().await.unwrap(), "pretend brotli");
    let again = get()
        .header("accept-encoding", "br")
        .header("if-none-match", etag)
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), 304);
}

#[tokio::test]
async fn a_file_that_isn_t_there_is_not_the_app() {
    let world = World::start().await;
    let not_found = (404, "not_found".to_owned());
    for path in [
        "/assets/gone-000000.js",
        "/assets/app-1a2b3c.js.map",
        "/favicon.ico",
        "/../spin.toml",
        "/%2e%2e/spin.toml",
    ] {
        assert_eq!(
            problem(world.get(path).header("accept", "text/html")).await,
            not_found,
            "{path}"
        );
    }
    assert_eq!(
        problem(world.get("/title/1").header("accept", "application/json")).await,
        not_found
    );
    assert_eq!(
        problem(world.post("/")).await,
        (405, "method_not_allowed".to_owned())
    );
}
