//! The page that people read is the list that the code holds.

use shared::hls::validate::{Place, RULES, to_markdown};

#[test]
fn the_page_is_the_list() {
    let page = include_str!("../../../../docs/validator.md");
    assert!(
        page == to_markdown(),
        "docs/validator.md is out of date: run `transcode rules > docs/validator.md`"
    );
}

#[test]
fn what_is_not_checked_here_says_why_and_is_little() {
    let elsewhere = RULES.iter().filter(|rule| !rule.is_checked());
    let reasons: Vec<_> = elsewhere
        .map(|rule| match rule.place {
            Place::Edge(text) | Place::Nowhere(text) => text,
            Place::Playlists | Place::Media | Place::Everywhere => "",
        })
        .collect();
    assert!(
        reasons.iter().all(|reason| reason.len() > 20),
        "{reasons:?}"
    );
    assert!(reasons.len() <= 10, "{reasons:?}");
}
