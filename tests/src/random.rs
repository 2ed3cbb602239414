//! Random numbers that a seed repeats: SplitMix64. For harnesses, never for secrets.

#![expect(clippy::expect_used, reason = "a harness fails by panicking")]

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// A sequence of numbers that looks random and is the same for the same seed.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// From this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A seed that nobody has chosen: print it where a failure shows it.
    #[must_use]
    pub fn fresh_seed() -> u64 {
        RandomState::new().build_hasher().finish()
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, not including, `end`; 0 for an empty range.
    pub const fn below(&mut self, end: u64) -> u64 {
        match self.next().checked_rem(end) {
            Some(number) => number,
            None => 0,
        }
    }

    /// One of several things.
    ///
    /// # Panics
    /// When there are none.
    pub fn of<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        let count = u64::try_from(things.len()).expect("few things");
        let chosen = usize::try_from(self.below(count)).expect("a position");
        things.get(chosen).expect("something to choose from")
    }

    /// True in this many of a hundred cases.
    pub const fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    /// A whole number of milliseconds between the two, both included.
    pub const fn millis(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below(to.saturating_sub(from) + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_published_sequence() {
        let mut random = Random::new(1_234_567);
        let numbers: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(
            numbers,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }
}
