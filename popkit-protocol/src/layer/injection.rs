//! What can happen to a call.

use std::time::Duration;

/// What a fault layer does to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Injection {
    /// Nothing.
    Pass,
    /// It fails before it is executed: unavailable, surely not applied.
    Fail,
    /// It is refused before it is executed: rate limited, to be tried again no earlier than
    /// this.
    SlowDown(Duration),
    /// It is executed and its answer, good or bad, is lost: timed out, outcome unknown.
    Lose,
    /// It is executed this much later.
    Delay(Duration),
    /// It is executed, and its answer comes this much later.
    DelayReply(Duration),
    /// It is executed twice, one after the other, and answered like the second: what a
    /// network does that delivers at least once. Calls that are not idempotent (a store's
    /// `change`, a guarded `save`) are then answered with a refusal.
    Twice,
}
