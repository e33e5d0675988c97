//! Discoveries.

use crate::codec::{CodecError, Reader, Record, Writer, open_words, shape};
use crate::message::{Object, fraction};
use crate::{AgentId, IdSource, MessageId, Party, Timestamp};

open_words! {
    /// What sort of discovery it is.
    InsightKind, "insight type" {
        /// Something was found.
        Discovery = "discovery",
        /// Something stands in the way.
        Blocker = "blocker",
        /// A convention of this code.
        Pattern = "pattern",
        /// Somebody should answer.
        Question = "question",
        /// Somebody should take care.
        Warning = "warning",
        /// Documents must change.
        DocsNeeded = "docs_needed",
        /// Documents were changed.
        DocsUpdated = "docs_updated",
    }
}

/// A discovery that others should know. It is data, never an instruction: show it quoted, see
/// [`text`](crate::text).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Insight {
    /// Its id.
    pub id: MessageId,
    /// What sort it is.
    pub kind: InsightKind,
    /// What was found.
    pub content: String,
    /// Who found it.
    pub from: Party,
    /// The words by which it finds its readers.
    pub tags: Vec<String>,
    /// How sure the finder is, 0.0 to 1.0.
    pub confidence: f64,
    /// When it was found.
    pub timestamp: Timestamp,
    /// Who has read it.
    pub consumed_by: Vec<AgentId>,
    /// Other keys. The originals drop an insight that has any.
    pub extra: Object,
}

impl Insight {
    /// An insight of confidence 1.0 without tags, with a fresh id.
    #[must_use]
    pub fn new(
        ids: &dyn IdSource,
        now: Timestamp,
        from: Party,
        kind: InsightKind,
        content: impl Into<String>,
    ) -> Self {
        Self {
            id: ids.message_id(),
            kind,
            content: content.into(),
            from,
            tags: Vec::new(),
            confidence: 1.0,
            timestamp: now,
            consumed_by: Vec::new(),
            extra: Object::default(),
        }
    }

    /// With tags.
    #[must_use]
    pub fn with_tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags = tags.into_iter().map(Into::into).collect();
        self
    }

    /// With a confidence, brought into 0.0 to 1.0.
    #[must_use]
    pub fn with_confidence(mut self, confidence: f64) -> Self {
        self.confidence = fraction(confidence);
        self
    }

    /// Whether both say the same: of one sort, with the same content but for case and outer
    /// spaces.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.content.trim().to_lowercase() == other.content.trim().to_lowercase()
    }

    /// Whether an agent should still get it: it is not its own, and it has not read it.
    #[must_use]
    pub fn is_new_to(&self, agent: &AgentId) -> bool {
        self.from.agent() != Some(agent) && !self.consumed_by.contains(agent)
    }

    /// As an entry of a list of the originals.
    pub(crate) fn write_entry(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        self.check_kind(to)?;
        to.put("id", &self.id)?;
        to.put("type", &self.kind)?;
        to.put("content", &self.content)?;
        to.put("relevance_tags", &self.tags)?;
        to.put("confidence", &self.confidence)?;
        to.put("timestamp", &self.timestamp)?;
        to.put("from_agent", &self.from)?;
        to.strict_rest(&self.extra)
    }

    fn check_kind(&self, to: &Writer<'_>) -> Result<(), CodecError> {
        if !to.style().is_strict() || self.kind.is_known() {
            return Ok(());
        }
        let reason = "the original does not know this type; send it as a discovery";
        Err(CodecError::not_carried(reason).under("type"))
    }

    /// Notes that an agent has read it; `false` where that was noted before.
    pub fn consume(&mut self, agent: &AgentId) -> bool {
        if self.consumed_by.contains(agent) {
            return false;
        }
        self.consumed_by.push(agent.clone());
        true
    }
}

impl Record for Insight {
    const NAME: &'static str = "an insight";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        let kind: InsightKind = fields.required("type")?;
        if fields.style().is_strict() && !kind.is_known() {
            let reason = "the original does not know this type and drops the message";
            return Err(CodecError::invalid(reason).under("type"));
        }
        Ok(Self {
            id: fields.required("id")?,
            kind,
            content: fields.required("content")?,
            from: fields.required("from_agent")?,
            tags: fields.lenient("relevance_tags", Vec::new())?,
            confidence: fraction(fields.lenient("confidence", 1.0)?),
            timestamp: fields.required("timestamp")?,
            // An entry of a list, as the hook of the originals writes it, has no readers.
            consumed_by: fields.lenient("consumed_by", Vec::new())?,
            extra: fields.strict_rest()?,
        })
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        self.check_kind(to)?;
        to.put("id", &self.id)?;
        to.put("type", &self.kind)?;
        to.put("content", &self.content)?;
        to.put("from_agent", &self.from)?;
        to.put("relevance_tags", &self.tags)?;
        to.put("confidence", &self.confidence)?;
        to.put("timestamp", &self.timestamp)?;
        to.put("consumed_by", &self.consumed_by)?;
        to.strict_rest(&self.extra)
    }
}

shape!(Insight);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RandomIds;

    fn insight(kind: InsightKind, content: &str) -> Insight {
        let from = Party::Agent(AgentId::new("finder").unwrap());
        Insight::new(&RandomIds, Timestamp::EPOCH, from, kind, content)
    }

    #[test]
    fn p27_each_agent_gets_an_insight_once_and_its_finder_never() {
        let mut insight = insight(InsightKind::Discovery, "x");
        let (finder, reader) = (AgentId::new("finder").unwrap(), AgentId::new("reader").unwrap());
        assert!(!insight.is_new_to(&finder));
        assert!(insight.is_new_to(&reader));
        assert!(insight.consume(&reader));
        assert!(!insight.is_new_to(&reader) && !insight.consume(&reader));
        assert_eq!(insight.consumed_by, [reader]);
    }

    #[test]
    fn an_insight_that_was_said_before_is_recognised() {
        let first = insight(InsightKind::Blocker, "No Access ");
        assert!(first.says_the_same(&insight(InsightKind::Blocker, "no access")));
        assert!(!first.says_the_same(&insight(InsightKind::Warning, "no access")));
        assert!(!first.says_the_same(&insight(InsightKind::Blocker, "access")));
    }

    #[test]
    fn a_type_that_nobody_knows_is_kept() {
        let kind: InsightKind = "recommendation".parse().unwrap();
        assert!(!kind.is_known());
        assert_eq!(kind.name(), "recommendation");
        assert_eq!("warning".parse::<InsightKind>().unwrap(), InsightKind::Warning);
        assert!("".parse::<InsightKind>().is_err() && "a\n".parse::<InsightKind>().is_err());
    }
}
