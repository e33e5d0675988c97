//! A person must decide.

use super::Object;
use crate::Json;
use crate::codec::{CodecError, Reader, Record, Writer};

/// The request for a decision. What it asks for is text of an agent: show it as such, and
/// never take it for the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HumanRequired {
    /// What is to be decided.
    pub decision_needed: String,
    /// What one has to know for it: text or an object.
    pub context: Json,
    /// The possible answers.
    pub options: Vec<String>,
    /// What the agent would do.
    pub recommendation: Option<String>,
    /// Other keys.
    pub extra: Object,
}

impl HumanRequired {
    /// The options where none are given.
    pub const OPTIONS: [&'static str; 2] = ["approve", "deny"];

    /// A request to approve or deny.
    #[must_use]
    pub fn new(decision_needed: impl Into<String>) -> Self {
        Self {
            decision_needed: decision_needed.into(),
            context: Json::null(),
            options: options(),
            recommendation: None,
            extra: Object::default(),
        }
    }

    /// With what one has to know.
    #[must_use]
    pub fn with_context(mut self, context: Json) -> Self {
        self.context = context;
        self
    }

    /// With other answers.
    #[must_use]
    pub fn with_options<T: Into<String>>(mut self, all: impl IntoIterator<Item = T>) -> Self {
        self.options = all.into_iter().map(Into::into).collect();
        self
    }

    /// With what the agent would do.
    #[must_use]
    pub fn with_recommendation(mut self, text: impl Into<String>) -> Self {
        self.recommendation = Some(text.into());
        self
    }
}

fn options() -> Vec<String> {
    HumanRequired::OPTIONS.map(str::to_owned).into()
}

impl Record for HumanRequired {
    const NAME: &'static str = "a request for a decision";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self {
            decision_needed: fields.required("decision_needed")?,
            context: fields.or("context", Json::null())?,
            options: fields.or("options", options())?,
            recommendation: fields.optional("recommendation")?,
            extra: fields.rest(),
        })
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        to.put("decision_needed", &self.decision_needed)?;
        to.put("context", &self.context)?;
        to.put("options", &self.options)?;
        to.put("recommendation", &self.recommendation)?;
        to.rest(&self.extra)
    }
}
