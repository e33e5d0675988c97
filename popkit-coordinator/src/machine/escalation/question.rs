//! Questions, answers, approvals.

use std::collections::{BTreeMap, VecDeque};

use popkit_protocol::message::{AfterDecision, CourseCorrect};
use popkit_protocol::{AgentId, Approval, Json, Message, MessageId, Party, Timestamp};
use serde::{Deserialize, Serialize};

use crate::machine::effect::About;

/// Questions of agents that were answered and are remembered, the newest ones.
const ANSWERED: usize = 64;

/// All questions that wait, and the newest approvals.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::machine) struct Escalations {
    pub(super) open: BTreeMap<MessageId, Question>,
    /// Which message was answered how.
    pub(super) answered: VecDeque<(Source, Answer)>,
    pub(super) approvals: BTreeMap<MessageId, Approval>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Question {
    pub(super) about: About,
    pub(super) text: String,
    pub(super) options: Vec<String>,
    pub(super) context: Json,
    /// Who waits for the answer: an agent, all of them, or only the coordinator.
    pub(super) waits: Party,
    /// The message that asked.
    pub(super) source: Option<Source>,
    pub(super) asked_at: Timestamp,
    pub(super) due: Timestamp,
}

/// The message that asked. The originals use an id again, but not at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Source {
    pub(super) agent: AgentId,
    pub(super) message: MessageId,
    pub(super) sent_at: Timestamp,
}

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) decision: MessageId,
    pub(super) approved: bool,
    pub(super) notes: Option<String>,
}

impl Answer {
    pub(super) fn message(&self) -> Message {
        let next = if self.approved { AfterDecision::Resume } else { AfterDecision::Abort };
        let end = CourseCorrect::resolve(next, self.decision.as_str(), self.approved);
        Message::CourseCorrect(match &self.notes {
            Some(notes) => end.with_notes(notes.as_str()),
            None => end,
        })
    }
}

/// An entry of the list `pop:human`.
#[derive(Serialize)]
struct Listed<'a> {
    decision_id: &'a MessageId,
    decision_needed: &'a str,
    context: &'a Json,
    options: &'a [String],
    from_agent: String,
    asked_at: String,
}

impl Escalations {
    /// Remembers how a message was answered, for the case that it comes again.
    pub(super) fn remember(&mut self, source: Source, answer: Answer) {
        self.answered.push_back((source, answer));
        if self.answered.len() > ANSWERED {
            self.answered.pop_front();
        }
    }

    pub(in crate::machine) fn len(&self) -> usize {
        self.open.len()
    }

    pub(in crate::machine) fn is_open(&self, about: &About) -> bool {
        self.open.values().any(|question| question.about == *about)
    }

    /// Whether an agent waits for an answer.
    pub(in crate::machine) fn pauses(&self, agent: &AgentId) -> bool {
        self.open.values().any(|question| match &question.waits {
            Party::Agent(waits) => waits == agent,
            other => *other == Party::Everyone,
        })
    }

    pub(in crate::machine) fn next_due(&self) -> Option<Timestamp> {
        self.open.values().map(|question| question.due).min()
    }

    pub(in crate::machine) fn approval(&self, id: &MessageId) -> Option<&Approval> {
        self.approvals.get(id)
    }

    /// What waits for a person, newest first.
    pub(in crate::machine) fn listed(&self) -> Vec<Json> {
        let mut all: Vec<_> = self.open.iter().collect();
        all.sort_by_key(|(id, question)| (std::cmp::Reverse(question.asked_at), *id));
        let entry = |(decision_id, question): (&MessageId, &Question)| {
            Json::encode(&Listed {
                decision_id,
                decision_needed: &question.text,
                context: &question.context,
                options: &question.options,
                from_agent: question.waits.to_string(),
                asked_at: question.asked_at.to_string(),
            })
        };
        all.into_iter().filter_map(|one| entry(one).ok()).collect()
    }

    pub(super) fn of_agent(&self, agent: &AgentId) -> usize {
        let waits = |q: &&Question| q.waits.agent() == Some(agent);
        self.open.values().filter(waits).count()
    }
}
