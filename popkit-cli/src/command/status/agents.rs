//! Agents: heard when, doing what, with how many unread messages.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::agent::interface::StatusReport;
use popkit_coordinator::{Inbox, InboxOptions, Letter};
use popkit_protocol::{AgentId, Namespace as Session, TaskId, Timestamp};
use popkit_transport::Transport;

use super::gather::Documents;
use crate::error::CliError;
use crate::messages::{Heartbeats, copy_of_place, readers};

/// Unread messages that are counted; more are "so many, or more".
pub(super) const COUNTED: usize = 100;
/// Agents whose messages are counted.
const AGENTS: usize = 64;

/// One agent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AgentStatus {
    pub(super) id: AgentId,
    /// Its last heartbeat.
    pub(super) heard_at: Option<Timestamp>,
    /// Its last heartbeat counts no more: nobody knows whether it lives.
    pub(super) is_silent: bool,
    /// What it said that it does, and how far.
    pub(super) doing: Option<(String, f64)>,
    /// The tasks that it holds, by the store.
    pub(super) holds: Vec<TaskId>,
    /// Messages to it alone that it has not acknowledged, where that is known.
    pub(super) unread: Option<usize>,
}

/// All agents that are known: by a heartbeat, by what they hold, by their inbox, by what was
/// written to them.
pub(super) async fn agents(
    report: &StatusReport,
    (mut beats, written): (Heartbeats, Vec<AgentId>),
    documents: &Documents,
    reading: Option<(&Arc<dyn Transport>, &Session)>,
) -> Result<Vec<AgentStatus>, CliError> {
    let mut ids: BTreeSet<AgentId> = beats.keys().cloned().collect();
    ids.extend(written);
    ids.extend(report.agents.iter().map(|load| load.agent.clone()));
    if let Some((_, session)) = reading {
        ids.extend(readers(&**documents, session).await?);
    }
    let mut all = Vec::with_capacity(ids.len());
    for id in ids {
        let unread = match reading.filter(|_| all.len() < AGENTS) {
            // One that cannot be counted is not known.
            Some((transport, session)) => unread(transport, session, documents, &id).await.ok(),
            None => None,
        };
        let holds = report.agents.iter().find(|load| load.agent == id);
        let beat = beats.remove(&id);
        all.push(AgentStatus {
            heard_at: beat.as_ref().map(|(state, _)| state.timestamp),
            is_silent: beat.as_ref().is_some_and(|(_, ends)| report.at > *ends),
            doing: beat.and_then(|(state, _)| Some((state.current_task?, state.progress))),
            holds: holds.map(|load| load.tasks.clone()).unwrap_or_default(),
            unread,
            id,
        });
    }
    Ok(all)
}

/// Counts what an agent would get, at most [`COUNTED`].
async fn unread(
    transport: &Arc<dyn Transport>,
    session: &Session,
    documents: &Documents,
    agent: &AgentId,
) -> Result<usize, CliError> {
    let copy = Arc::new(copy_of_place(Some(&**documents), session, agent).await?);
    let options = InboxOptions::new(agent.clone())
        .with_namespace(session.clone())
        .with_broadcast(false)
        .with_unacknowledged(COUNTED);
    let mut inbox = Inbox::open(Arc::clone(transport), copy, options).await?;
    let letters = inbox.receive(COUNTED, Duration::ZERO).await?;
    Ok(letters.iter().filter(|letter| matches!(letter, Letter::Message(_))).count())
}
