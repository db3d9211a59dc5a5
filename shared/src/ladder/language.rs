//! Languages: from what containers write (ISO 639-2, either code) to BCP 47 and a name for the menu.

/// Codes as containers write them, the BCP 47 tag, the name.
const LANGUAGES: [(&str, &str, &str, &str); 44] = [
    ("ara", "ara", "ar", "Arabic"),
    ("bul", "bul", "bg", "Bulgarian"),
    ("cat", "cat", "ca", "Catalan"),
    ("chi", "zho", "zh", "Chinese"),
    ("hrv", "hrv", "hr", "Croatian"),
    ("cze", "ces", "cs", "Czech"),
    ("dan", "dan", "da", "Danish"),
    ("dut", "nld", "nl", "Dutch"),
    ("eng", "eng", "en", "English"),
    ("est", "est", "et", "Estonian"),
    ("fin", "fin", "fi", "Finnish"),
    ("fre", "fra", "fr", "French"),
    ("ger", "deu", "de", "German"),
    ("gre", "ell", "el", "Greek"),
    ("heb", "heb", "he", "Hebrew"),
    ("hin", "hin", "hi", "Hindi"),
    ("hun", "hun", "hu", "Hungarian"),
    ("ice", "isl", "is", "Icelandic"),
    ("ind", "ind", "id", "Indonesian"),
    ("gle", "gle", "ga", "Irish"),
    ("ita", "ita", "it", "Italian"),
    ("jpn", "jpn", "ja", "Japanese"),
    ("kor", "kor", "ko", "Korean"),
    ("lav", "lav", "lv", "Latvian"),
    ("lit", "lit", "lt", "Lithuanian"),
    ("may", "msa", "ms", "Malay"),
    ("nor", "nor", "no", "Norwegian"),
    ("nob", "nob", "nb", "Norwegian Bokmål"),
    ("per", "fas", "fa", "Persian"),
    ("pol", "pol", "pl", "Polish"),
    ("por", "por", "pt", "Portuguese"),
    ("rum", "ron", "ro", "Romanian"),
    ("rus", "rus", "ru", "Russian"),
    ("srp", "srp", "sr", "Serbian"),
    ("slo", "slk", "sk", "Slovak"),
    ("slv", "slv", "sl", "Slovenian"),
    ("spa", "spa", "es", "Spanish"),
    ("swe", "swe", "sv", "Swedish"),
    ("tam", "tam", "ta", "Tamil"),
    ("tha", "tha", "th", "Thai"),
    ("tur", "tur", "tr", "Turkish"),
    ("ukr", "ukr", "uk", "Ukrainian"),
    ("urd", "urd", "ur", "Urdu"),
    ("vie", "vie", "vi", "Vietnamese"),
];

/// The BCP 47 tag and the name of what a container or a file name calls a language.
pub fn language(written: Option<&str>) -> (String, String) {
    let undetermined = || ("und".to_owned(), "Original".to_owned());
    let Some(written) = written.map(str::trim).filter(|text| !text.is_empty()) else {
        return undetermined();
    };
    let (primary, subtags) = match written.split_once(['-', '_']) {
        Some((primary, subtags)) => (primary.to_ascii_lowercase(), Some(subtags)),
        None => (written.to_ascii_lowercase(), None),
    };
    let known = LANGUAGES
        .iter()
        .find(|(b, t, tag, _)| primary == *b || primary == *t || primary == *tag);
    match known {
        Some((_, _, tag, name)) => match subtags.filter(|subtags| is_subtags(subtags)) {
            Some(subtags) => (format!("{tag}-{subtags}"), format!("{name} ({subtags})")),
            None => ((*tag).to_owned(), (*name).to_owned()),
        },
        None if is_primary(&primary) && primary != "und" && primary != "mul" => {
            (primary.clone(), primary)
        }
        None => undetermined(),
    }
}

fn is_primary(text: &str) -> bool {
    matches!(text.len(), 2 | 3) && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn is_subtags(text: &str) -> bool {
    text.split('-').all(|part| {
        (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_language_becomes_one_tag() {
        let check = |written: Option<&str>, tag: &str, name: &str| {
            let (found_tag, found_name) = language(written);
            assert_eq!(
                (found_tag.as_str(), found_name.as_str()),
                (tag, name),
                "{written:?}"
            );
        };
        check(Some("eng"), "en", "English");
        check(Some("EN"), "en", "English");
        check(Some("ger"), "de", "German");
        check(Some("deu"), "de", "German");
        check(Some("pt-BR"), "pt-BR", "Portuguese (BR)");
        check(Some("pt_BR"), "pt-BR", "Portuguese (BR)");
        check(Some("xho"), "xho", "xho");
        check(Some("und"), "und", "Original");
        check(Some("english!"), "und", "Original");
        check(None, "und", "Original");
    }
}
