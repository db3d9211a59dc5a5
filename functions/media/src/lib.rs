//! Media and artwork where no CDN stands in front: from the object store to the player as a stream.
//!
//! What is published never changes, so an answer may be kept for ever; query strings (CMCD) don't matter here.

use edge::{Answer, Call, Failure, Reply, media_name, objects, pass, permit};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use shared::{
    asset::object_key,
    ids::{AssetVersion, ContentId},
};
use spin_sdk::{http::Request, http_service};

/// Headers of a read that the object store has to see.
const CONDITIONS: [HeaderName; 4] = [
    header::IF_RANGE,
    header::IF_NONE_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_MATCH,
];
/// Headers of its answer that players need; the rest is between it and us.
const SHOWN: [HeaderName; 5] = [
    header::CONTENT_LENGTH,
    header::CONTENT_RANGE,
    header::ACCEPT_RANGES,
    header::ETAG,
    header::LAST_MODIFIED,
];
const EXPOSED: &str = "content-length, content-range";

#[http_service]
async fn handle(request: Request) -> Answer {
    edge::serve("media", request, answer).await
}

/// What an address names.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    content: ContentId,
    version: AssetVersion,
    key: String,
    media_type: &'static str,
    /// Anybody may see it.
    is_public: bool,
}

async fn answer(call: &mut Call) -> Result<Reply, Failure> {
    let wanted = route(call.path()).ok_or_else(not_found)?;
    if !matches!(call.method, Method::GET | Method::HEAD) {
        return Err(Failure::method("GET, HEAD"));
    }
    if !wanted.is_public {
        permit::require(call, wanted.content, Some(wanted.version)).await?;
    }
    let read = objects::read(&call.method, &wanted.key, call.header(header::RANGE)).await?;
    let mut headers = read.headers;
    for name in CONDITIONS {
        if let Some(value) = call.headers.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    let upstream = pass::send(
        &call.method,
        &read.url,
        headers,
        None,
        pass::Timeouts::MEDIA,
    )
    .await
    .map_err(|error| {
        edge::log::warn(&format!("object store: {error}"));
        objects::unavailable()
    })?;
    match upstream.status {
        StatusCode::OK
        | StatusCode::PARTIAL_CONTENT
        | StatusCode::NOT_MODIFIED
        | StatusCode::RANGE_NOT_SATISFIABLE => {
            let headers = shown(&upstream.headers, &wanted);
            Ok(upstream.reply(headers, &call.method))
        }
        StatusCode::NOT_FOUND => Err(not_found()),
        StatusCode::PRECONDITION_FAILED => Err(Failure::new(
            StatusCode::PRECONDITION_FAILED,
            "precondition_failed",
            "The file isn't the one you hold.",
        )),
        status => {
            edge::log::error(&format!("object store: {status}"));
            Err(objects::unavailable())
        }
    }
}

/// `/media/{content}/{version}/{file}` or `/artwork/{content}/{version}/{picture}`
fn route(path: &str) -> Option<Wanted> {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let [kind @ ("media" | "artwork"), content, version, file] = segments.as_slice() else {
        return None;
    };
    let (content, version): (ContentId, AssetVersion) =
        (content.parse().ok()?, version.parse().ok()?);
    let media_type = media_name::media_type(file)?;
    let is_public = *kind == "artwork";
    let key = if is_public {
        media_name::is_artwork(file).then(|| format!("artwork/{content}/{version}/{file}"))?
    } else {
        object_key(content, version, file)
    };
    Some(Wanted {
        content,
        version,
        key,
        media_type,
        is_public,
    })
}

fn shown(from: &HeaderMap, wanted: &Wanted) -> HeaderMap {
    let mut headers: HeaderMap = SHOWN
        .iter()
        .filter_map(|name| Some((name.clone(), from.get(name)?.clone())))
        .collect();
    let cache = if wanted.is_public {
        "public, max-age=31536000, immutable"
    } else {
        "private, max-age=31536000, immutable"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(wanted.media_type),
    );
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(EXPOSED),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers
}

fn not_found() -> Failure {
    Failure::new(
        StatusCode::NOT_FOUND,
        "media_not_found",
        "There is no such file.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190a2b4-0000-7000-8000-000000000001";

    #[test]
    fn an_address_names_exactly_one_published_object() {
        let key = |path: String| route(&path).map(|wanted| (wanted.key, wanted.is_public));
        assert_eq!(
            key(format!("/media/{ID}/3/v720.mp4")),
            Some((format!("assets/{ID}/3/v720.mp4"), false))
        );
        assert_eq!(
            key(format!("/artwork/{ID}/3/hero.jpg")),
            Some((format!("artwork/{ID}/3/hero.jpg"), true))
        );
        for bad in [
            format!("/media/{ID}/3/asset.json"),
            format!("/media/{ID}/3/../4/v720.mp4"),
            format!("/media/{ID}/3/..%2fv720.mp4"),
            format!("/media/{ID}/0/v720.mp4"),
            format!("/media/{ID}/+3/v720.mp4"),
            format!("/media/{ID}/3/x/v720.mp4"),
            format!("//media/{ID}/3/v720.mp4"),
            format!("/artwork/{ID}/3/v720.mp4"),
            format!("/artwork/{ID}/3/other.jpg"),
            format!("/masters/{ID}/3/v720.mp4"),
            "/media/x/3/v720.mp4".to_owned(),
        ] {
            assert_eq!(route(&bad), None, "{bad}");
        }
    }
}
