//! Numbers that look random and follow from a seed.

/// SplitMix64: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators",
/// OOPSLA 2014, with the constants of Sebastiano Vigna's public-domain `splitmix64.c`.
///
/// For jitter and for tests; not for secrets.
#[derive(Debug, Clone)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// The series of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub const fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The next number as a fraction: at least 0 and less than 1.
    pub fn fraction(&mut self) -> f64 {
        // The upper 53 bits: as many as the mantissa holds.
        (self.draw() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_reference() {
        let mut numbers = SplitMix64::new(1_234_567);
        assert_eq!(numbers.draw(), 6_457_827_717_110_365_317);
        assert_eq!(numbers.draw(), 3_203_168_211_198_807_973);
        assert_eq!(numbers.draw(), 9_817_491_932_198_370_423);
    }

    #[test]
    fn fractions_lie_between_zero_and_one() {
        let mut numbers = SplitMix64::new(0);
        assert!((0..10_000).all(|_| (0.0..1.0).contains(&numbers.fraction())));
    }
}
