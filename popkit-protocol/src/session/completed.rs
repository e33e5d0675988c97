//! What came out of a session.

use serde::de::IgnoredAny;

use super::Objective;
use crate::codec::{CodecError, Reader, Record, Writer, shape};
use crate::message::Object;
use crate::{Json, Timestamp};

/// The result of a session that is over, kept at `pop:completed:{session}`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompletedSession {
    /// What it was to reach.
    pub objective: Objective,
    /// The phases that were finished, in order.
    pub phases_completed: Vec<String>,
    /// Under the name of each phase, the list of its results.
    pub results_by_phase: Object,
    /// How many patterns were learned.
    pub patterns_learned: u64,
    /// How many insights were shared.
    pub insights_shared: u64,
    /// The limits that were broken, as they were reported.
    pub violations: Vec<Json>,
    /// When it was over.
    pub completed_at: Timestamp,
}

impl CompletedSession {
    /// The result of a session of which nothing came out.
    #[must_use]
    pub fn new(objective: Objective, completed_at: Timestamp) -> Self {
        Self {
            objective,
            phases_completed: Vec::new(),
            results_by_phase: Object::default(),
            patterns_learned: 0,
            insights_shared: 0,
            violations: Vec::new(),
            completed_at,
        }
    }
}

/// A number, or the length of a list: the documentation does not say which.
fn count(fields: &mut Reader, key: &str) -> Result<u64, CodecError> {
    let json: Json = fields.required(key)?;
    let list = |json: &Json| json.decode::<Vec<IgnoredAny>>().ok().map(|all| all.len());
    let counted = json.decode().ok().or_else(|| u64::try_from(list(&json)?).ok());
    counted.ok_or_else(|| CodecError::invalid("expected a whole number or a list").under(key))
}

impl Record for CompletedSession {
    const NAME: &'static str = "a completed session";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        let session = Self {
            objective: fields.required("objective")?,
            phases_completed: fields.required("phases_completed")?,
            results_by_phase: fields.required("results_by_phase")?,
            patterns_learned: count(fields, "patterns_learned")?,
            insights_shared: count(fields, "insights_shared")?,
            violations: fields.required("violations")?,
            completed_at: fields.required("completed_at")?,
        };
        fields.strict_rest()?;
        Ok(session)
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        to.put("objective", &self.objective)?;
        to.put("phases_completed", &self.phases_completed)?;
        to.put("results_by_phase", &self.results_by_phase)?;
        to.put("patterns_learned", &self.patterns_learned)?;
        to.put("insights_shared", &self.insights_shared)?;
        to.put("violations", &self.violations)?;
        to.put("completed_at", &self.completed_at)
    }
}

shape!(CompletedSession);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Codec, RandomIds};

    #[test]
    fn counts_are_read_from_lists_too() {
        let at = Timestamp::EPOCH;
        let session = CompletedSession::new(Objective::new(&RandomIds, at, "x"), at);
        let json = Codec::default().to_json(&session).unwrap();
        let listed = json.as_str().replace("\"patterns_learned\":0", "\"patterns_learned\":[1,{}]");
        let read: CompletedSession = serde_json::from_str(&listed).unwrap();
        assert_eq!(read.patterns_learned, 2);
        let wrong = json.as_str().replace("\"insights_shared\":0", "\"insights_shared\":\"0\"");
        assert!(serde_json::from_str::<CompletedSession>(&wrong).is_err());
    }
}
