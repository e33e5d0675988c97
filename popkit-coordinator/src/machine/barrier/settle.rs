//! How barriers end.

use popkit_protocol::{AgentId, MessageId, Party};

use super::{Barrier, BarrierEnd};
use crate::machine::Machine;
use crate::machine::effect::{About, End, Event, Removal};
use crate::machine::input::Policy;

/// What is to be done about one barrier.
enum Step {
    Wait,
    AskAgain,
    Remove(Removal),
    Release,
    End(BarrierEnd),
    /// A person decides, for this reason.
    Hold(String),
}

impl Machine {
    /// An agent is gone: it is not waited for any more, as the policy of each barrier says.
    pub(in crate::machine) fn shrink_barriers(&mut self, agent: &AgentId, why: Removal) {
        for name in self.barriers.open() {
            let Some(barrier) = self.barriers.all.get(&name) else { continue };
            if !barrier.missing().contains(&agent) {
                continue;
            }
            match barrier.policy {
                Policy::Fail if why == Removal::Lost => {
                    let end = BarrierEnd::Failed(format!("barrier {name} lost {agent}"));
                    self.end_barrier(&name, end);
                }
                Policy::Hold if why == Removal::Lost => {
                    self.hold_barrier(&name, &format!("{agent} is lost"));
                }
                _ => self.remove_from(&name, agent, why),
            }
        }
    }

    fn remove_from(&mut self, name: &str, agent: &AgentId, why: Removal) {
        let Some(barrier) = self.barriers.all.get_mut(name) else { return };
        barrier.removed.insert(agent.clone(), why);
        let (barrier, agent) = (name.to_owned(), agent.clone());
        self.record(Event::BarrierShrunk { barrier, agent, why });
    }

    /// Ends every barrier that can end.
    pub(in crate::machine) fn settle_barriers(&mut self) {
        for name in self.barriers.open() {
            // Two rounds: whoever is late goes, then the barrier is released.
            for _ in 0..2 {
                let Some(barrier) = self.barriers.all.get(&name) else { continue };
                match self.step(barrier, &name) {
                    Step::Wait => break,
                    Step::AskAgain => {
                        self.ask_again();
                        break;
                    }
                    Step::Remove(why) => self.remove_missing(&name, why),
                    Step::Release => self.end_barrier(&name, BarrierEnd::Released),
                    Step::End(end) => self.end_barrier(&name, end),
                    Step::Hold(reason) => self.hold_barrier(&name, &reason),
                }
            }
        }
        self.barriers.forget();
    }

    fn step(&self, barrier: &Barrier, name: &str) -> Step {
        if barrier.end.is_some() {
            return Step::Wait;
        }
        let missing = barrier.missing();
        let steady = self.clock.steady();
        if missing.is_empty() {
            let is_here = |agent: &AgentId| self.roster.is_present(agent);
            if barrier.arrived.is_empty() && !barrier.members.iter().any(is_here) {
                return Step::End(BarrierEnd::Starved);
            }
            let quorum = usize::from(self.settings.barriers.quorum_percent);
            let is_enough = barrier.arrived.len() * 100 >= quorum * barrier.members.len();
            return match (is_enough || barrier.is_enough, &barrier.held) {
                (true, _) => Step::Release,
                (false, Some(_)) => Step::Wait,
                (false, None) => Step::Hold("too few have arrived".to_owned()),
            };
        }
        if barrier.held.is_some() {
            return Step::Wait;
        }
        if steady >= barrier.due {
            return match barrier.policy {
                Policy::Proceed => Step::Remove(Removal::Overdue),
                Policy::Fail => {
                    let reason = format!("barrier {name} waited in vain for {}", names(&missing));
                    Step::End(BarrierEnd::Failed(reason))
                }
                Policy::Hold => Step::Hold(format!("{} did not come", names(&missing))),
            };
        }
        if steady >= barrier.asked.after(self.settings.barriers.resend) {
            return Step::AskAgain;
        }
        Step::Wait
    }

    fn remove_missing(&mut self, name: &str, why: Removal) {
        let missing: Vec<AgentId> = self.barriers.missing(name).into_iter().cloned().collect();
        for agent in missing {
            self.remove_from(name, &agent, why);
        }
    }

    fn hold_barrier(&mut self, name: &str, reason: &str) {
        let question = format!("barrier {name}: {reason}; go on with those who have arrived?");
        let id = self.ask(About::Barrier(name.to_owned()), &question, Party::Coordinator);
        let Some(barrier) = self.barriers.all.get_mut(name).filter(|b| b.end.is_none()) else {
            return;
        };
        // Answered at once where nobody is there to ask.
        let Some(decision) = id.filter(|_| barrier.held.is_none()) else { return };
        barrier.held = Some(decision.clone());
        self.record(Event::BarrierHeld { barrier: name.to_owned(), decision });
    }

    /// A person has decided about a barrier.
    pub(in crate::machine) fn barrier_decided(&mut self, name: &str, goes_on: bool) {
        let Some(barrier) = self.barriers.all.get_mut(name).filter(|b| b.end.is_none()) else {
            return;
        };
        barrier.held = None;
        if goes_on {
            barrier.is_enough = true;
            self.remove_missing(name, Removal::Decided);
        } else {
            let reason = format!("barrier {name} was not to go on without all");
            self.end_barrier(name, BarrierEnd::Failed(reason));
        }
    }

    /// Ends a barrier, once, and tells everybody.
    fn end_barrier(&mut self, name: &str, end: BarrierEnd) {
        let Some(barrier) = self.barriers.all.get_mut(name).filter(|b| b.end.is_none()) else {
            return;
        };
        barrier.end = Some(end.clone());
        barrier.held = None;
        let (generation, arrived) = (barrier.generation, barrier.arrived.clone());
        let outcome = barrier.outcome(name);
        let barrier = name.to_owned();
        self.record(match end {
            BarrierEnd::Released => Event::BarrierReleased { barrier, generation, arrived },
            BarrierEnd::Starved => {
                let reason = "nobody is left".to_owned();
                Event::BarrierFailed { barrier, generation, reason }
            }
            BarrierEnd::Failed(reason) => Event::BarrierFailed { barrier, generation, reason },
        });
        if let Some(outcome) = outcome {
            self.publish(Party::Everyone, outcome);
        }
        self.withdraw(&About::Barrier(name.to_owned()));
    }

    /// The session is over: whoever waits is let go.
    pub(in crate::machine) fn close_barriers(&mut self, end: &End) {
        let reason = match end {
            End::Completed => "the session is complete",
            _ => "the session has ended",
        };
        for name in self.barriers.open() {
            self.end_barrier(&name, BarrierEnd::Failed(reason.to_owned()));
        }
    }

    /// Which question a barrier waits for.
    #[must_use]
    pub fn held_by(&self, barrier: &str) -> Option<&MessageId> {
        self.barriers.all.get(barrier)?.held.as_ref()
    }
}

fn names(agents: &[&AgentId]) -> String {
    let names: Vec<&str> = agents.iter().map(|agent| agent.as_str()).collect();
    names.join(", ")
}
