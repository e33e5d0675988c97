//! What people and programs see meanwhile.

use std::collections::BTreeSet;

use popkit_coordinator::machine::{About, Event, PhaseEnd, Removal};
use popkit_protocol::Objective;
use serde::Serialize;

use crate::command::power::status::end_text;
use crate::error::CliError;
use crate::output::{self, VERSION, short};

/// Tells events, each once.
#[derive(Debug)]
pub(super) struct Teller {
    is_json: bool,
    /// Whether every step is told, and not only the large ones.
    tells_all: bool,
    phases: Vec<String>,
    criteria: Vec<String>,
    /// The number of the last one that was told.
    last: u64,
}

/// The JSON form, version 1.
#[derive(Serialize)]
struct EventView<'a> {
    v: u8,
    r#type: &'static str,
    number: u64,
    event: &'a Event,
}

impl Teller {
    /// Of a session with this objective.
    pub(super) fn new(is_json: bool, tells_all: bool, objective: Option<&Objective>) -> Self {
        let phases = objective.map(|objective| objective.phases.clone()).unwrap_or_default();
        let criteria = objective.map(|objective| objective.success_criteria.clone());
        Self { is_json, tells_all, phases, criteria: criteria.unwrap_or_default(), last: 0 }
    }

    /// Tells an event: as JSON on standard output, else in words on standard error.
    pub(super) fn tell(&mut self, number: u64, event: &Event) -> Result<(), CliError> {
        // A new leader tells once more what was not confirmed.
        if number <= self.last {
            return Ok(());
        }
        self.last = number;
        if self.is_json {
            return output::json(&EventView { v: VERSION, r#type: "event", number, event });
        }
        if (self.tells_all || is_large(event))
            && let Some(text) = self.words(event)
        {
            output::note(text);
        }
        Ok(())
    }

    fn phase(&self, at: u32) -> String {
        let name = usize::try_from(at).ok().and_then(|at| self.phases.get(at));
        name.map_or_else(
            || format!("phase {}", u64::from(at) + 1),
            |name| format!("phase {}", short(name, 64)),
        )
    }

    fn words(&self, event: &Event) -> Option<String> {
        Some(match event {
            Event::Led { epoch } => format!("this coordinator leads (epoch {epoch})"),
            Event::AgentJoined { agent } => format!("{agent} joined"),
            Event::AgentReplaced { agent } => format!("{agent} was started anew"),
            Event::AgentTwin { agent } => format!("an earlier {agent} still speaks, unheard"),
            Event::AgentRefused { agent } => format!("{agent} was refused: there is no place"),
            Event::AgentSuspect { agent } => format!("{agent} is silent"),
            Event::AgentLost { agent } => format!("{agent} is lost"),
            Event::AgentBack { agent } => format!("{agent} is back"),
            Event::AgentLeft { agent } => format!("{agent} left"),
            Event::PhaseBegan { phase } => {
                let (at, of) = (u64::from(*phase) + 1, self.phases.len());
                format!("{} began ({at} of {of})", self.phase(*phase))
            }
            Event::PhaseEnded { phase, how } => {
                let how = match how {
                    PhaseEnd::Done => "is done",
                    PhaseEnd::Skipped => "was skipped",
                    _ => "ended incomplete",
                };
                format!("{} {how}", self.phase(*phase))
            }
            Event::PartDone { phase, agent } => {
                format!("{agent} is done with {}", self.phase(*phase))
            }
            Event::PartFailed { phase, agent, reason } => {
                format!("{agent} failed at {}: {}", self.phase(*phase), short(reason, 200))
            }
            Event::PartDropped { phase, agent, why } => {
                format!("{} does not wait for {agent}: it {}", self.phase(*phase), gone(*why))
            }
            Event::Asked { decision, about } => format!(
                "a question waits for a person: {}; `popkit approve {decision}` or `popkit deny \
                 {decision}` in another terminal",
                self.about(about)
            ),
            Event::Answered { decision, approved, by } => {
                let answer = if *approved { "yes" } else { "no" };
                format!("question {decision}: {answer}, by {}", short(by, 80))
            }
            Event::Unanswered { decision } => {
                format!("question {decision}: nobody answered, so no")
            }
            Event::Withdrawn { decision } => {
                format!("question {decision} needs no answer any more")
            }
            Event::TaskOrphaned { task, agent } => format!("task {task} lost its agent {agent}"),
            Event::TaskReassigned { task, agent } => format!("task {task} was given to {agent}"),
            Event::TaskGivenUp { task, reason } => {
                format!("task {task} is given up: {}", short(reason, 200))
            }
            Event::Violation { text, .. } => format!("a limit was broken: {}", short(text, 200)),
            Event::Ended { end } => {
                format!("the session is over: {}", end_text(&serde_json::to_value(end).ok()?))
            }
            event => return barrier(event),
        })
    }

    fn about(&self, about: &About) -> String {
        match about {
            About::Agent(agent) => format!("of {agent}, see `popkit pending`"),
            About::Budget(agent) => format!("{agent} has used up what it may use"),
            About::Barrier(name) => {
                format!("barrier {} without those who are missing", short(name, 64))
            }
            About::Phase(phase) => format!("{} as it is", self.phase(*phase)),
            About::Documentation => "the documentation as it is".to_owned(),
            About::Criterion(at) => {
                let text = usize::try_from(*at).ok().and_then(|at| self.criteria.get(at));
                let text = text.map(|text| format!(" ({})", short(text, 120))).unwrap_or_default();
                let number = u64::from(*at) + 1;
                format!("criterion {number}{text} is not known to be met: accept it all the same?")
            }
            About::Runtime => "the time is up; may it run on?".to_owned(),
            About::Cost => "the cost limit is reached; may it cost more?".to_owned(),
            About::Orphan(task) => format!("nobody takes task {task}; is it cancelled?"),
            _ => "see `popkit pending`".to_owned(),
        }
    }
}

fn barrier(event: &Event) -> Option<String> {
    let name = |name: &str| format!("barrier {}", short(name, 80));
    let all = |agents: &BTreeSet<_>| {
        let names: Vec<String> = agents.iter().map(ToString::to_string).collect();
        short(&names.join(", "), 200)
    };
    Some(match event {
        Event::BarrierOpened { barrier, members, .. } => {
            format!("{} waits for {}", name(barrier), all(members))
        }
        Event::BarrierReached { barrier, agent } => format!("{agent} is at {}", name(barrier)),
        Event::BarrierShrunk { barrier, agent, why } => {
            format!("{} goes on without {agent}: it {}", name(barrier), gone(*why))
        }
        Event::BarrierHeld { barrier, .. } => format!("{} waits for a person", name(barrier)),
        Event::BarrierReleased { barrier, arrived, .. } => {
            format!("{} is released: {}", name(barrier), all(arrived))
        }
        Event::BarrierFailed { barrier, reason, .. } => {
            format!("{} failed: {}", name(barrier), short(reason, 200))
        }
        _ => return None,
    })
}

fn gone(why: Removal) -> &'static str {
    match why {
        Removal::Lost => "is lost",
        Removal::Left => "left",
        Removal::Overdue => "took too long",
        _ => "was taken out by a person",
    }
}

fn is_large(event: &Event) -> bool {
    !matches!(
        event,
        Event::BarrierReached { .. }
            | Event::PartDone { .. }
            | Event::AgentSuspect { .. }
            | Event::AgentTwin { .. }
            | Event::Withdrawn { .. }
            | Event::TaskReassigned { .. }
            | Event::Ended { .. }
    )
}

#[cfg(test)]
mod tests {
    use popkit_protocol::{AgentId, SequentialIds, Timestamp};

    use super::*;

    #[test]
    fn events_have_words() {
        let objective = Objective::new(&SequentialIds::default(), Timestamp::EPOCH, "x")
            .with_phases(["explore"])
            .with_success_criteria(["it builds"]);
        let teller = Teller::new(false, true, Some(&objective));
        let agent = AgentId::new("ann").unwrap();
        let words = |event: Event| teller.words(&event).unwrap();
        assert_eq!(words(Event::PhaseBegan { phase: 0 }), "phase explore began (1 of 1)");
        assert_eq!(
            words(Event::PartDone { phase: 7, agent: agent.clone() }),
            "ann is done with phase 8"
        );
        assert_eq!(
            teller.about(&About::Criterion(0)),
            "criterion 1 (it builds) is not known to be met: accept it all the same?"
        );
        let shrunk =
            Event::BarrierShrunk { barrier: "phase-1".to_owned(), agent, why: Removal::Lost };
        assert_eq!(words(shrunk), "barrier phase-1 goes on without ann: it is lost");
    }
}
