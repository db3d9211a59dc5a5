//! Rules 108, 109 and 112 to 115: how samples are encrypted, and with which key.

use super::{BitstreamCheck, Severity::Must, Subject, finding};
use crate::mp4::Protection;

pub(super) const CHECKS: &[BitstreamCheck] = &[
    ("108", Must, scheme),
    ("109", Must, pattern),
    ("112", Must, key_ids),
    ("113", Must, no_keys),
    ("114", Must, auxiliary_information),
    ("115", Must, clear_headers),
];

fn tenc(subject: &Subject<'_>) -> Option<Protection> {
    subject.entry()?.protection
}

fn scheme(subject: &Subject<'_>) -> Vec<String> {
    match tenc(subject) {
        None => finding(subject.track.media().kid.is_some(), "not encrypted at all"),
        Some(protection) => finding(
            &protection.scheme != b"cbcs",
            &format!(
                "the scheme is {}",
                String::from_utf8_lossy(&protection.scheme)
            ),
        ),
    }
}

fn pattern(subject: &Subject<'_>) -> Vec<String> {
    let Some(protection) = tenc(subject) else {
        return Vec::new();
    };
    let expect = if subject.is_video() { (1, 9) } else { (0, 0) };
    let found = (protection.crypt_blocks, protection.skip_blocks);
    let mut findings = finding(
        found != expect,
        &format!("the pattern is {}:{}", found.0, found.1),
    );
    let constant = protection.per_sample_iv == 0 && protection.constant_iv.is_some();
    findings.extend(finding(!constant, "no constant IV of 16 bytes"));
    findings.extend(finding(
        protection.constant_iv != subject.track.media().iv,
        "another IV than the asset says",
    ));
    findings
}

fn key_ids(subject: &Subject<'_>) -> Vec<String> {
    let said = subject.track.media().kid;
    let found = tenc(subject).map(|protection| protection.kid);
    let mut findings = finding(found != said, "tenc names another key than the asset");
    let derived = subject.keys.kid;
    findings.extend(finding(
        said.is_some_and(|said| said != derived),
        &format!(
            "the asset names another key than that of tier {}",
            subject.track.tier()
        ),
    ));
    for pssh in &subject.boxes().pssh {
        let names = |kid: &[u8]| pssh.windows(16).any(|window| window == kid);
        let right = names(derived.as_bytes()) || names(&derived.guid_bytes());
        findings.extend(finding(!right, "a pssh box names another key"));
    }
    findings
}

fn no_keys(subject: &Subject<'_>) -> Vec<String> {
    let init = &subject.file.init;
    let holds = |key: &[u8; 16]| init.windows(16).any(|window| window == key);
    let leaked = subject
        .keys
        .content_keys
        .iter()
        .any(|key| holds(key.expose()));
    finding(leaked, "the initialization section holds a content key")
}

fn auxiliary_information(subject: &Subject<'_>) -> Vec<String> {
    if tenc(subject).is_none() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (place, fragment, samples) in subject.file.fragments() {
        let count = u32::try_from(fragment.samples.len()).unwrap_or(u32::MAX);
        let listed = fragment.senc.as_ref().map(|senc| senc.count);
        let located = fragment
            .aux_count
            .zip(fragment.aux_offset)
            .map(|(count, _)| count);
        if listed.is_none() && located.is_none() {
            findings.push(format!(
                "fragment {place} has neither senc nor saiz with saio"
            ));
        }
        if [listed, located]
            .into_iter()
            .flatten()
            .any(|found| found != count)
        {
            findings.push(format!(
                "fragment {place} doesn't describe each of its {count} samples"
            ));
        }
        findings.extend(
            samples
                .encryption
                .iter()
                .map(|text| format!("fragment {place}: {text}")),
        );
        let without_subsamples = fragment
            .senc
            .as_ref()
            .is_some_and(|senc| !senc.has_subsamples);
        if subject.is_video() && without_subsamples {
            findings.push(format!("fragment {place} encrypts whole samples"));
        }
    }
    findings
}

fn clear_headers(subject: &Subject<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for (place, _, samples) in subject.file.fragments() {
        let hidden = samples.hidden_headers.iter();
        findings.extend(hidden.map(|text| format!("fragment {place}: {text}")));
    }
    findings
}
