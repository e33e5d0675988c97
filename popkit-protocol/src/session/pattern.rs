//! What was learned from results.

use sha2::{Digest, Sha256};

use crate::codec::{CodecError, Reader, Record, Writer, shape, words};
use crate::message::{Object, fraction};
use crate::{MessageId, Timestamp};

words! {
    /// How an approach turned out.
    PatternOutcome, "pattern outcome" {
        /// It led to the goal.
        Success = "success",
        /// It did not: to be avoided.
        Failure = "failure",
    }
}

/// An approach, the circumstances, how it turned out, and how sure that is. Kept at
/// `pop:patterns:{id}`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Pattern {
    /// Its id: the same for the same approach in the same context.
    pub id: MessageId,
    /// How the work was done.
    pub approach: String,
    /// In which circumstances.
    pub context: String,
    /// How it turned out when it was first seen.
    pub outcome: PatternOutcome,
    /// How sure that is, 0.0 to 1.0.
    pub confidence: f64,
    /// How often it was seen.
    pub seen: u64,
    /// When it was last seen.
    pub updated_at: Timestamp,
    /// Other keys.
    pub extra: Object,
}

impl Pattern {
    /// The confidence of a pattern whose result did not say how sure it is.
    pub const CONFIDENCE: f64 = 0.5;
    /// A pattern of a greater confidence is recommended, or warned of.
    pub const RECOMMENDED_ABOVE: f64 = 0.6;

    /// A pattern that was seen once.
    #[must_use]
    pub fn new(
        now: Timestamp,
        approach: impl Into<String>,
        context: impl Into<String>,
        outcome: PatternOutcome,
    ) -> Self {
        let (approach, context) = (approach.into(), context.into());
        Self {
            id: Self::id_of(&approach, &context),
            approach,
            context,
            outcome,
            confidence: Self::CONFIDENCE,
            seen: 1,
            updated_at: now,
            extra: Object::default(),
        }
    }

    /// With a confidence, brought into 0.0 to 1.0.
    #[must_use]
    pub fn with_confidence(mut self, confidence: f64) -> Self {
        self.confidence = fraction(confidence);
        self
    }

    /// The id of an approach in a context: 16 hex digits.
    #[must_use]
    pub fn id_of(approach: &str, context: &str) -> MessageId {
        let mut hash = Sha256::new();
        // The length keeps the two apart.
        hash.update(u64::try_from(approach.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(approach);
        hash.update(context);
        let digits: String = hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect();
        MessageId::new(&digits).unwrap_or_else(|_| unreachable!("hex digits are a valid id"))
    }

    /// The confidence after the approach turned out once more: 0.1 more where it turned out
    /// the same, else 0.2 less, within 0.0 to 1.0.
    #[must_use]
    pub fn confidence_after(confidence: f64, same: bool) -> f64 {
        // In hundredths, so that ten steps of a tenth are one.
        let hundredths = (fraction(confidence) * 100.0).round();
        fraction((hundredths + if same { 10.0 } else { -20.0 }) / 100.0)
    }

    /// Notes that the approach turned out once more.
    pub fn observe(&mut self, now: Timestamp, outcome: PatternOutcome) {
        self.confidence = Self::confidence_after(self.confidence, outcome == self.outcome);
        self.seen = self.seen.saturating_add(1);
        self.updated_at = now;
    }

    /// Whether it says something about work that is described so: it is sure enough, and its
    /// context is part of the description, whatever the case.
    #[must_use]
    pub fn fits(&self, query: &str) -> bool {
        let context = self.context.trim().to_lowercase();
        self.confidence > Self::RECOMMENDED_ABOVE
            && !context.is_empty()
            && query.to_lowercase().contains(&context)
    }
}

impl Record for Pattern {
    const NAME: &'static str = "a pattern";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self {
            id: fields.required("id")?,
            approach: fields.required("approach")?,
            context: fields.required("context")?,
            outcome: fields.required("outcome")?,
            confidence: fraction(fields.required("confidence")?),
            seen: fields.or("seen", 1)?,
            updated_at: fields.required("updated_at")?,
            extra: fields.rest(),
        })
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        to.put("id", &self.id)?;
        to.put("approach", &self.approach)?;
        to.put("context", &self.context)?;
        to.put("outcome", &self.outcome)?;
        to.put("confidence", &self.confidence)?;
        to.put("seen", &self.seen)?;
        to.put("updated_at", &self.updated_at)?;
        to.rest(&self.extra)
    }
}

shape!(Pattern);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_grows_slowly_and_falls_fast() {
        for (before, same, after) in
            [(0.5, true, 0.6), (0.5, false, 0.3), (0.95, true, 1.0), (0.1, false, 0.0)]
        {
            assert_eq!(Pattern::confidence_after(before, same), after, "{before} {same}");
        }
        let grown = (0..10).fold(0.0, |confidence, _| Pattern::confidence_after(confidence, true));
        assert_eq!(grown, 1.0);
        assert_eq!(Pattern::confidence_after(f64::NAN, true), 0.1);
    }

    #[test]
    fn a_pattern_speaks_up_when_it_is_sure_and_fits() {
        let at = Timestamp::EPOCH;
        let mut pattern = Pattern::new(at, "mock the clock", "Flaky test", PatternOutcome::Success);
        assert!(!pattern.fits("a flaky test"), "not sure yet");
        pattern.observe(at, PatternOutcome::Success);
        assert!(!pattern.fits("a flaky test"), "0.6 is not above 0.6");
        pattern.observe(at, PatternOutcome::Success);
        assert!(pattern.fits("there is a FLAKY TEST again") && !pattern.fits("flaky"));
        assert_eq!(pattern.seen, 3);
        pattern.observe(at, PatternOutcome::Failure);
        assert!(!pattern.fits("a flaky test"));
    }

    #[test]
    fn different_patterns_have_different_ids() {
        assert_eq!(Pattern::id_of("a", "b"), Pattern::id_of("a", "b"));
        assert_ne!(Pattern::id_of("ab", "c"), Pattern::id_of("a", "bc"));
    }
}
