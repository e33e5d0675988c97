//! The end of a session.

use popkit_protocol::message::{AfterDecision, CourseCorrect, ObjectiveUpdate};
use popkit_protocol::session::CompletedSession;
use popkit_protocol::{AgentId, Json, Message, Object, Party};

use super::Machine;
use crate::machine::effect::{Action, Doc, End, Event};
use crate::machine::phase::Stage;

impl Machine {
    /// How the session ended, once it has.
    #[must_use]
    pub fn end(&self) -> Option<&End> {
        match &self.stage {
            Stage::Over(end) => Some(end),
            _ => None,
        }
    }

    pub(super) fn stop(&mut self, by: Option<&Party>) {
        // An agent cannot end the session for the others; a bare command does not say who.
        if let Some(Party::Agent(agent)) = by {
            let text = format!("{agent} wanted to stop the session");
            self.violation(Some(agent.clone()), text);
            return;
        }
        self.finish(End::Stopped { by: by.map(ToString::to_string) });
    }

    /// Ends the session, once. All agents are told, the result is kept, the rest is cleared.
    pub(in crate::machine) fn finish(&mut self, end: End) {
        if matches!(self.stage, Stage::Over(_)) {
            return;
        }
        self.frozen = None;
        self.withdraw_all();
        self.outbox.drop_checks();
        self.close_barriers(&end);
        self.record(Event::Ended { end: end.clone() });
        let message = self.end_message(&end);
        self.publish(Party::Everyone, message);
        self.stage = Stage::Over(end);
        self.ended_at = self.clock.wall();
        self.save(Doc::Completed);
        self.save(Doc::Human);
        self.act(Action::Clear);
        self.save(Doc::Status);
    }

    fn end_message(&mut self, end: &End) -> Message {
        if *end == End::Completed {
            let (summary, extra) = (self.summary(), Object::default());
            return Message::ObjectiveUpdate(ObjectiveUpdate::Complete { summary, extra });
        }
        let id = self.draw_id();
        let stop = CourseCorrect::resolve(AfterDecision::Abort, id.as_str(), false);
        Message::CourseCorrect(stop.with_notes(text_of(end)))
    }

    /// An agent still works, or waits: it learns that the session is over, once a minute.
    pub(super) fn tell_end(&mut self, agent: &AgentId) {
        let Some(end) = self.end().cloned() else { return };
        if self.roster.may_refuse(agent, self.clock.steady()) {
            let message = self.end_message(&end);
            self.tell(agent, message);
        }
    }

    /// What came out, in short.
    fn summary(&self) -> Object {
        let results: usize = self.phases.results.values().map(Vec::len).sum();
        let insights = self.counters.insights;
        let summary = Object::default()
            .with("phases_completed", &self.phases.completed)
            .and_then(|object| object.with("results", &results))
            .and_then(|object| object.with("insights_shared", &insights))
            .and_then(|object| object.with("patterns_learned", &self.counters.patterns));
        summary.unwrap_or_default()
    }

    /// What is kept of a session that is over.
    pub(super) fn completed(&self) -> CompletedSession {
        let mut session = CompletedSession::new(self.objective.clone(), self.ended_at);
        session.phases_completed.clone_from(&self.phases.completed);
        let mut by_phase = Object::default();
        for (phase, name) in (0_u32..).zip(&self.objective.phases) {
            let all = self.phases.results_of(phase);
            by_phase = by_phase.clone().with(name, &all).unwrap_or(by_phase);
        }
        session.results_by_phase = by_phase;
        session.patterns_learned = self.counters.patterns;
        session.insights_shared = self.counters.insights;
        let json = |text: &String| Json::encode(text).unwrap_or_default();
        session.violations = self.counters.violations.iter().map(json).collect();
        session
    }
}

fn text_of(end: &End) -> String {
    match end {
        End::Completed => "the objective is reached".to_owned(),
        End::Failed { reason } => format!("the session failed: {reason}"),
        End::Stopped { by: Some(by) } => format!("the session was stopped by {by}"),
        End::Stopped { by: None } => "the session was stopped".to_owned(),
        End::TimedOut => "the run time of the session was up".to_owned(),
    }
}
