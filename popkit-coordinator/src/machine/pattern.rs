//! Patterns: what results teach.

use std::collections::BTreeMap;

use popkit_protocol::message::ResultMessage;
use popkit_protocol::session::PatternOutcome;
use popkit_protocol::{Json, MessageId, Object, Pattern};
use serde::{Deserialize, Serialize};

use super::Machine;
use super::effect::Doc;

/// Bytes of an approach or a context; longer ones teach nothing.
const TEXT: usize = 1024;

/// What was learned, by id.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Patterns(BTreeMap<MessageId, Pattern>);

impl Patterns {
    pub(super) fn get(&self, id: &MessageId) -> Option<&Pattern> {
        self.0.get(id)
    }
}

impl Machine {
    /// Takes what earlier sessions have learned.
    pub(super) fn remember(&mut self, patterns: Vec<Pattern>) {
        for pattern in patterns {
            self.patterns.0.insert(pattern.id.clone(), pattern);
        }
        self.drop_patterns();
    }

    /// A result that says how it was reached teaches something.
    pub(super) fn learn(&mut self, result: &ResultMessage) {
        let Some(approach) = result.approach().filter(|_| self.settings.patterns.enabled) else {
            return;
        };
        let context = result.context().unwrap_or_default();
        if approach.is_empty() || approach.len() > TEXT || context.len() > TEXT {
            return;
        }
        let now = self.clock.wall();
        let outcome = match result.success() {
            Some(false) => PatternOutcome::Failure,
            _ => PatternOutcome::Success,
        };
        let id = Pattern::id_of(&approach, &context);
        match self.patterns.0.get_mut(&id) {
            Some(pattern) => pattern.observe(now, outcome),
            None => {
                let sure = result.confidence().unwrap_or(Pattern::CONFIDENCE);
                let pattern = Pattern::new(now, approach, context, outcome).with_confidence(sure);
                self.patterns.0.insert(id.clone(), pattern);
                self.counters.patterns += 1;
            }
        }
        self.drop_patterns();
        self.save(Doc::Pattern(id));
    }

    /// The least sure ones give way.
    fn drop_patterns(&mut self) {
        let most = usize::try_from(self.settings.patterns.most).unwrap_or(usize::MAX);
        while self.patterns.0.len() > most {
            let all = self.patterns.0.values();
            let weakest = all.min_by(|a, b| {
                a.confidence.total_cmp(&b.confidence).then(a.updated_at.cmp(&b.updated_at))
            });
            let Some(id) = weakest.map(|pattern| pattern.id.clone()) else { return };
            self.patterns.0.remove(&id);
            self.save(Doc::Pattern(id));
        }
    }

    /// Those that nobody saw for too long are forgotten.
    pub(super) fn forget_patterns(&mut self) {
        let (now, retention) = (self.clock.wall(), self.settings.patterns.retention);
        let is_old = |pattern: &&Pattern| now.since(pattern.updated_at) >= retention;
        let old: Vec<MessageId> =
            self.patterns.0.values().filter(is_old).map(|p| p.id.clone()).collect();
        for id in old {
            self.patterns.0.remove(&id);
            self.save(Doc::Pattern(id));
        }
    }

    /// What is recommended, and what is to be avoided, for work that is described so: the
    /// surest first.
    pub(super) fn recommendations(&self, query: &str) -> Vec<Json> {
        let mut fitting: Vec<&Pattern> =
            self.patterns.0.values().filter(|pattern| pattern.fits(query)).collect();
        fitting.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then(a.id.cmp(&b.id)));
        let most = usize::try_from(self.settings.patterns.recommend).unwrap_or(usize::MAX);
        fitting
            .into_iter()
            .take(most)
            .map(|pattern| recommendation(pattern).as_json().clone())
            .collect()
    }
}

fn recommendation(pattern: &Pattern) -> Object {
    let advice = match pattern.outcome {
        PatternOutcome::Failure => "avoid",
        _ => "use",
    };
    let object = Object::default()
        .with("advice", advice)
        .and_then(|object| object.with("approach", &pattern.approach))
        .and_then(|object| object.with("context", &pattern.context))
        .and_then(|object| object.with("confidence", &pattern.confidence));
    object.unwrap_or_default()
}
