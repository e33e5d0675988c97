//! The documentation barrier: does what is written still hold?

use std::collections::BTreeMap;

use popkit_protocol::message::CourseCorrect;
use popkit_protocol::{AgentId, Message, Party, Timestamp};
use serde::{Deserialize, Serialize};

use crate::machine::Machine;
use crate::machine::effect::{About, Action, Check, End, PhaseEnd, Subject};
use crate::machine::input::{Policy, Verdict};
use crate::machine::phase::Stage;

/// The phases behind which it stands; the originals use both names.
const PHASES: [&str; 2] = ["documentation", "document"];
/// The check that is made here.
const CLAUDE_MD: &str = "claude_md_updated";
/// Endings of files that are no code.
const NO_CODE: [&str; 7] = [".md", ".txt", ".rst", ".lock", ".json", ".yml", ".yaml"];

/// What was found, and how the phase ended before it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Papers {
    found: BTreeMap<String, Verdict>,
    /// How the phase ends once they are in order.
    how: Option<PhaseEnd>,
    /// Somebody was told what is missing.
    is_told: bool,
}

impl Machine {
    /// Begins the checks; `false` where the phase has none.
    pub(super) fn begin_documents(&mut self, how: PhaseEnd) -> bool {
        let settings = &self.settings.documentation;
        let is_asked = settings.enabled && !settings.checks.is_empty();
        if !is_asked || !self.objective.phase().is_some_and(|name| PHASES.contains(&name)) {
            return false;
        }
        let due = self.clock.steady().after(settings.timeout);
        self.stage = Stage::Documenting { due };
        self.phases.papers = Papers { how: Some(how), ..Papers::default() };
        self.check_documents();
        true
    }

    /// Asks for every check that is not met.
    fn check_documents(&mut self) {
        for name in self.settings.documentation.checks.clone() {
            if self.phases.papers.found.get(&name) == Some(&Verdict::Met) {
                continue;
            }
            if name == CLAUDE_MD {
                let verdict = self.claude_md();
                self.phases.papers.found.insert(name, verdict);
            } else {
                self.phases.papers.found.remove(&name);
                let subject = Subject::Documentation(name.clone());
                self.act(Action::Check(Check { subject, text: name }));
            }
        }
    }

    /// Whether somebody who changed code has changed CLAUDE.md, too.
    fn claude_md(&self) -> Verdict {
        let mut files = self.roster.files_touched();
        let is_code = |file: &str| !NO_CODE.iter().any(|end| file.to_lowercase().ends_with(end));
        let is_claude = |file: &str| file.rsplit('/').next() == Some("CLAUDE.md");
        if !files.clone().any(is_code) || files.any(is_claude) {
            return Verdict::Met;
        }
        let reason = "code was changed and CLAUDE.md was not".to_owned();
        Verdict::Unmet { reason }
    }

    pub(super) fn document_checked(&mut self, name: String, verdict: Verdict) {
        let is_asked = self.settings.documentation.checks.contains(&name);
        if matches!(self.stage, Stage::Documenting { .. }) && is_asked {
            self.phases.papers.found.insert(name, verdict);
        }
    }

    /// Somebody may have mended what was missing.
    pub(in crate::machine) fn papers_changed(&mut self, _by: &AgentId) {
        if matches!(self.stage, Stage::Documenting { .. }) {
            self.phases.papers.is_told = false;
            self.check_documents();
        }
    }

    pub(super) fn document_phase(&mut self, due: Timestamp) -> bool {
        if self.phases.papers.found.contains_key(CLAUDE_MD) {
            let verdict = self.claude_md();
            self.phases.papers.found.insert(CLAUDE_MD.to_owned(), verdict);
        }
        let summary = self.documentation();
        if summary.is_empty() {
            self.withdraw(&About::Documentation);
            let how = self.phases.papers.how.unwrap_or(PhaseEnd::Done);
            self.end_phase(how);
            return true;
        }
        let unmet: Vec<&String> = summary.iter().filter(|text| text.contains(": ")).collect();
        if !unmet.is_empty() && !self.phases.papers.is_told {
            self.phases.papers.is_told = true;
            let reason = format!("the documentation is not in order: {}", join(&unmet));
            self.tell_the_writer(&reason);
        }
        if self.clock.steady() < due {
            return false;
        }
        let text = format!("the documentation is not in order: {}", join(&summary));
        match self.settings.documentation.policy {
            Policy::Proceed => {
                self.violation(None, text);
                self.documents_accepted();
                true
            }
            Policy::Fail => {
                self.finish(End::Failed { reason: text });
                false
            }
            Policy::Hold => {
                let question = format!("{text}: go on all the same?");
                self.ask(About::Documentation, &question, Party::Coordinator);
                !matches!(self.stage, Stage::Documenting { .. } | Stage::Over(_))
            }
        }
    }

    fn tell_the_writer(&mut self, reason: &str) {
        let writer = self.settings.documentation.agent.parse::<AgentId>().ok();
        let writer = writer.filter(|agent| self.roster.is_present(agent));
        let message = CourseCorrect::redirect(reason, "bring the documentation up to date");
        let to = writer.map_or(Party::Everyone, Party::Agent);
        self.publish(to, Message::CourseCorrect(message));
    }

    /// A person has decided, or nobody is asked.
    pub(in crate::machine) fn documents_decided(&mut self, goes_on: bool) {
        if !matches!(self.stage, Stage::Documenting { .. }) {
            return;
        }
        if goes_on {
            self.documents_accepted();
        } else {
            let reason = "the documentation is not in order".to_owned();
            self.finish(End::Failed { reason });
        }
    }

    fn documents_accepted(&mut self) {
        self.end_phase(PhaseEnd::Incomplete);
    }

    /// What the documentation barrier waits for: a line per check that is open or not met,
    /// and one where more insights ask for documentation than report it. Empty: nothing.
    #[must_use]
    pub fn documentation(&self) -> Vec<String> {
        if !matches!(self.stage, Stage::Documenting { .. }) {
            return Vec::new();
        }
        let mut lines = Vec::new();
        for name in &self.settings.documentation.checks {
            match self.phases.papers.found.get(name) {
                Some(Verdict::Met) => {}
                Some(Verdict::Unmet { reason }) => lines.push(format!("{name}: {reason}")),
                Some(Verdict::Unknown) => lines.push(format!("{name}: nobody can say")),
                None => lines.push(format!("{name} is being checked")),
            }
        }
        let (needed, updated) = (self.counters.docs_needed, self.counters.docs_updated);
        if needed > updated {
            lines.push(format!("insights: {needed} ask for documentation, {updated} report it"));
        }
        lines
    }
}

fn join<T: AsRef<str>>(lines: &[T]) -> String {
    let lines: Vec<&str> = lines.iter().map(AsRef::as_ref).collect();
    lines.join("; ")
}
