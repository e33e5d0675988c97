//! What the coordinator says about the objective.

use super::Object;
use crate::Json;
use crate::codec::{CodecError, Reader, Record, Writer};

/// A phase begins, or the objective is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ObjectiveUpdate {
    /// A phase begins.
    Phase(PhaseStart),
    /// All phases are over.
    Complete {
        /// What came out.
        summary: Object,
        /// Other keys.
        extra: Object,
    },
}

/// The beginning of a phase.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PhaseStart {
    /// Its name.
    pub phase: String,
    /// Its number, from 0.
    pub phase_index: u32,
    /// What was learned that fits this phase; texts or objects.
    pub recommendations: Vec<Json>,
    /// What came out of the phase before.
    pub previous_results: Vec<Json>,
    /// Other keys.
    pub extra: Object,
}

impl PhaseStart {
    /// The beginning of a phase of which nothing is known yet.
    #[must_use]
    pub fn new(phase: impl Into<String>, phase_index: u32) -> Self {
        Self {
            phase: phase.into(),
            phase_index,
            recommendations: Vec::new(),
            previous_results: Vec::new(),
            extra: Object::default(),
        }
    }

    /// With what was learned.
    #[must_use]
    pub fn with_recommendations(mut self, all: impl IntoIterator<Item = Json>) -> Self {
        self.recommendations = all.into_iter().collect();
        self
    }

    /// With what came out of the phase before.
    #[must_use]
    pub fn with_previous_results(mut self, all: impl IntoIterator<Item = Json>) -> Self {
        self.previous_results = all.into_iter().collect();
        self
    }
}

impl ObjectiveUpdate {
    /// The objective is reached.
    #[must_use]
    pub fn complete(summary: Object) -> Self {
        Self::Complete { summary, extra: Object::default() }
    }
}

/// The only status of the documentation.
const COMPLETE: &str = "complete";

impl Record for ObjectiveUpdate {
    const NAME: &'static str = "an update of the objective";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        if fields.has("status") {
            let status: String = fields.required("status")?;
            if status != COMPLETE {
                let reason = "expected `complete`, or the keys of a phase and no status";
                return Err(CodecError::invalid(reason).under("status"));
            }
            let summary = fields.required("summary")?;
            return Ok(Self::Complete { summary, extra: fields.rest() });
        }
        Ok(Self::Phase(PhaseStart {
            phase: fields.required("phase")?,
            phase_index: fields.required("phase_index")?,
            recommendations: fields.or("recommendations", Vec::new())?,
            previous_results: fields.or("previous_results", Vec::new())?,
            extra: fields.rest(),
        }))
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        match self {
            Self::Phase(start) => {
                to.put("phase", &start.phase)?;
                to.put("phase_index", &start.phase_index)?;
                to.put("recommendations", &start.recommendations)?;
                to.put("previous_results", &start.previous_results)?;
                to.rest(&start.extra)
            }
            Self::Complete { summary, extra } => {
                to.text("status", COMPLETE)?;
                to.put("summary", summary)?;
                to.rest(extra)
            }
        }
    }
}
