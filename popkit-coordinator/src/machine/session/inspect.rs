//! Looking at a session without changing it.

use popkit_protocol::{AgentId, Json, Objective};
use serde::Serialize;

use super::Machine;
use crate::machine::effect::{Content, Doc, Effect};
use crate::machine::roster::Standing;

impl Machine {
    /// What it is for, and how far it is.
    #[must_use]
    pub fn objective(&self) -> &Objective {
        &self.objective
    }

    /// What is to be done and not confirmed, in order.
    pub fn pending(&self) -> impl Iterator<Item = &Effect> {
        self.outbox.pending()
    }

    /// How an agent stands; `None` for one that is not known, or was forgotten.
    #[must_use]
    pub fn standing(&self, agent: &AgentId) -> Option<Standing> {
        self.roster.get(agent).map(|member| member.standing)
    }

    /// What a document says now; `None` where it is not there, or not there any more.
    #[must_use]
    pub fn document(&self, doc: &Doc) -> Option<Content> {
        match doc {
            // Cleared with the end, whatever is saved afterwards.
            Doc::Objective | Doc::Agent(_) | Doc::Insights | Doc::Orphans
                if self.end().is_some() =>
            {
                None
            }
            Doc::Objective => Some(text(&self.objective)),
            Doc::Status => Some(Content::Text(self.status())),
            Doc::Agent(agent) => {
                let member = self.roster.get(agent)?;
                Some(Content::fields(&member.state))
            }
            Doc::Insights => Some(Content::List(self.insights.newest_first().map(json).collect())),
            Doc::Pattern(id) => self.patterns.get(id).map(Content::fields),
            Doc::Orphans => Some(Content::List(self.jobs.orphans().map(json).collect())),
            Doc::Human => Some(Content::List(self.escalations.listed())),
            Doc::Approval(id) => self.escalations.approval(id).map(text),
            Doc::Completed => self.end().map(|_| text(&self.completed())),
        }
    }
}

fn json<T: Serialize>(value: &T) -> Json {
    Json::encode(value).unwrap_or_default()
}

fn text<T: Serialize>(value: &T) -> Content {
    Content::Text(json(value))
}
