//! Rules 31 to 36: what may stand beside variants, and what variants may add.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    PlaylistCheck,
    multivariant::{all, finding_unless, tags},
    must,
    presentation::{Parsed, Variant},
    should,
    text::Attributes,
};

pub(super) const CHECKS: &[PlaylistCheck] = &[
    should("31", start),
    must("32", steering),
    should("32", |p| {
        let without = tags(p, "EXT-X-CONTENT-STEERING").filter(|tag| !tag.has("PATHWAY-ID"));
        without
            .map(|tag| format!("line {}: PATHWAY-ID is missing", tag.number))
            .collect()
    }),
    must("33", supplemental_codecs),
    must("34", dolby_vision),
    should("35", allowed_cpc),
    should("36", chapters),
];

fn start(parsed: &Parsed<'_>) -> Vec<String> {
    let duration = parsed.programme_s();
    let outside = tags(parsed, "EXT-X-START").filter(|start| {
        let offset = start
            .get("TIME-OFFSET")
            .and_then(|offset| offset.parse::<f64>().ok());
        offset.is_none_or(|offset| offset.abs() > duration)
    });
    outside
        .map(|start| {
            format!(
                "line {}: TIME-OFFSET lies outside the programme",
                start.number
            )
        })
        .collect()
}

fn steering(parsed: &Parsed<'_>) -> Vec<String> {
    let steering: Vec<Attributes<'_>> = tags(parsed, "EXT-X-CONTENT-STEERING").collect();
    let mut findings = finding_unless(
        steering.len() <= 1,
        "EXT-X-CONTENT-STEERING stands more than once",
    );
    let without = steering.iter().filter(|tag| !tag.has("SERVER-URI"));
    findings.extend(without.map(|tag| format!("line {}: SERVER-URI is missing", tag.number)));
    findings.extend(uneven_pathways(parsed));
    findings
}

/// Pathways that don't offer what the first offers.
fn uneven_pathways(parsed: &Parsed<'_>) -> Vec<String> {
    let mut pathways: BTreeMap<&str, BTreeSet<[Option<&str>; 3]>> = BTreeMap::new();
    for variant in all(parsed) {
        let pathway = variant.attributes.get("PATHWAY-ID").unwrap_or(".");
        let offer =
            ["RESOLUTION", "CODECS", "VIDEO-RANGE"].map(|name| variant.attributes.get(name));
        pathways.entry(pathway).or_default().insert(offer);
    }
    let mut pathways = pathways.into_iter();
    let Some((first, expected)) = pathways.next() else {
        return Vec::new();
    };
    pathways
        .filter(|(_, offers)| *offers != expected)
        .map(|(id, _)| format!("pathway {id} offers other variants than {first}"))
        .collect()
}

fn supplemental_codecs(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for variant in all(parsed) {
        let Some(supplemental) = variant.attributes.get("SUPPLEMENTAL-CODECS") else {
            continue;
        };
        let range = variant.attributes.get("VIDEO-RANGE");
        for element in supplemental.split(',').map(str::trim) {
            let (codec, brand) = element.split_once('/').unwrap_or((element, ""));
            let agrees = match brand {
                "db1p" => range == Some("PQ"),
                "db4h" => range == Some("HLG"),
                "db2g" | "db4g" => matches!(range, None | Some("SDR")),
                _ => !codec.starts_with("dvh1"),
            };
            if !agrees
                || !variant
                    .codecs()
                    .any(|base| base.starts_with("hvc1") || base.starts_with("av01"))
            {
                findings.push(format!(
                    "{}: {element} fits neither its VIDEO-RANGE nor its base layer",
                    variant.label()
                ));
            }
        }
    }
    findings
}

fn dolby_vision(parsed: &Parsed<'_>) -> Vec<String> {
    let wrong = |variant: &&Variant<'_>| {
        let supplemental = variant
            .attributes
            .get("SUPPLEMENTAL-CODECS")
            .unwrap_or_default();
        variant.codecs().any(|codec| codec.starts_with("dvh1.08"))
            || supplemental.contains("dvh1.05")
    };
    all(parsed)
        .filter(wrong)
        .map(|variant| {
            format!(
                "{} has a Dolby Vision codec in the wrong place",
                variant.label()
            )
        })
        .collect()
}

fn allowed_cpc(parsed: &Parsed<'_>) -> Vec<String> {
    let known = |label: &str| matches!(label, "AppleBaseline" | "AppleMain" | "Baseline" | "Main");
    let wrong = |variant: &&Variant<'_>| {
        let Some(value) = variant.attributes.get("ALLOWED-CPC") else {
            return false;
        };
        value.split(',').any(|entry| {
            entry
                .rsplit_once(':')
                .is_none_or(|(format, labels)| format.is_empty() || !labels.split('/').all(known))
        })
    };
    all(parsed)
        .filter(wrong)
        .map(|variant| format!("{}: ALLOWED-CPC is not understood", variant.label()))
        .collect()
}

fn chapters(parsed: &Parsed<'_>) -> Vec<String> {
    let chapters = tags(parsed, "EXT-X-SESSION-DATA")
        .filter(|data| data.get("DATA-ID") == Some("com.apple.hls.chapters"));
    let wrong = chapters.filter(|data| {
        data.has("VALUE") || data.get("URI").is_none_or(|uri| !uri.contains(".json"))
    });
    wrong
        .map(|data| format!("line {}: chapters need the URI of a JSON file", data.number))
        .collect()
}
