//! Killing parts at random until every job has ended.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use crate::{
    dice::Dice,
    world::{Part, World},
};

/// How often the jobs are looked at.
const LOOK: Duration = Duration::from_millis(150);
/// A film of seconds takes less, however often it is disturbed.
const LONGEST_ROUND: Duration = Duration::from_secs(300);

/// Who kills, and what was killed.
pub(crate) struct Chaos {
    /// Without dice, nothing is killed.
    dice: Option<Dice>,
    pauses: (Duration, Duration),
    kills: BTreeMap<Part, u32>,
}

impl Chaos {
    /// Nothing is killed.
    pub(crate) fn none() -> Self {
        Self {
            dice: None,
            pauses: (Duration::MAX, Duration::MAX),
            kills: BTreeMap::new(),
        }
    }

    pub(crate) fn new(dice: Dice, pauses: (Duration, Duration)) -> Self {
        Self {
            dice: Some(dice),
            pauses,
            kills: BTreeMap::new(),
        }
    }

    pub(crate) fn total(&self) -> u32 {
        self.kills.values().sum()
    }

    pub(crate) const fn kills(&self) -> &BTreeMap<Part, u32> {
        &self.kills
    }

    /// Kills and starts again, pause by pause, until every job has ended; after so many kills it lets them end. So a slow machine,
    /// on which nothing gets done between two kills, gets through as well.
    pub(crate) async fn rage(&mut self, world: &mut World, most: u32) -> Result<()> {
        let begun = Instant::now();
        let enough = self.total() + most;
        let mut next = self.pause();
        loop {
            let pause = next.min(LOOK);
            tokio::time::sleep(pause).await;
            next -= pause;
            // PostgreSQL may just be starting: then nobody knows, and we look again.
            if world.have_all_jobs_ended().await.unwrap_or(false) {
                return Ok(());
            }
            if next.is_zero() {
                next = self.pause();
                if self.total() < enough {
                    self.kill_one(world).await?;
                }
            }
            if begun.elapsed() > LONGEST_ROUND {
                let standing = world.describe_jobs().await?;
                bail!(
                    "the jobs have not ended after {} s: {standing}",
                    LONGEST_ROUND.as_secs()
                );
            }
        }
    }

    fn pause(&mut self) -> Duration {
        let pauses = self.pauses;
        self.dice
            .as_mut()
            .map_or(Duration::MAX, |dice| dice.between(pauses))
    }

    async fn kill_one(&mut self, world: &mut World) -> Result<()> {
        let Some(dice) = &mut self.dice else {
            return Ok(());
        };
        let part = dice.choose(&Part::ALL);
        world.kill(part).await?;
        *self.kills.entry(part).or_default() += 1;
        Ok(())
    }
}
