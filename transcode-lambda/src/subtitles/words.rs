//! What a cue says: the tags that WebVTT has stay, others go, and what would be read as markup is escaped.

/// WebVTT's tags (W3C WebVTT, 6.5).
const TAGS: [&str; 8] = ["i", "b", "u", "c", "v", "ruby", "rt", "lang"];

/// Names of WebVTT's character references.
const REFERENCES: [&str; 6] = ["amp", "lt", "gt", "nbsp", "lrm", "rlm"];

/// The text of a cue, and the settings that an `{\an8}` in it stands for.
pub(super) fn clean(text: &str) -> (String, Option<String>) {
    let mut settings = None;
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find("{\\") {
        let Some(close) = rest[open..].find('}') else {
            break;
        };
        plain.push_str(&rest[..open]);
        settings = settings.or_else(|| placed(&rest[open + 2..open + close]));
        rest = &rest[open + close + 1..];
    }
    plain.push_str(rest);
    (escaped(&plain), settings)
}

/// SubStation's `an1` to `an9` is the numeric keypad; where subtitles usually are needs no settings.
fn placed(override_tag: &str) -> Option<String> {
    let place = override_tag
        .strip_prefix("an")?
        .chars()
        .next()?
        .to_digit(10)?;
    let line = match place {
        7..=9 => "line:0",
        4..=6 => "line:50%",
        _ => "",
    };
    let align = match place % 3 {
        1 => "align:start",
        0 if place > 0 => "align:end",
        _ => "",
    };
    let settings = [line, align].into_iter().filter(|part| !part.is_empty());
    Some(settings.collect::<Vec<_>>().join(" ")).filter(|settings| !settings.is_empty())
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = if rest.starts_with('&') {
            reference(rest)
        } else {
            tag(rest)
        };
        if let Some((length, kept)) = taken {
            out.push_str(&kept);
            rest = &rest[length..];
        } else {
            out.push_str(if rest.starts_with('&') {
                "&amp;"
            } else {
                "&lt;"
            });
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

/// A character reference at the beginning: its length and itself.
fn reference(text: &str) -> Option<(usize, String)> {
    let end = text.find(';').filter(|end| *end <= 10)?;
    let name = &text[1..end];
    let is_number = name.strip_prefix('#').is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    (is_number || REFERENCES.contains(&name)).then(|| (end + 1, text[..=end].to_owned()))
}

/// A tag at the beginning: its length, and what stays of it. HTML's other tags go; `<3` is no tag.
fn tag(text: &str) -> Option<(usize, String)> {
    let end = text.find('>')?;
    let inner = &text[1..end];
    let name = inner.strip_prefix('/').unwrap_or(inner);
    let length = name
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(name.len());
    let (word, tail) = name.split_at(length);
    let is_time =
        word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_digit()) && tail.starts_with(':');
    if !is_time && !word.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return None;
    }
    let word = word.to_ascii_lowercase();
    let slash = if inner.starts_with('/') { "/" } else { "" };
    let kept = if is_time || TAGS.contains(&word.as_str()) {
        format!("<{slash}{word}{tail}>")
    } else {
        String::new()
    };
    Some((end + 1, kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_that_players_know_stays_and_everything_else_is_text_or_gone() {
        for (text, expect, settings) in [
            (
                "<i>Where</i> & <B>when</B>?",
                "<i>Where</i> &amp; <b>when</b>?",
                None,
            ),
            (
                "<font color=\"#f00\">red</font> &amp; blue",
                "red &amp; blue",
                None,
            ),
            (
                "I <3 you, 1 < 2 & 3 > 2",
                "I &lt;3 you, 1 &lt; 2 &amp; 3 > 2",
                None,
            ),
            ("{\\an8}On top", "On top", Some("line:0")),
            ("{\\an7}{\\i1}Left", "Left", Some("line:0 align:start")),
            ("{\\an2}Usual", "Usual", None),
            ("{not a tag}", "{not a tag}", None),
            (
                "<v Anna>Yes<00:01.000>, <c.loud>no</c> &#233;",
                "<v Anna>Yes<00:01.000>, <c.loud>no</c> &#233;",
                None,
            ),
            ("open <i", "open &lt;i", None),
            ("{\\an8 open", "{\\an8 open", None),
        ] {
            let (cleaned, found) = clean(text);
            assert_eq!(
                (cleaned.as_str(), found.as_deref()),
                (expect, settings),
                "{text}"
            );
        }
    }
}
