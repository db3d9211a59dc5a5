//! A playlist's text as lines, tags and attributes. Reads leniently and remembers what was wrong: a validator must be able to
//! speak about broken input.

/// One line that means something.
#[derive(Clone, Copy, Debug)]
pub(super) enum Line<'a> {
    Tag(Tag<'a>),
    Uri(&'a str),
}

/// `#EXT…`, split at the first colon.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag<'a> {
    /// Counted from 1.
    pub(super) number: usize,
    pub(super) name: &'a str,
    pub(super) value: &'a str,
}

/// The lines of a playlist, without blanks and comments.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    text.split('\n')
        .enumerate()
        .filter_map(|(at, line)| self::line(at + 1, line.trim_end_matches('\r')))
        .collect()
}

fn line(number: usize, line: &str) -> Option<Line<'_>> {
    match line.strip_prefix('#') {
        Some(tag) if tag.starts_with("EXT") => {
            let (name, value) = tag.split_once(':').unwrap_or((tag, ""));
            Some(Line::Tag(Tag {
                number,
                name,
                value,
            }))
        }
        Some(_) => None,
        None if line.trim().is_empty() => None,
        None => Some(Line::Uri(line)),
    }
}

/// A value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Quoted(&'a str),
    Bare(&'a str),
}

impl<'a> Value<'a> {
    pub(super) fn text(self) -> &'a str {
        match self {
            Self::Quoted(text) | Self::Bare(text) => text,
        }
    }
}

/// An attribute list, with what was wrong in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Attributes<'a> {
    pub(super) list: Vec<(&'a str, Value<'a>)>,
    pub(super) faults: Vec<String>,
    /// The line it stands on.
    pub(super) number: usize,
}

impl<'a> Attributes<'a> {
    pub(super) fn of(tag: &Tag<'a>) -> Self {
        let mut attributes = Self {
            number: tag.number,
            ..Self::default()
        };
        let mut rest = tag.value;
        while !rest.is_empty() {
            let Some((name, after)) = rest.split_once('=') else {
                attributes.faults.push(format!("`{rest}` is no attribute"));
                break;
            };
            let value;
            (value, rest) = attributes.value(name, after);
            if attributes.list.iter().any(|(known, _)| *known == name) {
                attributes.faults.push(format!("{name} stands twice"));
            }
            attributes.list.push((name, value));
        }
        attributes
    }

    /// The value at the start of `after`, and what follows its comma.
    fn value(&mut self, name: &str, after: &'a str) -> (Value<'a>, &'a str) {
        let (value, tail) = if let Some(quoted) = after.strip_prefix('"') {
            let (text, tail) = quoted.split_once('"').unwrap_or_else(|| {
                self.faults
                    .push(format!("the quotes of {name} are not closed"));
                (quoted, "")
            });
            (Value::Quoted(text), tail)
        } else {
            let (text, tail) = after.split_at(after.find(',').unwrap_or(after.len()));
            (Value::Bare(text), tail)
        };
        match tail.strip_prefix(',') {
            Some("") => self.faults.push("a comma ends the list".to_owned()),
            None if !tail.is_empty() => self
                .faults
                .push(format!("`{tail}` follows the value of {name}")),
            _ => {}
        }
        (value, tail.strip_prefix(',').unwrap_or(""))
    }

    /// The value of an attribute, quoted or not.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.list
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.text())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The value of an attribute that is a decimal integer.
    pub(super) fn integer(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }

    /// Whether a `YES`/`NO` attribute says yes; absent is no.
    pub(super) fn yes(&self, name: &str) -> bool {
        self.get(name) == Some("YES")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(value: &str) -> Attributes<'_> {
        Attributes::of(&Tag {
            number: 1,
            name: "EXT-X-MEDIA",
            value,
        })
    }

    #[test]
    fn commas_and_equals_signs_may_stand_in_quotes() {
        let list = attributes(r#"TYPE=AUDIO,CODECS="a=1,b",BANDWIDTH=7"#);
        assert!(list.faults.is_empty());
        assert_eq!(
            (list.get("CODECS"), list.integer("BANDWIDTH")),
            (Some("a=1,b"), Some(7))
        );
    }

    #[test]
    fn what_is_wrong_with_a_list_is_remembered() {
        for (text, fault) in [
            ("A=1,A=2", "A stands twice"),
            ("A=\"x", "the quotes of A are not closed"),
            ("A=\"x\"y,B=1", "`y,B=1` follows the value of A"),
            ("A=1,", "a comma ends the list"),
            ("A=1,B", "`B` is no attribute"),
        ] {
            assert_eq!(attributes(text).faults, [fault], "{text}");
        }
    }

    #[test]
    fn lines_are_tags_and_uris_and_comments_are_neither() {
        let lines = lines("#EXTM3U\r\n# a comment\n\n#EXTINF:2.0,\nv.mp4\n");
        assert!(matches!(
            lines[..],
            [
                Line::Tag(Tag { name: "EXTM3U", .. }),
                Line::Tag(Tag {
                    number: 4,
                    name: "EXTINF",
                    value: "2.0,"
                }),
                Line::Uri("v.mp4")
            ]
        ));
    }
}
