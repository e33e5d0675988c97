//! What nobody may do on the way to the objective.

use std::time::Duration;

use crate::codec::{CodecError, Reader, Record, Writer, shape, words};
use crate::{Json, ParseError};

words! {
    /// What a boundary limits. Stored by its name in lower case.
    BoundaryKind, "boundary type" {
        /// Which files may be touched.
        FilePattern = "file_pattern",
        /// Which tools may be used.
        ToolRestriction = "tool_restriction",
        /// What belongs to the work.
        ScopeLimit = "scope_limit",
        /// How long it may take.
        TimeLimit = "time_limit",
        /// What it may cost.
        CostLimit = "cost_limit",
        /// What a person must allow.
        HumanGate = "human_gate",
    }
}

words! {
    /// What happens when a boundary is broken.
    ViolationAction, "violation action" {
        /// It is recorded.
        Alert = "alert",
        /// It is refused.
        Block = "block",
        /// A person must decide.
        HumanRequired = "human_required",
    }
}

/// A limit of a session. On the wire it has exactly five keys, and one that is not understood
/// is refused: a guard must not run without a limit that somebody set.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Boundary {
    /// What it limits.
    pub kind: BoundaryKind,
    /// For people.
    pub description: String,
    /// The limit itself: a text or a list of texts, or a number.
    pub value: Json,
    /// Whether it counts.
    pub enforced: bool,
    /// What happens when it is broken.
    pub violation_action: ViolationAction,
}

impl Boundary {
    /// A boundary that counts.
    #[must_use]
    pub fn new(
        kind: BoundaryKind,
        description: impl Into<String>,
        value: Json,
        violation_action: ViolationAction,
    ) -> Self {
        let description = description.into();
        Self { kind, description, value, enforced: true, violation_action }
    }

    /// The run time, in seconds; when it is up a person must decide.
    ///
    /// # Errors
    ///
    /// [`ParseError`] never in practice: a number always has a JSON form.
    pub fn time_limit(span: Duration) -> Result<Self, ParseError> {
        let seconds = span.as_secs();
        let value = Json::encode(&seconds)
            .map_err(|e| ParseError::new("time limit", &seconds.to_string(), e.to_string()))?;
        let description = format!("at most {}", crate::duration::format(span));
        let kind = BoundaryKind::TimeLimit;
        Ok(Self::new(kind, description, value, ViolationAction::HumanRequired))
    }

    /// Whether it counts.
    #[must_use]
    pub fn with_enforced(mut self, enforced: bool) -> Self {
        self.enforced = enforced;
        self
    }

    /// The value as texts: of one text, or of a list of texts. `None` for anything else.
    #[must_use]
    pub fn texts(&self) -> Option<Vec<String>> {
        let one = || self.value.decode::<String>().map(|text| vec![text]);
        self.value.decode().or_else(|_| one()).ok()
    }

    /// The value as a number: seconds of a time limit, the amount of a cost limit.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        self.value.decode().ok()
    }
}

impl Record for Boundary {
    const NAME: &'static str = "a boundary: an object with type, description, value, enforced \
                                and violation_action";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        let boundary = Self {
            kind: fields.required("type")?,
            description: fields.required("description")?,
            value: fields.required("value")?,
            enforced: fields.lenient("enforced", true)?,
            violation_action: fields.required("violation_action")?,
        };
        fields.strict_rest()?;
        Ok(boundary)
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        to.put("type", &self.kind)?;
        to.put("description", &self.description)?;
        to.put("value", &self.value)?;
        to.put("enforced", &self.enforced)?;
        to.put("violation_action", &self.violation_action)
    }
}

shape!(Boundary);
