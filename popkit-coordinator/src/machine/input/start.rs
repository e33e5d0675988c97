//! With what a session begins.

use std::collections::BTreeSet;

use popkit_protocol::{Objective, Pattern, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Assignment, Settings};

/// Phases of one objective.
const PHASES: usize = 32;
/// Criteria and boundaries of one objective.
const ENTRIES: usize = 64;
/// Bytes of a description.
const DESCRIPTION: usize = 64 * 1024;
/// Bytes of the name of a phase.
const NAME: usize = 64;
/// The phase of an objective that has none.
const ONLY_PHASE: &str = "work";

/// All that a session begins with. The first entry of its log, so to say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// What is to be reached. One without phases gets one phase, `work`. A phase that is
    /// set as the current one is gone on with.
    pub objective: Objective,
    /// How it is run.
    pub settings: Settings,
    /// Where the ids of messages and questions begin: 48 bits, drawn anew for each session.
    /// Two sessions with one seed give their messages the same ids.
    pub seed: u64,
    /// What earlier sessions have learned, where that is to count.
    pub patterns: Vec<Pattern>,
    /// Work that is there from the beginning: sent as messages, each when its phase begins, the
    /// extension `phase` of its body. A phase that has work ends with the last of it.
    #[serde(default)]
    pub work: Vec<Assignment>,
    /// The clock.
    pub at: Timestamp,
}

/// Why a session cannot begin. Nothing has happened then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The objective says nothing, or too much.
    #[error("the objective has a description of {0} bytes; write 1 to 65536")]
    Description(usize),
    /// Too many of something.
    #[error("the objective has {found} {what}; at most {most} are allowed")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// The name of a phase is no name.
    #[error("the phase {0:?} needs a name of 1 to 64 bytes without control characters")]
    Phase(String),
    /// Two phases have one name.
    #[error("the phase {0:?} is given twice; give each phase a name of its own")]
    PhaseTwice(String),
    /// The current phase is beyond the last one.
    #[error("the objective stands at phase {0}, which it does not have; set current_phase to 0")]
    CurrentPhase(u32),
    /// A setting that cannot work.
    #[error("the setting {name} is {found}; {mend}")]
    Setting {
        /// Which.
        name: &'static str,
        /// What it is.
        found: String,
        /// What it should be.
        mend: &'static str,
    },
}

impl Start {
    /// A session with the default settings.
    #[must_use]
    pub fn new(objective: Objective, seed: u64, at: Timestamp) -> Self {
        let settings = Settings::default();
        Self { objective, settings, seed, patterns: Vec::new(), work: Vec::new(), at }
    }

    /// With other settings.
    #[must_use]
    pub fn with_settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// With what earlier sessions have learned.
    #[must_use]
    pub fn with_patterns(mut self, patterns: impl IntoIterator<Item = Pattern>) -> Self {
        self.patterns = patterns.into_iter().collect();
        self
    }

    /// With this work.
    #[must_use]
    pub fn with_work(mut self, work: impl IntoIterator<Item = Assignment>) -> Self {
        self.work = work.into_iter().collect();
        self
    }

    /// Checked and completed.
    pub(in crate::machine) fn checked(mut self) -> Result<Self, StartError> {
        let objective = &mut self.objective;
        if objective.phases.is_empty() {
            objective.phases.push(ONLY_PHASE.to_owned());
        }
        let length = objective.description.len();
        if !(1..=DESCRIPTION).contains(&length) {
            return Err(StartError::Description(length));
        }
        for (what, found, most) in [
            ("phases", objective.phases.len(), PHASES),
            ("success criteria", objective.success_criteria.len(), ENTRIES),
            ("boundaries", objective.boundaries.len(), ENTRIES),
        ] {
            if found > most {
                return Err(StartError::TooMany { what, found, most });
            }
        }
        let mut names = BTreeSet::new();
        for name in &objective.phases {
            let is_name = (1..=NAME).contains(&name.len()) && !name.contains(char::is_control);
            if !is_name {
                return Err(StartError::Phase(name.clone()));
            }
            if !names.insert(name) {
                return Err(StartError::PhaseTwice(name.clone()));
            }
        }
        if objective.phase().is_none() {
            return Err(StartError::CurrentPhase(objective.current_phase));
        }
        self.settings.checked()?;
        Ok(self)
    }
}

impl Settings {
    fn checked(&self) -> Result<(), StartError> {
        let refuse = |name, found: String, mend| Err(StartError::Setting { name, found, mend });
        if self.agents.misses < 2 {
            let mend = "an agent is suspect before it is lost: set 2 or more";
            return refuse("agents.misses", self.agents.misses.to_string(), mend);
        }
        if self.agents.most == 0 || self.agents.wanted > self.agents.most {
            let found = format!("{} of {}", self.agents.wanted, self.agents.most);
            return refuse("agents.wanted", found, "it must be at most agents.most, and that 1");
        }
        for (name, span) in [
            ("agents.period", self.agents.period),
            ("barriers.timeout", self.barriers.timeout),
            ("barriers.resend", self.barriers.resend),
            ("limits.runtime", self.limits.runtime),
            ("escalations.ttl", self.escalations.ttl),
            ("documentation.timeout", self.documentation.timeout),
            ("streams.idle", self.streams.idle),
        ] {
            if span.as_secs() == 0 {
                let found = popkit_protocol::duration::format(span);
                return refuse(name, found, "set a second or more");
            }
        }
        if self.barriers.quorum_percent > 100 {
            let found = self.barriers.quorum_percent.to_string();
            return refuse("barriers.quorum_percent", found, "set 0 to 100");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use popkit_protocol::RandomIds;

    use super::*;

    fn start(phases: &[&str]) -> Start {
        let objective = Objective::new(&RandomIds, Timestamp::EPOCH, "tidy up");
        Start::new(objective.with_phases(phases.iter().copied()), 1, Timestamp::EPOCH)
    }

    #[test]
    fn an_objective_without_phases_has_one() {
        assert_eq!(start(&[]).checked().unwrap().objective.phases, ["work"]);
        assert_eq!(start(&["a", "b"]).checked().unwrap().objective.phases, ["a", "b"]);
    }

    #[test]
    fn what_cannot_work_is_refused_with_its_mend() {
        for phases in [vec![""], vec!["a\n"]] {
            assert!(matches!(start(&phases).checked(), Err(StartError::Phase(_))), "{phases:?}");
        }
        let error = start(&["a", "b", "a"]).checked().unwrap_err();
        assert_eq!(error, StartError::PhaseTwice("a".to_owned()));
        let mut beyond = start(&["a"]);
        beyond.objective.current_phase = 1;
        assert_eq!(beyond.checked().unwrap_err(), StartError::CurrentPhase(1));
        let mut empty = start(&["a"]);
        empty.objective.description.clear();
        assert_eq!(empty.checked().unwrap_err(), StartError::Description(0));
        let mut hasty = start(&["a"]);
        hasty.settings.agents.misses = 1;
        let error = hasty.checked().unwrap_err().to_string();
        assert!(error.contains("agents.misses is 1; an agent is suspect before"), "{error}");
    }
}
