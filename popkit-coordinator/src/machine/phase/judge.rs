//! Whether the objective is reached.

use std::collections::BTreeMap;

use popkit_protocol::{Party, Timestamp};
use serde::{Deserialize, Serialize};

use crate::machine::Machine;
use crate::machine::effect::{About, Action, Check, End, Subject};
use crate::machine::input::{Checked, Verdict};
use crate::machine::phase::Stage;

/// What was found about the criteria, by their places.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Verdicts(BTreeMap<u32, Verdict>);

impl Machine {
    /// All phases are over: each criterion is checked.
    pub(super) fn begin_judging(&mut self) {
        let due = self.clock.steady().after(self.settings.barriers.timeout);
        self.stage = Stage::Judging { due };
        self.phases.verdicts.0.clear();
        for (at, text) in (0_u32..).zip(self.objective.success_criteria.clone()) {
            let subject = Subject::Criterion(at);
            self.act(Action::Check(Check { subject, text }));
        }
    }

    pub(in crate::machine) fn checked(&mut self, checked: Checked) {
        match checked.subject {
            Subject::Criterion(at) => {
                if matches!(self.stage, Stage::Judging { .. }) {
                    self.phases.verdicts.0.insert(at, checked.verdict);
                }
            }
            Subject::Documentation(name) => self.document_checked(name, checked.verdict),
        }
    }

    pub(super) fn judge(&mut self, due: Timestamp) -> bool {
        let is_late = self.clock.steady() >= due;
        for (at, text) in (0_u32..).zip(self.objective.success_criteria.clone()) {
            let why = match self.phases.verdicts.0.get(&at) {
                Some(Verdict::Met) => {
                    self.withdraw(&About::Criterion(at));
                    continue;
                }
                Some(Verdict::Unmet { reason }) => format!("it is not met ({reason})"),
                Some(Verdict::Unknown) => "nobody can check it".to_owned(),
                None if is_late => "no check has answered".to_owned(),
                None => continue,
            };
            let question = format!("{why}: accept \"{text}\" all the same?");
            self.ask(About::Criterion(at), &question, Party::Coordinator);
        }
        let met = self.phases.verdicts.0.values().filter(|v| **v == Verdict::Met).count();
        if met >= self.objective.success_criteria.len() {
            self.finish(End::Completed);
        }
        false
    }

    /// A person has decided about a criterion.
    pub(in crate::machine) fn criterion_decided(&mut self, at: u32, accepted: bool) {
        if !matches!(self.stage, Stage::Judging { .. }) {
            return;
        }
        if accepted {
            self.phases.verdicts.0.insert(at, Verdict::Met);
            return;
        }
        let place = usize::try_from(at).unwrap_or(usize::MAX);
        let text = self.objective.success_criteria.get(place).map_or("", String::as_str);
        self.finish(End::Failed { reason: format!("the criterion \"{text}\" is not met") });
    }
}
