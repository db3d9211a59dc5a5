//! `Upload-Metadata` of tus 1.0.0: comma-separated `key base64(value)` pairs, parsed where they enter.
//! Every fault is reported at once, each naming its field.

use base64::{Engine, engine::general_purpose::STANDARD};
use shared::{ids::ContentId, problem::Detail};

/// What a client says of the master it is about to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Metadata {
    pub(super) target: Target,
    pub(super) filename: String,
    pub(super) sha256: Option<[u8; 32]>,
    pub(super) auto_publish: bool,
}

/// The title that the master is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Existing(ContentId),
    /// Made when the last byte has arrived.
    New {
        title: String,
    },
}

pub(super) const TITLE_MAX_CHARS: usize = 200;
pub(super) const FILENAME_MAX_CHARS: usize = 255;

/// Parses the header. Keys that aren't ours are ignored: clients send `filetype`, `relativePath` and more by themselves.
pub(super) fn parse(header: &str) -> Result<Metadata, Vec<Detail>> {
    let pairs = pairs(header).map_err(|fault| vec![fault])?;
    let value = |key: &str| {
        pairs
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    };
    let mut faults = Vec::new();
    let target = keep(target(value("contentId"), value("title")), &mut faults);
    let filename = keep(filename(value("filename")), &mut faults);
    let sha256 = keep(value("sha256").map(sha256).transpose(), &mut faults);
    let auto_publish = keep(auto_publish(value("autoPublish")), &mut faults);
    match (target, filename, sha256, auto_publish) {
        (Some(target), Some(filename), Some(sha256), Some(auto_publish)) => Ok(Metadata {
            target,
            filename,
            sha256,
            auto_publish,
        }),
        _ => Err(faults),
    }
}

fn keep<T>(parsed: Result<T, Detail>, faults: &mut Vec<Detail>) -> Option<T> {
    parsed.map_err(|fault| faults.push(fault)).ok()
}

fn pairs(header: &str) -> Result<Vec<(String, String)>, Detail> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in header
        .split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
    {
        let (key, encoded) = pair.split_once(' ').unwrap_or((pair, ""));
        if pairs.iter().any(|(name, _)| name == key) {
            return Err(fault(key, "is there twice", "Send each key once."));
        }
        let value = STANDARD
            .decode(encoded.trim())
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| {
                fault(
                    key,
                    "isn't base64 of UTF-8 text",
                    "Encode the value with standard, padded base64.",
                )
            })?;
        pairs.push((key.to_owned(), value));
    }
    Ok(pairs)
}

fn target(content_id: Option<&str>, title: Option<&str>) -> Result<Target, Detail> {
    match (content_id, title.map(str::trim)) {
        (Some(id), _) => id.parse().map(Target::Existing).map_err(|_| {
            fault(
                "contentId",
                "isn't a UUID",
                "Send the id that the catalogue shows, or a `title` instead.",
            )
        }),
        (None, Some(title)) if !title.is_empty() && title.chars().count() <= TITLE_MAX_CHARS => {
            Ok(Target::New {
                title: title.to_owned(),
            })
        }
        (None, Some(_)) => Err(fault(
            "title",
            "is empty or longer than 200 characters",
            "Send 1 to 200 characters.",
        )),
        (None, None) => Err(fault(
            "contentId",
            "is missing",
            "Send `contentId` of a title, or `title` to make a new one.",
        )),
    }
}

fn filename(value: Option<&str>) -> Result<String, Detail> {
    // Only ever shown and handed to the probe as a hint; the object key doesn't hold it. Still: a name, not a path.
    let name = value
        .map(|name| name.rsplit(['/', '\\']).next().unwrap_or(name).trim())
        .unwrap_or_default();
    if name.is_empty()
        || name.chars().count() > FILENAME_MAX_CHARS
        || name.chars().any(char::is_control)
    {
        return Err(fault(
            "filename",
            "is missing, too long or holds control characters",
            "Send the file's name, 1 to 255 characters.",
        ));
    }
    Ok(name.to_owned())
}

fn sha256(value: &str) -> Result<[u8; 32], Detail> {
    let mut digest = [0; 32];
    hex::decode_to_slice(value, &mut digest).map_err(|_| {
        fault(
            "sha256",
            "isn't 64 hexadecimal digits",
            "Send what `sha256sum` prints, or leave it out.",
        )
    })?;
    Ok(digest)
}

fn auto_publish(value: Option<&str>) -> Result<bool, Detail> {
    match value {
        // A key without a value is a flag that is set.
        None | Some("true" | "1" | "") => Ok(true),
        Some("false" | "0") => Ok(false),
        Some(_) => Err(fault(
            "autoPublish",
            "isn't `true` or `false`",
            "Send `true`, `false`, or leave it out (`true`).",
        )),
    }
}

fn fault(field: &str, problem: &str, remedy: &str) -> Detail {
    let shown: String = field.chars().take(64).collect();
    Detail {
        field: shown,
        problem: problem.to_owned(),
        remedy: remedy.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(pairs: &[(&str, &str)]) -> String {
        pairs
            .iter()
            .map(|(key, value)| format!("{key} {}", STANDARD.encode(value)))
            .collect::<Vec<_>>()
            .join(",")
    }

    fn faulty_fields(header: &str) -> Vec<String> {
        parse(header)
            .unwrap_err()
            .into_iter()
            .map(|fault| fault.field)
            .collect()
    }

    #[test]
    fn a_new_title_needs_only_title_and_filename_and_is_published_by_default() {
        let parsed = parse(&header(&[
            ("title", " Sintel "),
            ("filename", "C:\\masters\\sintel.mov"),
            ("filetype", "x"),
        ]))
        .unwrap();
        assert_eq!(
            parsed.target,
            Target::New {
                title: "Sintel".to_owned()
            }
        );
        assert_eq!(
            (parsed.filename.as_str(), parsed.sha256, parsed.auto_publish),
            ("sintel.mov", None, true)
        );
    }

    #[test]
    fn an_existing_title_is_named_by_its_id_which_beats_a_title() {
        let id = "0190a2b4-0000-7000-8000-000000000001";
        let parsed = parse(&header(&[
            ("contentId", id),
            ("title", "x"),
            ("filename", "a"),
            ("autoPublish", "false"),
            ("sha256", &"ab".repeat(32)),
        ]));
        let expect = Metadata {
            target: Target::Existing(id.parse().unwrap()),
            filename: "a".to_owned(),
            sha256: Some([0xab; 32]),
            auto_publish: false,
        };
        assert_eq!(parsed, Ok(expect));
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let header = header(&[
            ("contentId", "7"),
            ("filename", "a\u{7}"),
            ("sha256", "abc"),
            ("autoPublish", "maybe"),
        ]);
        assert_eq!(
            faulty_fields(&header),
            ["contentId", "filename", "sha256", "autoPublish"]
        );
    }

    #[test]
    fn what_cannot_be_read_names_its_key() {
        let check =
            |header: &str, expect: &[&str]| assert_eq!(faulty_fields(header), expect, "{header}");
        check("", &["contentId", "filename"]);
        check("title !!!,filename YQ==", &["title"]);
        check("title /w==,filename YQ==", &["title"]);
        check("title YQ==,title YQ==", &["title"]);
        check("title ,filename YQ==", &["title"]);
    }
}
