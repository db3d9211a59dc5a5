//! How a position travels: as Valkey stores it, and as other screens hear of it.

use serde::{Deserialize, Serialize};

use super::Position;
use crate::ids::{ContentId, ProfileId, SessionId};

/// A position as Valkey's hash and stream hold it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`Position::position`].
    pub p: f64,
    /// [`Position::duration`].
    pub d: f64,
    /// [`Position::client_timestamp`].
    pub t: i64,
    /// [`Position::device`].
    pub v: SessionId,
    /// [`Position::completed`] as 0 or 1.
    pub c: u8,
    /// When the server stored it, ms since 1970.
    pub u: i64,
}

impl Record {
    /// The record of a position stored now.
    pub fn new(position: &Position, now_ms: i64) -> Self {
        Self {
            p: position.position,
            d: position.duration,
            t: position.client_timestamp,
            v: position.device,
            c: u8::from(position.completed),
            u: now_ms,
        }
    }

    /// The position it holds.
    pub fn position(&self) -> Position {
        Position {
            position: self.p,
            duration: self.d,
            client_timestamp: self.t,
            device: self.v,
            completed: self.c != 0,
        }
    }
}

/// A winning write, as published on [`crate::valkey::PROFILE_EVENTS`] and sent to the profile's other screens.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProgressEvent {
    /// Whose position.
    pub profile: ProfileId,
    /// In which title.
    pub content_id: ContentId,
    /// [`Position::position`].
    pub position: f64,
    /// [`Position::duration`].
    pub duration: f64,
    /// [`Position::completed`].
    pub completed: bool,
    /// [`Position::client_timestamp`].
    pub client_timestamp: i64,
    /// [`Position::device`]: a screen ignores its own.
    pub device: SessionId,
    /// The profile's revision counter after this write.
    pub rev: u64,
}
