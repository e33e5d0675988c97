//! What must hold at the end, as the machine asks for it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use popkit_coordinator::Shutdown;
use popkit_coordinator::checks::Checker;
use popkit_coordinator::machine::{Check, Subject, Verdict};
use popkit_coordinator::plan::Criterion;

use crate::command::run::criteria::{check_one, skipped};
use crate::command::run::report::{Checked, CriterionReport};
use crate::command::run::work::Setting;

/// Looks at the criteria of a plan once the gate is open: no work is under way any more.
#[derive(Debug)]
pub(super) struct Judge {
    criteria: Vec<Criterion>,
    setting: Setting,
    /// Open once no work is under way any more.
    gate: Shutdown,
    found: Mutex<BTreeMap<usize, CriterionReport>>,
    /// One after the other: they may get into each other's way.
    turn: tokio::sync::Mutex<()>,
}

impl Judge {
    pub(super) fn new(criteria: Vec<Criterion>, setting: Setting) -> Self {
        let (gate, found) = (Shutdown::new(), Mutex::default());
        Self { criteria, setting, gate, found, turn: tokio::sync::Mutex::new(()) }
    }

    /// From now on criteria are looked at.
    pub(super) fn open(&self) {
        self.gate.drain();
    }

    /// Looks at whatever was not looked at yet.
    pub(super) async fn rest(&self) {
        for (at, criterion) in self.criteria.iter().enumerate() {
            let is_known =
                || self.found.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&at);
            let _turn = self.turn.lock().await;
            if !is_known() {
                let report = check_one(criterion, &self.setting).await;
                self.found.lock().unwrap_or_else(PoisonError::into_inner).insert(at, report);
            }
        }
    }

    /// What was found, in the order of the plan; the rest was not looked at.
    pub(super) fn reports(&self) -> Vec<CriterionReport> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let report = |(at, criterion): (usize, &Criterion)| {
            found.get(&at).cloned().unwrap_or_else(|| skipped(criterion))
        };
        self.criteria.iter().enumerate().map(report).collect()
    }
}

#[async_trait]
impl Checker for Judge {
    async fn check(&self, check: &Check) -> Verdict {
        let Subject::Criterion(at) = &check.subject else { return Verdict::Unknown };
        let at = usize::try_from(*at).unwrap_or(usize::MAX);
        let Some(criterion) = self.criteria.get(at) else { return Verdict::Unknown };
        self.gate.draining().await;
        let _turn = self.turn.lock().await;
        let report = check_one(criterion, &self.setting).await;
        let verdict = match report.result {
            Checked::Passed => Verdict::Met,
            _ => Verdict::Unmet { reason: report.detail.clone().unwrap_or_default() },
        };
        self.found.lock().unwrap_or_else(PoisonError::into_inner).insert(at, report);
        verdict
    }
}
