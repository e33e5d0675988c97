//! Escalation: questions to people, and what follows from their answers.

mod question;

use std::time::Duration;

use popkit_protocol::message::{AfterDecision, CourseCorrect, HumanRequired};
use popkit_protocol::session::{ApprovalRequest, Decision};
use popkit_protocol::text::clean;
use popkit_protocol::{AgentId, Approval, Envelope, Json, Message, MessageId, Party, Timestamp};

use super::Machine;
use super::effect::{About, Doc, End, Event};
use super::input::Ruling;
pub(super) use question::Escalations;
use question::{Answer, Question, Source};

/// Questions that may wait at once, and those of one agent.
const OPEN: (usize, usize) = (256, 8);
/// Approvals that are kept, the newest ones.
const APPROVALS: usize = 64;
/// Bytes of a question.
const QUESTION: usize = 4096;
/// Why an agent may not ask once more.
const MANY: &str = "8 questions of this agent wait for an answer already";
/// Who answers where nobody is there.
const NOBODY: &str = "nobody";

impl Machine {
    /// The questions that wait for a person, and what each is about.
    pub fn questions(&self) -> impl Iterator<Item = (&MessageId, &About)> {
        self.escalations.open.iter().map(|(id, question)| (id, &question.about))
    }

    /// Asks a person, unless that was asked already; says under which id. `None` where nobody
    /// is there to ask: the answer was no, and has been acted on.
    pub(super) fn ask(&mut self, about: About, text: &str, waits: Party) -> Option<MessageId> {
        let text = clean(text, QUESTION).into_owned();
        // An agent may wait for several answers; of all else there is one question.
        let is_agent = matches!(about, About::Agent(_));
        let is_same = |q: &Question| q.about == about && (!is_agent || q.text == text);
        if let Some((id, _)) = self.escalations.open.iter().find(|(_, q)| is_same(q)) {
            return Some(id.clone());
        }
        if let About::Agent(agent) = &about
            && self.escalations.of_agent(agent) >= OPEN.1
        {
            self.turn_away(agent, MANY);
            return None;
        }
        let options = HumanRequired::OPTIONS.map(str::to_owned).into();
        let (asked_at, context) = (self.clock.wall(), Json::null());
        let due = self.clock.steady().after(self.settings.escalations.ttl);
        let source = None;
        self.put(Question { about, text, options, context, waits, source, asked_at, due })
    }

    /// An agent wants a decision.
    pub(super) fn human_required(
        &mut self,
        agent: &AgentId,
        envelope: &Envelope,
        request: &HumanRequired,
    ) {
        let source = Source {
            agent: agent.clone(),
            message: envelope.id.clone(),
            sent_at: envelope.sent_at,
        };
        if self.escalations.open.values().any(|q| q.source.as_ref() == Some(&source)) {
            return;
        }
        if let Some((_, answer)) = self.escalations.answered.iter().find(|(s, _)| *s == source) {
            let answer = answer.message();
            self.tell(agent, answer);
            return;
        }
        if self.escalations.of_agent(agent) >= OPEN.1 {
            self.dead(envelope, MANY);
            self.turn_away(agent, MANY);
            return;
        }
        let ttl = Duration::from_secs(envelope.ttl.as_secs().max(1));
        let due = self.clock.steady().after(ttl.min(self.settings.escalations.ttl));
        self.put(Question {
            about: About::Agent(agent.clone()),
            text: request.decision_needed.clone(),
            options: request.options.clone(),
            context: request.context.clone(),
            waits: Party::Agent(agent.clone()),
            source: Some(source),
            asked_at: self.clock.wall(),
            due,
        });
    }

    fn put(&mut self, mut question: Question) -> Option<MessageId> {
        let id = self.draw_id();
        let is_action = question.source.is_some();
        if is_action {
            self.request_approval(&id, &question);
        }
        question.text = clean(&question.text, QUESTION).into_owned();
        if question.context.len() > QUESTION {
            question.context = Json::null();
        }
        let about = question.about.clone();
        self.record(Event::Asked { decision: id.clone(), about });
        let is_asked = self.settings.escalations.enabled && self.escalations.len() < OPEN.0;
        let reason = question.text.clone();
        let waits = question.waits.clone();
        self.escalations.open.insert(id.clone(), question);
        if !is_asked {
            self.answered(&id, false, NOBODY, Some("nobody is there to decide".to_owned()));
            return None;
        }
        if waits != Party::Coordinator {
            let pause = CourseCorrect::pause(reason, id.as_str());
            self.publish(waits, Message::CourseCorrect(pause));
        }
        self.save(Doc::Human);
        Some(id)
    }

    /// The exact action that an agent asked for can be approved, once.
    fn request_approval(&mut self, id: &MessageId, question: &Question) {
        let Some(Source { agent, message, .. }) = &question.source else { return };
        let now = self.clock.wall();
        let expires = now.after(question.due.since(self.clock.steady()));
        let request = ApprovalRequest::new(
            message.clone(),
            agent.clone(),
            question.text.as_str(),
            (now, expires),
        );
        while self.escalations.approvals.len() >= APPROVALS {
            let all = self.escalations.approvals.iter();
            let oldest = all.min_by_key(|(_, approval)| approval.request.requested_at);
            let Some(oldest) = oldest.map(|(id, _)| id.clone()) else { break };
            self.escalations.approvals.remove(&oldest);
            self.save(Doc::Approval(oldest));
        }
        self.escalations.approvals.insert(id.clone(), Approval::new(request));
        self.save(Doc::Approval(id.clone()));
    }

    pub(super) fn decide(&mut self, ruling: Ruling) {
        let Ruling { decision, approved, by, notes } = ruling;
        if self.escalations.open.contains_key(&decision) {
            self.answered(&decision, approved, &by, notes);
        } else {
            self.counters.stale_answers += 1;
        }
    }

    /// Whatever waited for too long gets a no.
    pub(super) fn expire_questions(&mut self) {
        let steady = self.clock.steady();
        let late = self.escalations.open.iter().filter(|(_, q)| steady >= q.due);
        let late: Vec<MessageId> = late.map(|(id, _)| id.clone()).collect();
        for id in late {
            self.record(Event::Unanswered { decision: id.clone() });
            self.answered(&id, false, NOBODY, Some("nobody has decided in time".to_owned()));
        }
    }

    fn answered(&mut self, id: &MessageId, approved: bool, by: &str, notes: Option<String>) {
        let Some(question) = self.escalations.open.remove(id) else { return };
        let decision = id.clone();
        self.record(Event::Answered { decision, approved, by: by.to_owned() });
        if let Some(approval) = self.escalations.approvals.get_mut(id) {
            let mut decision = Decision::new(approved, by, self.clock.wall());
            decision.notes.clone_from(&notes);
            // One that is expired stays so: it allows nothing either way.
            let _ = approval.decide(decision);
            self.save(Doc::Approval(id.clone()));
        }
        if question.waits != Party::Coordinator {
            let answer = Answer { decision: id.clone(), approved, notes };
            self.publish(question.waits, answer.message());
            if let Some(source) = question.source {
                self.escalations.remember(source, answer);
            }
        }
        self.save(Doc::Human);
        // It says how many wait.
        self.save(Doc::Status);
        self.follow(question.about, approved);
    }

    /// What a decision means for the session.
    fn follow(&mut self, about: About, approved: bool) {
        match (about, approved) {
            (About::Agent(_), _) | (About::Orphan(_), false) => {}
            (About::Budget(agent), true) => self.budget_granted(&agent),
            (About::Budget(agent), false) => self.budget_denied(&agent),
            (About::Barrier(barrier), goes_on) => self.barrier_decided(&barrier, goes_on),
            (About::Phase(phase), goes_on) => self.phase_decided(phase, goes_on),
            (About::Documentation, goes_on) => self.documents_decided(goes_on),
            (About::Criterion(at), accepted) => self.criterion_decided(at, accepted),
            (About::Runtime, true) => {
                let more = super::phase::bounds(&self.objective, &self.settings).runtime;
                self.runtime = self.clock.running().saturating_add(more);
                self.thaw();
            }
            (About::Runtime, false) => self.finish(End::TimedOut),
            (About::Cost, true) => {
                self.cost_granted();
                self.thaw();
            }
            (About::Cost, false) => {
                let reason = "it was not to cost more".to_owned();
                self.finish(End::Failed { reason });
            }
            (About::Orphan(task), true) => self.give_up(&task, "a person has decided so"),
        }
    }

    /// A question that needs no answer any more.
    pub(super) fn withdraw(&mut self, about: &About) {
        let open = self.escalations.open.iter();
        let found = open.filter(|(_, q)| q.about == *about).map(|(id, _)| id.clone());
        for id in found.collect::<Vec<_>>() {
            self.drop_question(id);
            self.save(Doc::Human);
        }
    }

    /// An agent was started anew: nobody waits any more for what it had asked before, and a yes
    /// would allow something to somebody who is gone. All times are its own clock's.
    pub(super) fn withdraw_before(&mut self, agent: &AgentId, start: Timestamp) {
        let open = self.escalations.open.iter();
        let found = open.filter(|(_, question)| {
            let source = question.source.as_ref();
            source.is_some_and(|source| source.agent == *agent && source.sent_at < start)
        });
        for id in found.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            // The new start may have heard of the pause.
            let end = CourseCorrect::resolve(AfterDecision::Resume, id.as_str(), false);
            let end = end.with_notes("asked by an earlier start of this agent");
            self.tell(agent, Message::CourseCorrect(end));
            self.drop_question(id);
            self.save(Doc::Human);
        }
    }

    /// The session is over: no question needs an answer, and nothing is allowed any more.
    pub(super) fn withdraw_all(&mut self) {
        for id in self.escalations.open.keys().cloned().collect::<Vec<_>>() {
            self.drop_question(id);
        }
    }

    fn drop_question(&mut self, id: MessageId) {
        self.escalations.open.remove(&id);
        if self.escalations.approvals.remove(&id).is_some() {
            self.save(Doc::Approval(id.clone()));
        }
        self.record(Event::Withdrawn { decision: id });
    }
}
