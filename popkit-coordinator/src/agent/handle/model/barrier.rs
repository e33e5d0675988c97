//! Barriers, as an agent sees them.

use std::collections::BTreeSet;

use popkit_protocol::AgentId;
use popkit_protocol::message::{BarrierStatus, SyncAck, SyncOutcome, SyncRequest};

/// The generation of a barrier, and who has come, in the extensions of its messages.
const GENERATION: &str = "generation";
const ARRIVED: &str = "arrived";
const REMOVED: &str = "removed";

/// A barrier at which this agent must stand.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Barrier {
    /// Its name on the wire: that of one opening.
    pub name: String,
    /// Which opening it is; a coordinator of the originals does not say.
    pub generation: Option<u64>,
    /// Who must stand at it.
    pub members: Vec<AgentId>,
    /// What to do first.
    pub instruction: String,
}

/// How a barrier ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BarrierEnd {
    /// Its name.
    pub name: String,
    /// Which opening it was.
    pub generation: Option<u64>,
    /// Whether all that were waited for had arrived.
    pub released: bool,
    /// Who had arrived, where the coordinator says so.
    pub arrived: BTreeSet<AgentId>,
    /// Who was not waited for any more.
    pub removed: BTreeSet<AgentId>,
}

impl Barrier {
    pub(in crate::agent::handle) fn of(request: &SyncRequest) -> Self {
        Self {
            name: request.barrier_id.clone(),
            generation: request.extra.extension(GENERATION),
            members: request.agents_required.clone(),
            instruction: request.instruction.clone(),
        }
    }

    /// The one that ended so.
    pub(in crate::agent::handle) fn ended(end: &BarrierEnd) -> Self {
        let (name, generation) = (end.name.clone(), end.generation);
        Self { name, generation, members: Vec::new(), instruction: String::new() }
    }

    /// The answer to it.
    pub(in crate::agent::handle) fn ack(&self) -> SyncAck {
        let mut ack = SyncAck::new(self.name.as_str());
        if let Some(generation) = self.generation {
            // A number always has a JSON form.
            let extra = ack.extra.clone().with_extension(GENERATION, &generation);
            ack.extra = extra.unwrap_or_default();
        }
        ack
    }

    /// Whether it is called so: by its name on the wire, or by the one it was asked for with,
    /// to which the coordinator adds `-` and 6 hex digits.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        let asked_for = self.name.rsplit_once('-').filter(|(_, digits)| {
            digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        });
        self.name == name || asked_for.is_some_and(|(word, _)| word == name)
    }
}

impl BarrierEnd {
    pub(in crate::agent::handle) fn of(outcome: &SyncOutcome) -> Self {
        Self {
            name: outcome.barrier_id.clone(),
            generation: outcome.extra.extension(GENERATION),
            released: outcome.status == BarrierStatus::Complete,
            arrived: outcome.extra.extension(ARRIVED).unwrap_or_default(),
            removed: outcome.extra.extension(REMOVED).unwrap_or_default(),
        }
    }

    /// Whether it is the end of this barrier.
    #[must_use]
    pub fn is_of(&self, barrier: &Barrier) -> bool {
        let is_other = |(mine, its): (u64, u64)| mine != its;
        self.name == barrier.name && !self.generation.zip(barrier.generation).is_some_and(is_other)
    }
}

#[cfg(test)]
mod tests {
    use popkit_protocol::Object;

    use super::*;

    fn barrier(name: &str) -> Barrier {
        let mut request = SyncRequest::new(name, [], "wait");
        request.extra = Object::default().with_extension(GENERATION, &7).unwrap();
        Barrier::of(&request)
    }

    #[test]
    fn an_answer_names_the_opening() {
        let ack = barrier("phase-0").ack();
        assert_eq!(
            (ack.barrier_id.as_str(), ack.extra.extension(GENERATION)),
            ("phase-0", Some(7))
        );
        let bare = Barrier::of(&SyncRequest::new("phase-0", [], "wait")).ack();
        assert!(bare.extra.is_empty());
    }

    #[test]
    fn a_barrier_is_known_by_the_name_it_was_asked_for_with() {
        for (wire, name, is_it) in [
            ("merge-01ab9f", "merge", true),
            ("merge-01ab9f", "merge-01ab9f", true),
            ("merge-01ab9", "merge", false),
            ("phase-1", "phase", false),
            ("re-merge-01ab9f", "merge", false),
        ] {
            assert_eq!(barrier(wire).is_called(name), is_it, "{wire} {name}");
        }
    }

    #[test]
    fn an_end_is_of_its_own_opening_only() {
        let end = |name: &str, generation: Option<u64>| {
            let mut outcome = SyncOutcome::new(name, BarrierStatus::Expired);
            if let Some(generation) = generation {
                outcome.extra = outcome.extra.with_extension(GENERATION, &generation).unwrap();
            }
            BarrierEnd::of(&outcome)
        };
        let barrier = barrier("phase-0");
        assert!(end("phase-0", Some(7)).is_of(&barrier) && end("phase-0", None).is_of(&barrier));
        assert!(!end("phase-0", Some(8)).is_of(&barrier));
        assert!(!end("phase-1", Some(7)).is_of(&barrier));
    }
}
