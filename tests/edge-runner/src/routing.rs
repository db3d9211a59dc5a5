//! Which trigger answers a path, and what Spin tells the component about the match.
//! Uses the matcher that Spin uses, so that the same route wins here and there.

use std::net::SocketAddr;
use std::sync::Arc;

use http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use http::{Uri, request};

use crate::manifest::{Answerer, Manifest, Route, StaticResponse};

/// What a route leads to.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    Component(Arc<str>),
    Static(Arc<StaticResponse>),
}

#[derive(Debug)]
struct Entry {
    target: Target,
    /// As written in the manifest.
    raw: String,
    /// With a leading and without a trailing slash.
    based: String,
}

pub(crate) struct Router(routefinder::Router<Entry>);

/// A path that a trigger answers.
pub(crate) struct RouteMatch {
    pub(crate) target: Target,
    raw: String,
    based: String,
    path_info: String,
    captures: Vec<(String, String)>,
}

impl Router {
    pub(crate) fn build(manifest: &Manifest) -> anyhow::Result<Self> {
        let mut router = routefinder::Router::new();
        for (trigger, answerer) in manifest.triggers() {
            let Route::Public(raw) = &trigger.route else {
                continue;
            };
            let absolute = if raw.starts_with('/') {
                raw.clone()
            } else {
                format!("/{raw}")
            };
            let based = absolute.strip_suffix('/').unwrap_or(&absolute).to_owned();
            let pattern = match based.strip_suffix("/...") {
                Some(prefix) => format!("{prefix}/*"),
                None => based.clone(),
            };
            let target = match answerer {
                Answerer::Component(id) => Target::Component(id.into()),
                Answerer::Static(fixed) => Target::Static(Arc::new(fixed)),
            };
            let entry = Entry {
                target,
                raw: raw.clone(),
                based,
            };
            router
                .add(pattern, entry)
                .map_err(|reason| anyhow::anyhow!("route `{raw}`: {reason}"))?;
        }
        Ok(Self(router))
    }

    pub(crate) fn route(&self, path: &str) -> Option<RouteMatch> {
        let found = self.0.best_match(path)?;
        let (entry, captures) = (found.handler(), found.captures());
        Some(RouteMatch {
            target: entry.target.clone(),
            raw: entry.raw.clone(),
            based: entry.based.clone(),
            path_info: captures
                .wildcard()
                .map(|rest| path_info(rest, path))
                .unwrap_or_default(),
            captures: captures
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        })
    }

    /// Each public route with the component behind it, if any.
    pub(crate) fn routes(&self) -> Vec<(String, Option<Arc<str>>)> {
        let describe = |entry: &Entry| match &entry.target {
            Target::Component(id) => (entry.raw.clone(), Some(Arc::clone(id))),
            Target::Static(_) => (entry.raw.clone(), None),
        };
        let mut routes: Vec<_> = self.0.iter().map(|(_, entry)| describe(entry)).collect();
        routes.sort();
        routes
    }
}

/// The matcher drops a trailing slash, Spin hands it on.
fn path_info(rest: &str, path: &str) -> String {
    match (rest.is_empty(), path.ends_with('/')) {
        (true, false) => String::new(),
        (true, true) => "/".to_owned(),
        (false, false) => format!("/{rest}"),
        (false, true) => format!("/{rest}/"),
    }
}

impl RouteMatch {
    /// A call from another component, which no route decides.
    pub(crate) fn chained(component: &str, path: &str) -> Self {
        Self {
            target: Target::Component(component.into()),
            raw: "/...".to_owned(),
            based: "/...".to_owned(),
            path_info: path.to_owned(),
            captures: Vec::new(),
        }
    }

    /// Appends Spin's headers **after** the client's, as Spin does: the first value of a `spin-*` header may be forged.
    pub(crate) fn append_spin_headers(&self, head: &mut request::Parts, client: SocketAddr) {
        let full_url = full_url(&head.uri, &head.headers);
        let component_route = self.raw.strip_suffix("/...").unwrap_or(&self.raw);
        let client = client.to_string();
        let fixed = [
            (
                HeaderName::from_static("spin-path-info"),
                self.path_info.as_str(),
            ),
            (HeaderName::from_static("spin-full-url"), &full_url),
            (HeaderName::from_static("spin-matched-route"), &self.based),
            (HeaderName::from_static("spin-base-path"), "/"),
            (
                HeaderName::from_static("spin-raw-component-route"),
                &self.raw,
            ),
            (
                HeaderName::from_static("spin-component-route"),
                component_route,
            ),
            (HeaderName::from_static("spin-client-addr"), &client),
        ];
        let captured = self.captures.iter().filter_map(|(name, value)| {
            let name = format!(
                "spin-path-match-{}",
                name.replace('_', "-").to_ascii_lowercase()
            );
            Some((HeaderName::try_from(name).ok()?, value.as_str()))
        });
        for (name, value) in fixed.into_iter().chain(captured) {
            if let Ok(value) = HeaderValue::from_str(value) {
                head.headers.append(name, value);
            }
        }
    }
}

/// Spin builds it from `Host`, which a chained call lacks: it then says `localhost`.
fn full_url(uri: &Uri, headers: &HeaderMap) -> String {
    let host = headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let path = uri
        .path_and_query()
        .map_or("/", http::uri::PathAndQuery::as_str);
    format!("{}://{host}{path}", uri.scheme_str().unwrap_or("http"))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn router() -> Router {
        let mut text = "spin_manifest_version = 2\n[application]\nname = \"app\"\n".to_owned();
        for (component, route) in [
            ("root", "\"/...\""),
            ("exact", "\"/api/exact\""),
            ("api", "\"/api/...\""),
            ("deep", "\"/api/deep/...\""),
            ("file", "\"/play/:title/:file\""),
            ("hidden", "{ private = true }"),
        ] {
            writeln!(
                text,
                "[[trigger.http]]\nroute = {route}\ncomponent = \"{component}\"\n\
                 [component.{component}]\nsource = \"{component}.wasm\""
            )
            .expect("a string takes text");
        }
        Router::build(&Manifest::parse(&text, ".").expect("valid")).expect("routes")
    }

    #[test]
    fn the_most_specific_route_wins_and_private_ones_are_not_reachable() {
        let router = router();
        for (path, expected) in [
            ("/", "root"),
            ("/other/path", "root"),
            ("/hidden", "root"),
            ("/api", "api"),
            ("/api/x", "api"),
            ("/api/exact", "exact"),
            ("/api/exact/more", "api"),
            ("/api/deep/x", "deep"),
            ("/play/t1/a.m4s", "file"),
            ("/play/t1", "root"),
            ("/play/t1/a/b", "root"),
        ] {
            match router.route(path).expect("a route").target {
                Target::Component(id) => assert_eq!(&*id, expected, "{path}"),
                Target::Static(_) => panic!("{path} is not static"),
            }
        }
    }

    #[test]
    fn the_trailing_wildcard_keeps_its_slashes() {
        let router = router();
        for (path, expected) in [
            ("/api", ""),
            ("/api/", "/"),
            ("/api/x", "/x"),
            ("/api/x/", "/x/"),
            ("/play/t/f", ""),
        ] {
            assert_eq!(
                router.route(path).expect("a route").path_info,
                expected,
                "{path}"
            );
        }
    }

    #[test]
    fn spin_headers_come_after_the_clients_own() {
        let request = http::Request::get("http://edge.test/play/t1/a.m4s?x=1")
            .header("host", "edge.test")
            .header("spin-path-match-title", "forged");
        let (mut head, ()) = request.body(()).expect("valid").into_parts();
        let matched = router().route("/play/t1/a.m4s").expect("a route");
        matched.append_spin_headers(&mut head, ([127, 0, 0, 1], 9).into());
        let values = |name: &str| {
            head.headers
                .get_all(name)
                .iter()
                .map(|v| v.to_str().expect("text"))
                .collect::<Vec<_>>()
        };
        assert_eq!(values("spin-path-match-title"), ["forged", "t1"]);
        assert_eq!(values("spin-path-match-file"), ["a.m4s"]);
        assert_eq!(
            values("spin-full-url"),
            ["http://edge.test/play/t1/a.m4s?x=1"]
        );
        assert_eq!(values("spin-matched-route"), ["/play/:title/:file"]);
        assert_eq!(values("spin-client-addr"), ["127.0.0.1:9"]);
    }
}
