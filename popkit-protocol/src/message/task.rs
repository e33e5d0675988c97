//! Work: what is to be done, how far it is, what came out. Free objects, of which the
//! documentation names a few keys.

use super::Object;
use crate::AgentId;

/// Work for an agent: any object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TaskMessage {
    /// The whole object.
    pub body: Object,
}

impl TaskMessage {
    /// Takes the object.
    #[must_use]
    pub fn new(body: Object) -> Self {
        Self { body }
    }

    /// The words by which insights find the agent that has this task. None where `tags` is
    /// missing or no list of texts.
    #[must_use]
    pub fn tags(&self) -> Vec<String> {
        self.body.get("tags").unwrap_or_default()
    }
}

/// How far an agent is: `progress`, and any details.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ProgressMessage {
    /// The whole object.
    pub body: Object,
}

impl ProgressMessage {
    /// Takes the object.
    #[must_use]
    pub fn new(body: Object) -> Self {
        Self { body }
    }

    /// The report of an agent: the share that is done, brought into 0.0 to 1.0. Details go
    /// into the body.
    #[must_use]
    pub fn report(progress: f64) -> Self {
        let body = Object::default().with("progress", &fraction(progress));
        // A number within a range always has a JSON form.
        Self { body: body.unwrap_or_default() }
    }

    /// What the coordinator tells everybody: whose progress, in which phase (from 0).
    #[must_use]
    pub fn announce(progress: f64, agent: &AgentId, phase: u32) -> Self {
        let report = Self::report(progress).body;
        let body = report.with("agent", agent).and_then(|body| body.with("phase", &phase));
        Self { body: body.unwrap_or_default() }
    }

    /// The share that is done, brought into 0.0 to 1.0.
    #[must_use]
    pub fn progress(&self) -> Option<f64> {
        self.body.get("progress").map(fraction)
    }

    /// Whose progress, in what the coordinator tells everybody.
    #[must_use]
    pub fn agent(&self) -> Option<AgentId> {
        self.body.get("agent")
    }

    /// In which phase, from 0.
    #[must_use]
    pub fn phase(&self) -> Option<u32> {
        self.body.get("phase")
    }
}

/// What came out of an agent's work: any object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ResultMessage {
    /// The whole object.
    pub body: Object,
}

impl ResultMessage {
    /// Takes the object.
    #[must_use]
    pub fn new(body: Object) -> Self {
        Self { body }
    }

    /// How the work was done; where it says so, a pattern is learned from it.
    #[must_use]
    pub fn approach(&self) -> Option<String> {
        self.body.get("approach")
    }

    /// In which circumstances.
    #[must_use]
    pub fn context(&self) -> Option<String> {
        self.body.get("context")
    }

    /// Whether it went well.
    #[must_use]
    pub fn success(&self) -> Option<bool> {
        self.body.get("success")
    }

    /// How sure the agent is, brought into 0.0 to 1.0.
    #[must_use]
    pub fn confidence(&self) -> Option<f64> {
        self.body.get("confidence").map(fraction)
    }
}

/// A share: 0.0 to 1.0; what is no number is 0.0.
pub(crate) fn fraction(number: f64) -> f64 {
    if number.is_nan() { 0.0 } else { number.clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_keys_are_read_and_all_is_kept() {
        let body = Object::default()
            .with("tags", &["a", "b"])
            .and_then(|body| body.with("success", &true))
            .and_then(|body| body.with("confidence", &3))
            .and_then(|body| body.with("approach", &7))
            .unwrap();
        assert_eq!(TaskMessage::new(body.clone()).tags(), ["a", "b"]);
        let result = ResultMessage::new(body.clone());
        assert_eq!((result.success(), result.confidence()), (Some(true), Some(1.0)));
        assert_eq!((result.approach(), result.context()), (None, None));
        assert_eq!(result.body, body);
    }

    #[test]
    fn progress_stays_within_its_range() {
        let agent = AgentId::new("a").unwrap();
        for (given, kept) in [(0.5, 0.5), (-1.0, 0.0), (7.0, 1.0), (f64::NAN, 0.0)] {
            let told = ProgressMessage::announce(given, &agent, 2);
            assert_eq!(told.progress(), Some(kept));
            assert_eq!((told.agent(), told.phase()), (Some(agent.clone()), Some(2)));
            let report = ProgressMessage::report(given);
            assert_eq!(report.progress(), Some(kept));
        }
    }
}
