//! Random choices that a seed repeats (SplitMix64).

use std::time::Duration;

/// The dice.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of these.
    pub(crate) fn choose<T: Copy>(&mut self, of: &[T]) -> T {
        of[(self.roll() % of.len() as u64) as usize]
    }

    /// A time in between.
    pub(crate) fn between(&mut self, (least, most): (Duration, Duration)) -> Duration {
        let share = (self.roll() >> 11) as f64 / (1_u64 << 53) as f64;
        least + most.saturating_sub(least).mul_f64(share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_choices() {
        let pauses = (Duration::from_millis(100), Duration::from_millis(200));
        let play = |seed| {
            let mut dice = Dice::new(seed);
            (0..50)
                .map(|_| (dice.choose(&[1, 2, 3]), dice.between(pauses)))
                .collect::<Vec<_>>()
        };
        assert_eq!(play(1), play(1));
        assert_ne!(play(1), play(2));
        assert!(
            play(3)
                .iter()
                .all(|(_, pause)| (pauses.0..=pauses.1).contains(pause))
        );
    }
}
