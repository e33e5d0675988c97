//! The heartbeats of the run's own agents, told within the process: they need no transport.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::machine::{Heard, Input};
use popkit_coordinator::runtime::Coordinator;
use popkit_protocol::session::AgentIdentity;
use popkit_protocol::{
    AgentId, AgentState, Clock as _, Envelope, Message, Party, RandomIds, SystemClock, Task,
    Timestamp,
};
use popkit_store::{PageRequest, TaskQuery, TaskStore};
use tokio::time::{MissedTickBehavior, interval};

use crate::command::run::tell::{HELD, named};

/// Who beats.
#[derive(Debug, Clone)]
pub(super) struct Team {
    pub(super) agents: Vec<AgentId>,
    pub(super) since: Timestamp,
    /// Names this run.
    pub(super) run: String,
    pub(super) every: Duration,
    /// Where what they hold is looked up; nowhere where looking is billed.
    pub(super) tasks: Option<Arc<dyn TaskStore>>,
}

/// Beats for as long as it is polled.
pub(super) async fn beat(coordinator: &Coordinator, team: &Team) {
    let mut ticks = interval(team.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let held = held(team).await;
        let mut inputs = Vec::with_capacity(team.agents.len());
        for agent in &team.agents {
            let now = SystemClock.now();
            let identity = AgentIdentity::new(agent.clone(), agent.as_str(), &team.run, team.since);
            let mut state = AgentState::new(identity, now);
            if let Some(task) = held.get(agent) {
                let progress = task.progress.as_ref().map_or(0.0, |progress| progress.fraction);
                state = state.with_progress(progress).with_current_task(named(task));
            }
            let (from, message) = (Party::Agent(agent.clone()), Message::Heartbeat(state));
            let envelope = Envelope::new(&RandomIds, now, from, Party::Coordinator, message);
            inputs.push(Input::Message(Box::new(Heard { envelope, origin: None })));
        }
        // One that leads no more has lost nothing: the next heartbeat comes soon.
        coordinator.tell_all(inputs).await;
    }
}

/// A task that each agent holds.
async fn held(team: &Team) -> HashMap<AgentId, Task> {
    let Some(tasks) = &team.tasks else { return HashMap::new() };
    let query = TaskQuery::all().in_states(HELD).page(PageRequest::first(1000));
    // The workers tell of a store that does not answer.
    let Ok(found) = tasks.query(query).await else { return HashMap::new() };
    let held = found.items.into_iter();
    held.filter_map(|task| Some((task.hold.clone()?.agent, task))).collect()
}
