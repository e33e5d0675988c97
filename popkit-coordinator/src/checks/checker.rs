//! Who answers the machine's checks.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::machine::{Check, Verdict};

/// Answers the checks that the machine asks for.
///
/// The same check may be asked twice, also while the first is still being answered (the leader
/// changed, or somebody mended something), so looking must change nothing that matters.
#[async_trait]
pub trait Checker: Debug + Send + Sync + 'static {
    /// Finds out whether it is as it should be. What cannot be found out, for whatever reason,
    /// is [`Verdict::Unknown`]: a person decides then.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the check and everything that was started for it.
    async fn check(&self, check: &Check) -> Verdict;
}
