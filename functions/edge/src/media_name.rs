//! Names of published files: what may be asked of the object store, and what type it is.
//! Invariant: nothing that passes here can leave its folder or name one of our own descriptions.

use shared::asset::CHAPTERS_FILE;

/// The type of a published media file, or `None` when the name can't be one.
pub fn media_type(file: &str) -> Option<&'static str> {
    if !is_plain(file) {
        return None;
    }
    if file == CHAPTERS_FILE {
        return Some("application/json");
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

/// Whether a file is one of the pictures that anybody may see: `hero.jpg`, and `hero-2.jpg` of another frame.
pub fn is_artwork(file: &str) -> bool {
    let Some(name) = file.strip_suffix(".jpg") else {
        return false;
    };
    let (name, candidate) = name.split_once('-').unwrap_or((name, "1"));
    matches!(name, "poster" | "thumb" | "hero") && matches!(candidate.as_bytes(), [b'1'..=b'9'])
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
    fn pictures_are_three_of_each_candidate() {
        for (file, expect) in [
            ("poster.jpg", true),
            ("thumb-1.jpg", true),
            ("hero-9.jpg", true),
            ("hero-0.jpg", false),
            ("hero-10.jpg", false),
            ("hero-.jpg", false),
            ("hero-1-2.jpg", false),
            ("storyboard-1.jpg", false),
            ("hero.png", false),
        ] {
            assert_eq!(is_artwork(file), expect, "{file}");
        }
    }

    #[test]
    fn only_published_kinds_of_files_have_a_type() {
        for (file, expect) in [
            ("v1080-6000.mp4", Some("video/mp4")),
            ("a-en-aac2.mp4", Some("audio/mp4")),
            ("s-pt-br.vtt", Some("text/vtt; charset=utf-8")),
            ("storyboard-12.jpg", Some("image/jpeg")),
            ("chapters.json", Some("application/json")),
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
