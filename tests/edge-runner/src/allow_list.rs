//! `allowed_outbound_hosts`: which addresses a component may reach. Same grammar and verdicts as Spin's.

use std::ops::Range;

use anyhow::{Context as _, bail, ensure};
use url::{Host, Url};

use crate::variables::{Variables, is_template};

/// The suffix of names that lead to another component of the application.
const CHAINING_SUFFIX: &str = ".spin.internal";
/// How a guest that cannot send a relative URL names the application itself.
const SELF_HOST: &str = "self.alt";

/// The entries of one component.
#[derive(Debug, Default)]
pub(crate) struct AllowList(Vec<Entry>);

#[derive(Clone, Debug)]
struct Entry {
    /// `None` is any.
    scheme: Option<String>,
    host: HostRule,
    /// `None` is any.
    ports: Option<Range<u32>>,
}

#[derive(Clone, Debug)]
enum HostRule {
    Any,
    AnySubdomain(String),
    ToSelf,
    Exact(Host),
    Network(ipnet::IpNet),
}

impl AllowList {
    /// Renders templates; one that renders to nothing is skipped, so that an endpoint can be optional.
    pub(crate) fn parse<'a>(
        entries: &[String],
        variables: &Variables,
        components: &(impl Iterator<Item = &'a String> + Clone),
    ) -> anyhow::Result<Self> {
        let mut parsed = Vec::new();
        for text in entries {
            let rendered = variables.render(text)?;
            if is_template(text) && matches!(rendered.as_str(), "" | "http://" | "https://") {
                continue;
            }
            let entry = Entry::parse(&rendered)
                .with_context(|| format!("`{rendered}` in allowed_outbound_hosts"))?;
            match &entry.host {
                HostRule::AnySubdomain(suffix) if suffix == CHAINING_SUFFIX => {
                    parsed.extend(components.clone().map(|id| Entry {
                        host: HostRule::Exact(Host::Domain(format!("{id}{CHAINING_SUFFIX}"))),
                        ..entry.clone()
                    }));
                }
                _ => parsed.push(entry),
            }
        }
        Ok(Self(parsed))
    }

    /// Whether an absolute URL may be reached; an address without a scheme gets `scheme`.
    pub(crate) fn allows(&self, address: &str, scheme: &str) -> bool {
        let parsed = match Url::parse(address) {
            Ok(url) if url.has_host() => Ok(url),
            _ => Url::parse(&format!("{scheme}://{address}")),
        };
        let Ok(url) = parsed else { return false };
        // A non-special scheme such as `redis` leaves an IPv4 host as text, so the host is parsed again.
        let Some(host) = url.host_str().and_then(|host| Host::parse(host).ok()) else {
            return false;
        };
        let port = url.port().or_else(|| known_port(url.scheme()));
        self.0
            .iter()
            .any(|entry| entry.allows(url.scheme(), &host, port))
    }

    /// Whether the application may be called through its own listener.
    pub(crate) fn allows_self(&self) -> bool {
        self.0.iter().any(|entry| {
            let scheme_fits = entry
                .scheme
                .as_deref()
                .is_none_or(|scheme| scheme == "http" || scheme == "https");
            scheme_fits && matches!(entry.host, HostRule::Any | HostRule::ToSelf)
        })
    }
}

impl Entry {
    fn parse(text: &str) -> anyhow::Result<Self> {
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once("://") else {
            bail!("it must have the form <scheme>://<host>[:<port>], each of which may be *");
        };
        ensure!(
            scheme == "*" || scheme.chars().all(char::is_alphabetic),
            "scheme `{scheme}` may hold only letters"
        );
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !is_bare_ipv6(rest) => {
                (host, port.strip_suffix('/').unwrap_or(port))
            }
            _ => (rest, ""),
        };
        let ports = match port {
            "*" => None,
            "" => {
                let port = known_port(scheme).with_context(|| {
                    format!("scheme `{scheme}` has no default port, so one must be given")
                })?;
                Some(u32::from(port)..u32::from(port) + 1)
            }
            port => Some(parse_ports(port)?),
        };
        Ok(Self {
            scheme: (scheme != "*").then(|| scheme.to_owned()),
            host: HostRule::parse(host)?,
            ports,
        })
    }

    fn allows(&self, scheme: &str, host: &Host, port: Option<u16>) -> bool {
        self.scheme.as_deref().is_none_or(|own| own == scheme)
            && self.host.allows(host)
            && self
                .ports
                .as_ref()
                .is_none_or(|ports| port.is_some_and(|port| ports.contains(&port.into())))
    }
}

impl HostRule {
    fn parse(text: &str) -> anyhow::Result<Self> {
        let text = text.trim();
        match text {
            "*" => return Ok(Self::Any),
            "self" | SELF_HOST => return Ok(Self::ToSelf),
            _ => {}
        }
        if let Ok(network) = text.parse::<ipnet::IpNet>() {
            return Ok(Self::Network(network.trunc()));
        }
        if let Ok(address) = text.parse::<std::net::IpAddr>() {
            return Ok(Self::Network(address.into()));
        }
        let text = text.strip_suffix('/').unwrap_or(text);
        ensure!(!text.contains('/'), "a path is not allowed");
        ensure!(!text.starts_with('{'), "host lists are not supported");
        if let Some(domain) = text.strip_prefix("*.") {
            ensure!(!domain.contains('*'), "a wildcard may only come first");
            let Host::Domain(domain) = Host::parse(domain)? else {
                bail!("a wildcard needs a domain")
            };
            return Ok(Self::AnySubdomain(format!(".{domain}")));
        }
        ensure!(
            !text.contains('*'),
            "a wildcard stands for a whole subdomain"
        );
        Ok(Self::Exact(Host::parse(text)?))
    }

    fn allows(&self, host: &Host) -> bool {
        match (self, host) {
            (Self::Any, _) => true,
            (Self::AnySubdomain(suffix), Host::Domain(domain)) => domain.ends_with(suffix),
            (Self::Exact(own), host) => own == host,
            (Self::Network(network), Host::Ipv4(address)) => {
                network.contains(&std::net::IpAddr::from(*address))
            }
            (Self::Network(network), Host::Ipv6(address)) => {
                network.contains(&std::net::IpAddr::from(*address))
            }
            // A wildcard matches names, a network matches numbers, and `allows_self` decides about oneself.
            (Self::AnySubdomain(_), Host::Ipv4(_) | Host::Ipv6(_))
            | (Self::Network(_), Host::Domain(_))
            | (Self::ToSelf, _) => false,
        }
    }
}

fn is_bare_ipv6(text: &str) -> bool {
    text.parse::<std::net::Ipv6Addr>().is_ok() || text.parse::<ipnet::Ipv6Net>().is_ok()
}

fn parse_ports(text: &str) -> anyhow::Result<Range<u32>> {
    let number = |text: &str| {
        text.parse::<u16>()
            .map(u32::from)
            .with_context(|| format!("port `{text}` is not a number"))
    };
    match text.split_once("..") {
        Some((start, end)) => Ok(number(start)?..number(end)?),
        None => number(text).map(|port| port..port + 1),
    }
}

fn known_port(scheme: &str) -> Option<u16> {
    match scheme {
        "postgres" => Some(5432),
        "mysql" => Some(3306),
        "redis" => Some(6379),
        "mqtt" => Some(1883),
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

/// The component that `http://<component>.spin.internal` names.
pub(crate) fn chaining_target(host: &str) -> Option<&str> {
    host.strip_suffix(CHAINING_SUFFIX)
        .filter(|component| !component.contains('.'))
}

/// Whether the host names the application itself.
pub(crate) fn is_self(host: &str) -> bool {
    host.is_empty() || host == SELF_HOST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[&str]) -> anyhow::Result<AllowList> {
        let entries: Vec<_> = entries.iter().map(|&entry| entry.to_owned()).collect();
        let variables = Variables::of([("origin", "http://127.0.0.1:4000"), ("none", "")]);
        AllowList::parse(
            &entries,
            &variables,
            &["api".to_owned(), "authz".to_owned()].iter(),
        )
    }

    #[test]
    fn an_address_is_reached_only_through_an_entry() {
        for (entry, address, allowed) in [
            ("http://origin.test", "http://origin.test/path", true),
            ("http://origin.test", "http://origin.test:80/", true),
            ("http://origin.test", "http://origin.test:8080/", false),
            ("http://origin.test", "https://origin.test/", false),
            ("http://origin.test", "http://sub.origin.test/", false),
            ("http://origin.test:8080", "http://origin.test:8080/", true),
            ("http://origin.test:*", "http://origin.test:9/", true),
            ("http://origin.test:80..90", "http://origin.test:89/", true),
            ("http://origin.test:80..90", "http://origin.test:90/", false),
            ("https://*.s3.test", "https://bucket.s3.test/", true),
            ("https://*.s3.test", "https://s3.test/", false),
            ("https://*.s3.test", "https://evils3.test/", false),
            ("*://*:*", "redis://anything:1", true),
            ("http://*", "http://anything.test/", true),
            ("http://*:4000", "http://anything.test:4000/", true),
            ("http://10.0.0.0/8:4000", "http://10.9.8.7:4000/", true),
            ("http://10.0.0.0/8:4000", "http://11.0.0.1:4000/", false),
            ("http://127.0.0.1:4000", "http://127.0.0.1:4000/", true),
            ("http://[::1]:4000", "http://[::1]:4000/", true),
            ("http://127.0.0.1:4000", "http://localhost:4000/", false),
            ("{{ origin }}", "http://127.0.0.1:4000/x", true),
            ("redis://valkey.test", "redis://valkey.test", true),
            (
                "redis://valkey.test",
                "redis://user:secret@valkey.test:6379/0",
                true,
            ),
            ("redis://127.0.0.1:6379", "redis://127.0.0.1:6379", true),
            ("redis://127.0.0.1:6379", "redis://127.0.0.1:6380", false),
            ("redis://127.0.0.1:6379", "127.0.0.1:6379", true),
            (
                "rediss://valkey.test:6379",
                "redis://valkey.test:6379",
                false,
            ),
            (
                "http://authz.spin.internal",
                "http://authz.spin.internal/x",
                true,
            ),
            (
                "http://*.spin.internal",
                "http://authz.spin.internal/x",
                true,
            ),
            (
                "http://*.spin.internal",
                "http://unknown.spin.internal/x",
                false,
            ),
            ("http://self", "http://self/x", false),
        ] {
            assert_eq!(
                list(&[entry]).expect("valid").allows(address, "redis"),
                allowed,
                "{entry} for {address}"
            );
        }
        assert!(
            !list(&[])
                .expect("valid")
                .allows("http://origin.test", "http")
        );
    }

    #[test]
    fn calling_oneself_needs_an_entry_too() {
        for (entry, allowed) in [
            ("http://self", true),
            ("*://*:*", true),
            ("http://origin.test", false),
            ("redis://*", false),
        ] {
            assert_eq!(
                list(&[entry]).expect("valid").allows_self(),
                allowed,
                "{entry}"
            );
        }
    }

    #[test]
    fn an_entry_outside_the_grammar_stops_the_start() {
        for entry in [
            "origin.test",
            "*",
            "",
            "http://origin.test/path",
            "rediss://valkey.test",
            "http://a.*.test",
            "http://{a,b}",
            "http://x:y",
        ] {
            assert!(list(&[entry]).is_err(), "{entry}");
        }
        assert!(
            list(&["{{ none }}"])
                .expect("an empty variable is skipped")
                .0
                .is_empty()
        );
    }

    #[test]
    fn only_one_label_before_the_internal_domain_names_a_component() {
        for (host, expected) in [
            ("authz.spin.internal", Some("authz")),
            ("a.b.spin.internal", None),
            ("spin.internal", None),
            ("authz.spin.internal.test", None),
        ] {
            assert_eq!(chaining_target(host), expected, "{host}");
        }
    }
}
