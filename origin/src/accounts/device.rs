//! A name for the device, so that people recognise it in lists: never the whole User-Agent.

/// `Chrome on macOS`, as far as the header tells.
pub(super) fn label(user_agent: Option<&str>) -> String {
    let Some(agent) = user_agent else {
        return "Unknown device".to_owned();
    };
    // Order matters: Edge and Opera say Chrome as well, Chrome says Safari, Android says Linux.
    let browser = first(
        agent,
        &[
            ("Edg/", "Edge"),
            ("OPR/", "Opera"),
            ("Firefox/", "Firefox"),
            ("Chrome/", "Chrome"),
            ("Safari/", "Safari"),
            ("curl/", "curl"),
        ],
    );
    let system = first(
        agent,
        &[
            ("AppleTV", "Apple TV"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Android", "Android"),
            ("Windows", "Windows"),
            ("Macintosh", "macOS"),
            ("CrOS", "ChromeOS"),
            ("Linux", "Linux"),
        ],
    );
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Unknown device".to_owned(),
    }
}

fn first<'a>(agent: &str, names: &[(&str, &'a str)]) -> Option<&'a str> {
    names
        .iter()
        .find_map(|(mark, name)| agent.contains(mark).then_some(*name))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_label_names_browser_and_system() {
        let check = |agent: &str, expect: &str| assert_eq!(super::label(Some(agent)), expect);
        check(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
            "Chrome on Linux",
        );
        check(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        );
        check("curl/8.0", "curl");
        check("", "Unknown device");
    }
}
