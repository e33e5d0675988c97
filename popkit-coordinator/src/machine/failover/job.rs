//! The tasks of a session.

use std::collections::{BTreeMap, BTreeSet};

use popkit_protocol::session::Orphan;
use popkit_protocol::{AgentId, Object, TaskId, TaskState, Timestamp};
use serde::{Deserialize, Serialize};

/// The tasks of the phase that runs and of later ones.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::machine) struct Jobs(pub(super) BTreeMap<TaskId, Job>);

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) phase: u32,
    pub(super) tags: BTreeSet<String>,
    /// What is sent, for work that is no task of a store.
    pub(super) body: Option<Object>,
    /// For whom it was meant.
    pub(super) wanted: Option<AgentId>,
    pub(super) holder: Option<AgentId>,
    /// The last event that counted.
    pub(super) number: u64,
    /// How many agents it has lost.
    pub(super) losses: u32,
    pub(super) orphan: Option<Lost>,
    pub(super) end: Option<TaskState>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Lost {
    pub(super) orphan: Orphan,
    pub(super) since: Timestamp,
    /// A person was asked.
    pub(super) is_asked: bool,
}

impl Jobs {
    /// How each task of a phase ended; `None` for one that is open.
    pub(in crate::machine) fn of_phase(&self, phase: u32) -> Vec<Option<TaskState>> {
        self.0.values().filter(|job| job.phase == phase).map(|job| job.end).collect()
    }

    /// How many are open.
    pub(in crate::machine) fn open(&self) -> usize {
        self.0.values().filter(|job| job.end.is_none()).count()
    }

    pub(in crate::machine) fn orphans(&self) -> impl Iterator<Item = &Orphan> {
        self.0.values().filter_map(|job| job.orphan.as_ref().map(|lost| &lost.orphan))
    }

    pub(in crate::machine) fn holds_any(&self, agent: &AgentId) -> bool {
        self.0.values().any(|job| job.is_held_by(agent))
    }

    pub(in crate::machine) fn held_by(&self, agent: &AgentId) -> Vec<&TaskId> {
        self.0.iter().filter(|(_, job)| job.is_held_by(agent)).map(|(task, _)| task).collect()
    }

    pub(in crate::machine) fn tags_of(&self, agent: &AgentId) -> BTreeSet<String> {
        let held = self.0.values().filter(|job| job.is_held_by(agent));
        held.flat_map(|job| job.tags.iter().cloned()).collect()
    }

    /// A phase is over: what has ended is forgotten, what has not belongs to the next.
    pub(in crate::machine) fn close(&mut self, phase: u32) {
        self.0.retain(|_, job| job.phase > phase || job.end.is_none());
        for job in self.0.values_mut().filter(|job| job.phase <= phase) {
            job.phase = phase.saturating_add(1);
        }
    }
}

impl Job {
    fn is_held_by(&self, agent: &AgentId) -> bool {
        self.end.is_none() && self.holder.as_ref() == Some(agent)
    }
}
