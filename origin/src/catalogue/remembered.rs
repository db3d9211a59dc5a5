//! What costs PostgreSQL more than a page does, kept in this process: how many titles a list has, and what is watched most.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use shared::ids::ContentId;

use super::caching::Edition;

/// Genres come from requests: more different lists than this are not remembered at once.
const TOTALS_MOST: usize = 1_000;

/// What is watched most changes slowly.
const TRENDING_KEPT: TimeDelta = TimeDelta::minutes(1);

/// Cheap to clone; all clones remember the same.
#[derive(Debug, Clone, Default)]
pub struct Remembered(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// The totals below were counted in this revision of the catalogue.
    revision: i64,
    totals: HashMap<(u8, ListFilter), i64>,
    trending: Option<(DateTime<Utc>, Vec<ContentId>)>,
}

/// Which titles a list has.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ListFilter {
    pub(super) content_type: Option<String>,
    pub(super) genre: Option<String>,
}

impl Remembered {
    /// The length of a list, if it was counted in this edition.
    pub(super) fn total(&self, edition: Edition, filter: &ListFilter) -> Option<i64> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (state.revision == edition.revision)
            .then(|| {
                state
                    .totals
                    .get(&(edition.maturity, filter.clone()))
                    .copied()
            })
            .flatten()
    }

    /// Remembers the length of a list until the catalogue changes.
    pub(super) fn keep_total(&self, edition: Edition, filter: ListFilter, total: i64) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.revision > edition.revision {
            return; // A slow count of an earlier catalogue.
        }
        if state.revision < edition.revision || state.totals.len() >= TOTALS_MOST {
            state.totals.clear();
            state.revision = edition.revision;
        }
        state.totals.insert((edition.maturity, filter), total);
    }

    /// What is watched most, unless it was asked too long ago.
    pub(super) fn trending(&self, now: DateTime<Utc>) -> Option<Vec<ContentId>> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (asked_at, titles) = state.trending.as_ref()?;
        (now - asked_at < TRENDING_KEPT).then(|| titles.clone())
    }

    pub(super) fn keep_trending(&self, now: DateTime<Utc>, titles: Vec<ContentId>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.trending = Some((now, titles));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edition(revision: i64, maturity: u8) -> Edition {
        Edition { revision, maturity }
    }

    fn all() -> ListFilter {
        ListFilter {
            content_type: None,
            genre: None,
        }
    }

    #[test]
    fn a_total_is_known_for_its_edition_only() {
        let remembered = Remembered::default();
        remembered.keep_total(edition(7, 12), all(), 40);
        assert_eq!(remembered.total(edition(7, 12), &all()), Some(40));
        assert_eq!(remembered.total(edition(7, 18), &all()), None);
        assert_eq!(remembered.total(edition(8, 12), &all()), None);
        remembered.keep_total(edition(8, 12), all(), 41);
        remembered.keep_total(edition(7, 12), all(), 40);
        assert_eq!(remembered.total(edition(8, 12), &all()), Some(41));
    }

    #[test]
    fn made_up_genres_do_not_fill_the_memory() {
        let remembered = Remembered::default();
        for number in 0..3 * TOTALS_MOST {
            let filter = ListFilter {
                content_type: None,
                genre: Some(number.to_string()),
            };
            remembered.keep_total(edition(1, 18), filter, 0);
        }
        let state = remembered.0.lock().unwrap();
        assert!(state.totals.len() <= TOTALS_MOST);
    }
}
