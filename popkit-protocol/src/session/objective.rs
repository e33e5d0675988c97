//! What a session is for.

use super::Boundary;
use crate::codec::{CodecError, Reader, Record, Writer, shape};
use crate::{IdSource, MessageId, Timestamp};

/// What a session is to reach. On the wire it has exactly seven keys, which Python agents
/// read at `pop:objective`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Objective {
    /// Its id. The originals derive it from the description; ours are drawn.
    pub id: MessageId,
    /// What is to be reached.
    pub description: String,
    /// How one sees that it is reached.
    pub success_criteria: Vec<String>,
    /// What nobody may do on the way.
    pub boundaries: Vec<Boundary>,
    /// The phases, in order.
    pub phases: Vec<String>,
    /// The phase that runs, from 0. The number of phases where all are over.
    pub current_phase: u32,
    /// When it was set.
    pub created_at: Timestamp,
}

impl Objective {
    /// An objective without phases, criteria and boundaries, with a fresh id.
    #[must_use]
    pub fn new(ids: &dyn IdSource, now: Timestamp, description: impl Into<String>) -> Self {
        Self {
            id: ids.message_id(),
            description: description.into(),
            success_criteria: Vec::new(),
            boundaries: Vec::new(),
            phases: Vec::new(),
            current_phase: 0,
            created_at: now,
        }
    }

    /// With phases.
    #[must_use]
    pub fn with_phases<T: Into<String>>(mut self, phases: impl IntoIterator<Item = T>) -> Self {
        self.phases = phases.into_iter().map(Into::into).collect();
        self
    }

    /// With criteria of success.
    #[must_use]
    pub fn with_success_criteria<T: Into<String>>(
        mut self,
        criteria: impl IntoIterator<Item = T>,
    ) -> Self {
        self.success_criteria = criteria.into_iter().map(Into::into).collect();
        self
    }

    /// With boundaries.
    #[must_use]
    pub fn with_boundaries(mut self, boundaries: impl IntoIterator<Item = Boundary>) -> Self {
        self.boundaries = boundaries.into_iter().collect();
        self
    }

    /// The name of the phase that runs; `None` where all are over.
    #[must_use]
    pub fn phase(&self) -> Option<&str> {
        let at = usize::try_from(self.current_phase).ok()?;
        self.phases.get(at).map(String::as_str)
    }
}

impl Record for Objective {
    const NAME: &'static str = "an objective: an object with id, description and created_at";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        let objective = Self {
            id: fields.required("id")?,
            description: fields.required("description")?,
            success_criteria: fields.lenient("success_criteria", Vec::new())?,
            boundaries: fields.lenient("boundaries", Vec::new())?,
            phases: fields.lenient("phases", Vec::new())?,
            current_phase: fields.lenient("current_phase", 0)?,
            created_at: fields.required("created_at")?,
        };
        fields.strict_rest()?;
        Ok(objective)
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        to.put("id", &self.id)?;
        to.put("description", &self.description)?;
        to.put("success_criteria", &self.success_criteria)?;
        to.put("boundaries", &self.boundaries)?;
        to.put("phases", &self.phases)?;
        to.put("current_phase", &self.current_phase)?;
        to.put("created_at", &self.created_at)
    }
}

shape!(Objective);
