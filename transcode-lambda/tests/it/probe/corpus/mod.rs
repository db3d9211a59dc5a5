//! Files that can't be masters, made from one good clip: each is refused with the reason that an operator needs.

mod broken;
pub(super) mod unfit;

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use futures::StreamExt;

use super::{
    BOUNDS, CLIP, Desk, codes, remux,
    surgery::{Mp4, position},
};
use broken::{cut_off, damaged_headers, damaged_tables, others};
use unfit::{absurd, encrypted, motionless, strange_samples, undecodable};

/// A whole probe of such a file.
const LONGEST: Duration = Duration::from_secs(30);

struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    expect: &'static [&'static str],
}

fn case(name: &'static str, bytes: impl Into<Vec<u8>>, expect: &'static [&'static str]) -> Case {
    Case {
        name,
        bytes: bytes.into(),
        expect,
    }
}

fn clip() -> Mp4 {
    Mp4(CLIP.clone())
}

#[tokio::test]
async fn every_file_that_is_no_master_is_refused_with_its_reasons_and_in_time() {
    let desk = Desk::open().await;
    let cases: Vec<Case> = [
        others(),
        cut_off(),
        damaged_headers(),
        damaged_tables(),
        encrypted(),
        absurd(),
        motionless(),
        strange_samples(),
        undecodable(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let different: HashSet<_> = cases.iter().map(|case| &case.bytes).collect();
    assert_eq!(different.len(), cases.len(), "each is a different file");
    assert!(cases.len() >= 40);
    let verdicts = futures::stream::iter(cases.iter().enumerate()).map(async |(place, case)| {
        let file = desk.place(&format!("{place}.mp4"), &case.bytes);
        let begun = Instant::now();
        let verdict = match desk.refusals(&file, BOUNDS).await {
            Err(other) => Some(other),
            Ok(found) if codes(&found) != case.expect => Some(format!("{found:?}")),
            Ok(found) => found
                .iter()
                .any(|refusal| refusal.problem.is_empty() || !refusal.remedy.ends_with('.'))
                .then(|| "a reason without a remedy".to_owned()),
        };
        let verdict =
            verdict.or_else(|| (begun.elapsed() > LONGEST).then(|| "too slow".to_owned()));
        verdict.map(|verdict| format!("{}: expected {:?}, found {verdict}", case.name, case.expect))
    });
    let wrong: Vec<String> = verdicts
        .buffer_unordered(3)
        .filter_map(async |verdict| verdict)
        .collect()
        .await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_file_with_flipped_bits_is_accepted_or_refused_and_never_breaks_the_probe() {
    let desk = Desk::open().await;
    // The index and the first pictures: where a bit matters.
    let matroska = remux("", "matroska");
    let sources = [&*CLIP, &matroska];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for round in 0..24 {
        let mut bytes = sources[round % 2].clone();
        let moov = position(&bytes, b"moov").unwrap_or(0);
        for _ in 0..8 {
            let place = moov + random((bytes.len() - moov).min(4000));
            bytes[place] ^= 1 << random(8);
        }
        let file = desk.place("flipped.mp4", &bytes);
        if let Err(other) = desk.refusals(&file, BOUNDS).await {
            assert!(other.starts_with("accepted"), "round {round}: {other}");
        }
    }
}
