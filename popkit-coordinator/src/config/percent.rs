//! Shares in per cent.

/// A share in whole per cent, rounded; the range of the keys keeps it far below the limit.
pub(super) fn percent(share: f64) -> u32 {
    // Text, as no conversion of the standard library goes from one to the other without `as`.
    format!("{:.0}", share * 100.0).parse().unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn shares_are_rounded() {
        for (share, expected) in [(0.0, 0), (0.8, 80), (0.995, 100), (1.5, 150), (0.294, 29)] {
            assert_eq!(percent(share), expected, "{share}");
        }
    }
}
