//! The task of a lost agent.

use crate::codec::{CodecError, Reader, Record, Writer, shape};
use crate::message::{Object, fraction};
use crate::{AgentId, Json, Timestamp};

/// The task of a lost agent, for whoever takes it over: an entry of `pop:tasks:orphaned`, and
/// the payload of `TASK_ORPHANED`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Orphan {
    /// Who had it.
    pub original_agent: AgentId,
    /// The name of that agent, for people.
    pub original_agent_name: String,
    /// The task, in whatever form.
    pub task: Json,
    /// How far it was, 0.0 to 1.0.
    pub progress: f64,
    /// What helps to go on from there.
    pub context: Json,
    /// When the agent was found to be lost.
    pub created_at: Timestamp,
    /// Other keys.
    pub extra: Object,
}

impl Orphan {
    /// A task of which nothing was done.
    #[must_use]
    pub fn new(
        original_agent: AgentId,
        original_agent_name: impl Into<String>,
        task: Json,
        created_at: Timestamp,
    ) -> Self {
        Self {
            original_agent,
            original_agent_name: original_agent_name.into(),
            task,
            progress: 0.0,
            context: Json::null(),
            created_at,
            extra: Object::default(),
        }
    }

    /// With a progress, brought into 0.0 to 1.0.
    #[must_use]
    pub fn with_progress(mut self, progress: f64) -> Self {
        self.progress = fraction(progress);
        self
    }

    /// With what helps to go on.
    #[must_use]
    pub fn with_context(mut self, context: Json) -> Self {
        self.context = context;
        self
    }
}

impl Record for Orphan {
    const NAME: &'static str = "an orphaned task";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        let original_agent: AgentId = fields.required("original_agent")?;
        Ok(Self {
            original_agent_name: fields.or("original_agent_name", original_agent.to_string())?,
            original_agent,
            task: fields.required("task")?,
            progress: fraction(fields.optional("progress")?.unwrap_or_default()),
            context: fields.or("context", Json::null())?,
            created_at: fields.required("created_at")?,
            extra: fields.rest(),
        })
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        to.put("original_agent", &self.original_agent)?;
        to.put("original_agent_name", &self.original_agent_name)?;
        to.put("task", &self.task)?;
        to.put("progress", &self.progress)?;
        to.put("context", &self.context)?;
        to.put("created_at", &self.created_at)?;
        to.rest(&self.extra)
    }
}

shape!(Orphan);
