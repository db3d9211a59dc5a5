//! Hot positions laid over stored ones, and what is offered to continue from. Pure.

use std::collections::HashMap;

use edge::date;
use serde::{Deserialize, Serialize};
use shared::{
    ids::{ContentId, SessionId},
    progress::{Position, Record, is_begun, merge},
    title::{ContentType, TitleDescriptor},
};

/// A stored position with what its title looks like, as origin tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stored {
    content_id: ContentId,
    position: f64,
    duration: f64,
    completed: bool,
    client_timestamp: i64,
    device: SessionId,
    #[serde(flatten)]
    title: Option<Summary>,
    #[serde(default)]
    next_episode: Option<Next>,
    #[serde(default)]
    next_episode_id: Option<ContentId>,
}

/// What a card shows of a title.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    title: String,
    content_type: ContentType,
    #[serde(default)]
    series_id: Option<ContentId>,
    #[serde(default)]
    thumbnail_url: Option<String>,
    #[serde(default)]
    hero_image_url: Option<String>,
}

/// The episode after a watched one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Next {
    content_id: ContentId,
    duration: f64,
    #[serde(flatten)]
    title: Summary,
}

impl From<&TitleDescriptor> for Summary {
    fn from(descriptor: &TitleDescriptor) -> Self {
        let picture = |name: &str| {
            descriptor
                .version
                .map(|version| format!("/artwork/{}/{version}/{name}.jpg", descriptor.content_id))
        };
        Self {
            title: descriptor.title.clone(),
            content_type: descriptor.content_type,
            series_id: None,
            thumbnail_url: picture("thumb"),
            hero_image_url: picture("hero"),
        }
    }
}

/// Something to offer; `title` is absent where only its id is known yet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Offer {
    pub(crate) content: ContentId,
    pub(crate) title: Option<Summary>,
    pub(crate) position: f64,
    /// Seconds; 0 where it isn't known yet.
    pub(crate) duration: f64,
    at_ms: i64,
}

/// One card of "continue watching".
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Card {
    id: ContentId,
    #[serde(flatten)]
    title: Summary,
    duration: f64,
    position: f64,
    progress_pct: u8,
    remaining_minutes: u64,
    updated_at: String,
}

impl Offer {
    /// The card, once its title is known.
    pub(crate) fn into_card(self) -> Option<Card> {
        let share = if self.duration > 0.0 {
            self.position / self.duration
        } else {
            0.0
        };
        Some(Card {
            id: self.content,
            title: self.title?,
            duration: self.duration,
            position: self.position,
            progress_pct: (share * 100.0).round().clamp(0.0, 100.0) as u8,
            remaining_minutes: ((self.duration - self.position) / 60.0).round().max(0.0) as u64,
            updated_at: date::rfc3339(u64::try_from(self.at_ms).unwrap_or(0)),
        })
    }
}

struct Merged {
    position: Position,
    title: Option<Summary>,
    next: Option<Next>,
    next_id: Option<ContentId>,
}

/// What to offer, newest first: titles begun but not finished, and the next episode of each that is.
pub(crate) fn offers(stored: Vec<Stored>, hot: &[(ContentId, Record)]) -> Vec<Offer> {
    let merged = lay_over(stored, hot);
    let mut offers: Vec<Offer> = merged
        .iter()
        .filter_map(|(content, entry)| offer(*content, entry, &merged))
        .collect();
    // Two watched episodes never offer the same next one twice.
    offers.sort_by_key(|offer| (std::cmp::Reverse(offer.at_ms), offer.content));
    let mut seen = Vec::new();
    offers.retain(|offer| {
        !seen.contains(&offer.content) && {
            seen.push(offer.content);
            true
        }
    });
    offers
}

fn lay_over(stored: Vec<Stored>, hot: &[(ContentId, Record)]) -> HashMap<ContentId, Merged> {
    let mut merged: HashMap<ContentId, Merged> = stored
        .into_iter()
        .map(|row| {
            let position = Position {
                position: row.position,
                duration: row.duration,
                client_timestamp: row.client_timestamp,
                device: row.device,
                completed: row.completed,
            };
            (
                row.content_id,
                Merged {
                    position,
                    title: row.title,
                    next: row.next_episode,
                    next_id: row.next_episode_id,
                },
            )
        })
        .collect();
    for (content, record) in hot {
        let newer = record.position();
        let entry = merged.entry(*content).or_insert(Merged {
            position: newer,
            title: None,
            next: None,
            next_id: None,
        });
        entry.position = *merge(&entry.position, &newer);
    }
    merged
}

fn offer(content: ContentId, entry: &Merged, all: &HashMap<ContentId, Merged>) -> Option<Offer> {
    let at_ms = entry.position.client_timestamp;
    if !entry.position.completed {
        let begun = is_begun(entry.position.position, entry.position.duration);
        return begun.then(|| Offer {
            content,
            title: entry.title.clone(),
            position: entry.position.position,
            duration: entry.position.duration,
            at_ms,
        });
    }
    let next = entry
        .next
        .as_ref()
        .map(|next| next.content_id)
        .or(entry.next_id)?;
    if all.contains_key(&next) {
        return None;
    }
    let known = entry.next.as_ref();
    Some(Offer {
        content: next,
        title: known.map(|next| next.title.clone()),
        position: 0.0,
        duration: known.map_or(0.0, |next| next.duration),
        at_ms,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DEVICE: &str = "0190a2b4-0000-7000-8000-0000000000ff";

    fn id(n: u32) -> String {
        format!("0190a2b4-0000-7000-8000-{n:012}")
    }

    fn stored(n: u32, position: f64, completed: bool, at: i64) -> serde_json::Value {
        json!({"contentId": id(n), "position": position, "duration": 1000, "completed": completed, "clientTimestamp": at,
            "device": DEVICE, "updatedAt": "2026-01-01T00:00:00Z", "title": format!("T{n}"), "contentType": "movie",
            "thumbnailUrl": null, "heroImageUrl": null})
    }

    fn hot(n: u32, position: f64, completed: bool, at: i64) -> (ContentId, Record) {
        let record = Record {
            p: position,
            d: 1000.0,
            t: at,
            v: DEVICE.parse().unwrap(),
            c: completed.into(),
            u: at,
        };
        (id(n).parse().unwrap(), record)
    }

    fn ids(stored: &[serde_json::Value], hot: &[(ContentId, Record)]) -> Vec<(String, f64)> {
        let stored = serde_json::from_value(stored.into()).unwrap();
        offers(stored, hot)
            .into_iter()
            .map(|offer| (offer.content.to_string(), offer.position))
            .collect()
    }

    #[test]
    fn begun_titles_are_offered_newest_first_and_only_past_the_first_minute() {
        let stored = [
            stored(1, 100.0, false, 10),
            stored(2, 200.0, false, 20),
            stored(3, 60.0, false, 30),
            stored(4, 950.0, true, 40),
        ];
        assert_eq!(ids(&stored, &[]), [(id(2), 200.0), (id(1), 100.0)]);
    }

    #[test]
    fn the_newer_of_a_hot_and_a_stored_position_counts() {
        let stored = [stored(1, 100.0, false, 10), stored(2, 200.0, false, 20)];
        assert_eq!(
            ids(&stored, &[hot(1, 300.0, false, 30), hot(2, 70.0, false, 5)]),
            [(id(1), 300.0), (id(2), 200.0)]
        );
        assert_eq!(ids(&stored, &[hot(1, 990.0, true, 30)]), [(id(2), 200.0)]);
        assert_eq!(ids(&[], &[hot(9, 300.0, false, 30)]), [(id(9), 300.0)]);
    }

    #[test]
    fn a_watched_episode_offers_the_next_one_once() {
        let with_next = |n: u32, at| {
            let mut row = stored(n, 990.0, true, at);
            row["nextEpisodeId"] = json!(id(7));
            row
        };
        assert_eq!(
            ids(&[with_next(1, 10), with_next(2, 20)], &[]),
            [(id(7), 0.0)]
        );
        assert_eq!(
            ids(&[with_next(1, 10), stored(7, 990.0, true, 20)], &[]),
            []
        );
        assert_eq!(
            ids(&[with_next(1, 10)], &[hot(7, 400.0, false, 20)]),
            [(id(7), 400.0)]
        );
    }

    #[test]
    fn a_card_says_how_far_and_how_long_still() {
        let stored = serde_json::from_value(json!([stored(1, 250.0, false, 0)])).unwrap();
        let card = offers(stored, &[]).remove(0).into_card().unwrap();
        let json = serde_json::to_value(&card).unwrap();
        assert_eq!(
            (&json["progressPct"], &json["remainingMinutes"]),
            (&json!(25), &json!(13))
        );
        assert_eq!(
            (&json["title"], &json["updatedAt"]),
            (&json!("T1"), &json!("1970-01-01T00:00:00.000Z"))
        );
    }
}
