//! Tags with attribute lists (8216bis 4.2), written one attribute at a time.

use std::fmt::{Display, Write};

/// A tag under construction.
pub(super) struct Tag {
    line: String,
    empty: bool,
}

impl Tag {
    pub(super) fn new(name: &str) -> Self {
        Self {
            line: format!("#{name}:"),
            empty: true,
        }
    }

    /// An attribute whose value stands bare: a number, a resolution, an enumerated string.
    pub(super) fn bare(mut self, name: &str, value: impl Display) -> Self {
        self.separate();
        write!(self.line, "{name}={value}").expect("writing to a String cannot fail");
        self
    }

    /// An attribute whose value is a quoted-string. What cannot stand in one is replaced: names come from people.
    pub(super) fn quoted(mut self, name: &str, value: &str) -> Self {
        self.separate();
        self.line.push_str(name);
        self.line.push_str("=\"");
        self.line.extend(value.chars().map(|c| match c {
            '"' => '\'',
            c if c.is_control() => ' ',
            c => c,
        }));
        self.line.push('"');
        self
    }

    /// [`Self::quoted`] where there is a value.
    pub(super) fn quoted_if(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.quoted(name, value),
            None => self,
        }
    }

    /// `YES` or `NO`.
    pub(super) fn flag(self, name: &str, value: bool) -> Self {
        self.bare(name, if value { "YES" } else { "NO" })
    }

    /// The line, with its end.
    pub(super) fn end(mut self) -> String {
        self.line.push('\n');
        self.line
    }

    fn separate(&mut self) {
        if !self.empty {
            self.line.push(',');
        }
        self.empty = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_out_of_its_quotes() {
        let line = Tag::new("EXT-X-MEDIA")
            .bare("TYPE", "AUDIO")
            .quoted("NAME", "a\"\n#EXT,b")
            .flag("DEFAULT", true)
            .end();
        assert_eq!(
            line,
            "#EXT-X-MEDIA:TYPE=AUDIO,NAME=\"a' #EXT,b\",DEFAULT=YES\n"
        );
    }
}
