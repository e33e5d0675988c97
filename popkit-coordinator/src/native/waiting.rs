//! A job that waits for its turn.

use popkit_protocol::message::PhaseStart;
use popkit_protocol::{Object, TaskId, limits};

use super::child::{Job, Order};
use super::prompt::{self, Briefing};
use super::said::Said;
use crate::agent::handle::AgentOptions;

/// A job, and what the agent knew when it was told of it.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) job: Job,
    about: About,
    briefing: Briefing,
}

#[derive(Debug)]
enum About {
    Phase(PhaseStart),
    Task(Object),
}

impl Waiting {
    pub(super) fn phase(start: PhaseStart, briefing: Briefing) -> Self {
        let job = Job::Phase(start.phase.clone(), start.phase_index);
        Self { job, about: About::Phase(start), briefing }
    }

    pub(super) fn task(task: TaskId, body: Object, briefing: Briefing) -> Self {
        Self { job: Job::Task(task), about: About::Task(body), briefing }
    }

    /// It begins, and its command is given what was said until now.
    pub(super) fn begin(self, agent: &AgentOptions, messages: Vec<Said>) -> Order {
        let briefing = Briefing { messages, ..self.briefing };
        let (name, ids) = (agent.agent.as_str(), &*agent.ids);
        let (prompt, input) = match &self.about {
            About::Phase(start) => (
                prompt::of_phase(start, &briefing, ids),
                prompt::input(name, &briefing, Some(start), None),
            ),
            About::Task(body) => (
                prompt::of_task(body, &briefing, ids),
                prompt::input(name, &briefing, None, Some(body)),
            ),
        };
        let objective = briefing.objective.map(|one| one.description).unwrap_or_default();
        let objective = limits::cut(&objective, limits::NOTE_BYTES).to_owned();
        Order { job: self.job, prompt, input, objective }
    }
}
