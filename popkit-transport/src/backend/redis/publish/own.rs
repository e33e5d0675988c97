//! What the process's own readers learn of a publish, where they poll.

use crate::backend::redis::position::Place;
use crate::backend::redis::shared::Shared;
use crate::{Receipt, Result};

/// Tells those who poll for what was appended to this log, and has answers asked for soon.
pub(super) fn tell(shared: &Shared, log: &str, answers: &[Result<Receipt>]) {
    if shared.is_native() {
        return;
    }
    let last = answers.iter().rev().find_map(|answer| answer.as_ref().ok());
    let Some(place) = last.and_then(|receipt| Place::of(&receipt.position)) else { return };
    shared.redis.added(log, place.id);
    if is_answered(log) {
        shared.redis.nudge_poll();
    }
}

/// Whether who publishes here usually waits for an answer: into an agent's inbox, and to the
/// coordinator and to people.
fn is_answered(log: &str) -> bool {
    let mut words = log.rsplit(':');
    let last = words.next().unwrap_or_default();
    matches!(last, "coordinator" | "human") || words.next() == Some("agent")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_expected_from_whom_one_speaks_to() {
        for log in ["pop:stream:human", "pop:{team}:stream:coordinator", "pop:stream:agent:a-1"] {
            assert!(is_answered(log), "{log}");
        }
        for log in ["pop:stream:results", "pop:stream:broadcast", "pop:stream:agent"] {
            assert!(!is_answered(log), "{log}");
        }
    }
}
