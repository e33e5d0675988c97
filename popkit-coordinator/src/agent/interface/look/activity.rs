//! The last events.

use std::sync::atomic::Ordering;

use popkit_protocol::Change;

use super::recent;
use crate::agent::interface::text::{columns, line, progress, time};
use crate::agent::interface::{ActivityEntry, Answer, AnswerData, InterfaceAgent, InterfaceError};

impl InterfaceAgent {
    /// The last events, oldest first.
    pub(in crate::agent::interface) async fn activity(
        &self,
        count: usize,
    ) -> Result<Answer, InterfaceError> {
        let entries = self.recent(count.clamp(1, 1000)).await?;
        let text = match entries.is_empty() {
            true => "nothing has happened yet".to_owned(),
            false => lines("", &entries),
        };
        Ok(Answer { text, data: AnswerData::Activity(entries) })
    }

    /// The last events, read from the store's history.
    pub(super) async fn recent(&self, count: usize) -> Result<Vec<ActivityEntry>, InterfaceError> {
        let known = self.end.load(Ordering::Relaxed);
        let (events, end) = recent::last(&*self.store, known, count).await?;
        self.end.fetch_max(end, Ordering::Relaxed);
        Ok(events.iter().map(ActivityEntry::from).collect())
    }
}

/// A line per event.
pub(super) fn lines(indent: &str, entries: &[ActivityEntry]) -> String {
    let row = |entry: &ActivityEntry| [time(entry.at), entry.task.to_string(), entry.what.clone()];
    columns(indent, &entries.iter().map(row).collect::<Vec<_>>())
}

/// An event as a sentence. Texts of agents in it are cleaned.
pub(in crate::agent::interface) fn what(change: &Change) -> String {
    let text = match change {
        Change::Inserted { spec, open, .. } => match (spec.backlog, open) {
            (true, _) => "added to the backlog".to_owned(),
            (false, 0) => "added".to_owned(),
            (false, open) => format!("added, behind {open} open needs"),
        },
        Change::Enqueued => "enqueued".to_owned(),
        Change::ParentEnded { parent, open: 0 } => format!("free: {parent} has ended"),
        Change::ParentEnded { parent, open } => format!("{parent} has ended, {open} still open"),
        Change::Promoted => "its time has come".to_owned(),
        Change::Claimed { agent, attempt, .. } => format!("claimed by {agent}, attempt {attempt}"),
        Change::Progressed { progress: report } => progress(report),
        Change::Checkpointed { .. } => "saved a checkpoint".to_owned(),
        Change::Completed { .. } => "work done".to_owned(),
        Change::Retried { due: None, error } => format!("failed, again at once: {error}"),
        Change::Retried { due: Some(due), error } => {
            format!("failed, again at {}: {error}", time(*due))
        }
        Change::Snoozed { due } => format!("put off until {}", time(*due)),
        Change::Released => "given back".to_owned(),
        Change::Failed { error, .. } => format!("failed for good: {error}"),
        Change::Rescued { .. } => "rescued: its holder fell silent".to_owned(),
        Change::Cancelled { by, reason } => {
            because(format!("cancelled by {by}"), reason.as_deref())
        }
        Change::Paused { by, reason } => because(format!("paused by {by}"), reason.as_deref()),
        Change::Resumed { by } => format!("resumed by {by}"),
        Change::Requeued { by } => format!("put back by {by}"),
        Change::Approved { by } => format!("approved by {by}"),
        Change::Rejected { by, reason } => because(format!("rejected by {by}"), reason.as_deref()),
        Change::Reprioritised { priority, .. } => format!("priority {priority}"),
        other => other.name().to_owned(),
    };
    line(&text, 200)
}

fn because(what: String, reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!("{what}: {reason}"),
        None => what,
    }
}
