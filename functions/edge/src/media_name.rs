//! Names of published files: what may be asked of the object store, and what type it is.
//! Invariant: nothing that passes here can leave its folder or name one of our own descriptions.

/// The type of a published media file, or `None` when the name can't be one.
pub fn media_type(file: &str) -> Option<&'static str> {
    if !is_plain(file) {
        return None;
    }
    let (stem, extension) = file.rsplit_once('.')?;
    match extension {
        // Audio tracks have their own type (AS 10.4); their ids start with `a-`.
        "mp4" if stem.starts_with("a-") => Some("audio/mp4"),
        "mp4" => Some("video/mp4"),
        "vtt" => Some("text/vtt; charset=utf-8"),
        "jpg" => Some("image/jpeg"),
        _ => None,
    }
}

/// Whether a file is one of the pictures that anybody may see.
pub fn is_artwork(file: &str) -> bool {
    matches!(file, "poster.jpg" | "thumb.jpg" | "hero.jpg")
}

/// Lower case, digits, `-`, `_` and single dots, starting with a letter or digit.
fn is_plain(file: &str) -> bool {
    let plain = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.')
    };
    (1..=80).contains(&file.len())
        && file
            .as_bytes()
            .first()
            .is_some_and(u8::is_ascii_alphanumeric)
        && file.bytes().all(plain)
        && !file.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_published_kinds_of_files_have_a_type() {
        for (file, expect) in [
            ("v1080-6000.mp4", Some("video/mp4")),
            ("a-en-aac2.mp4", Some("audio/mp4")),
            ("s-pt-br.vtt", Some("text/vtt; charset=utf-8")),
            ("storyboard-12.jpg", Some("image/jpeg")),
            ("asset.json", None),
            ("verify.json", None),
            ("..", None),
            ("../asset.mp4", None),
            ("a..mp4", None),
            (".mp4", None),
            ("V.mp4", None),
            ("v%2e.mp4", None),
            ("a/b.mp4", None),
            ("mp4", None),
            ("", None),
        ] {
            assert_eq!(media_type(file), expect, "{file}");
        }
    }
}
