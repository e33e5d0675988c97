//! What came out of an agent's work.

use popkit_protocol::{Object, ParseError};
use serde::Serialize;

/// What came out of a phase or a task. From how it was done, where it says so, the session
/// learns.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// Whether it went well.
    pub success: bool,
    /// What went wrong.
    pub error: Option<String>,
    /// How it was done.
    pub approach: Option<String>,
    /// In which circumstances.
    pub context: Option<String>,
    /// How sure the agent is, 0.0 to 1.0.
    pub confidence: Option<f64>,
    /// Tokens used since the agent last said so.
    pub tokens: u64,
    /// What that cost, in millionths of the currency.
    pub cost_micros: u64,
    /// All else.
    pub body: Object,
}

impl Report {
    fn new(success: bool) -> Self {
        Self {
            success,
            error: None,
            approach: None,
            context: None,
            confidence: None,
            tokens: 0,
            cost_micros: 0,
            body: Object::default(),
        }
    }

    /// It went well.
    #[must_use]
    pub fn done() -> Self {
        Self::new(true)
    }

    /// It did not.
    #[must_use]
    pub fn failed(error: impl Into<String>) -> Self {
        Self { error: Some(error.into()), ..Self::new(false) }
    }

    /// Done in this way, in these circumstances.
    #[must_use]
    pub fn with_approach(
        mut self,
        approach: impl Into<String>,
        context: impl Into<String>,
    ) -> Self {
        self.approach = Some(approach.into());
        self.context = Some(context.into());
        self
    }

    /// As sure as this, brought into 0.0 to 1.0.
    #[must_use]
    pub fn with_confidence(mut self, confidence: f64) -> Self {
        let confidence = if confidence.is_nan() { 0.0 } else { confidence };
        self.confidence = Some(confidence.clamp(0.0, 1.0));
        self
    }

    /// Having used so much since the agent last said so.
    #[must_use]
    pub fn with_usage(mut self, tokens: u64, cost_micros: u64) -> Self {
        (self.tokens, self.cost_micros) = (tokens, cost_micros);
        self
    }

    /// With a value under a key of its own.
    ///
    /// # Errors
    ///
    /// [`ParseError`] where the value has no JSON form, or one that is nested too deep.
    pub fn with<T: Serialize + ?Sized>(mut self, key: &str, value: &T) -> Result<Self, ParseError> {
        self.body = self.body.with(key, value)?;
        Ok(self)
    }

    /// The payload. The documented keys win over those of the body.
    pub(in crate::agent::handle) fn into_body(self) -> Result<Object, ParseError> {
        let mut body = self.body.with("success", &self.success)?;
        for (key, text) in
            [("error", self.error), ("approach", self.approach), ("context", self.context)]
        {
            if let Some(text) = text {
                body = body.with(key, &text)?;
            }
        }
        if let Some(confidence) = self.confidence {
            body = body.with("confidence", &confidence)?;
        }
        if self.tokens > 0 || self.cost_micros > 0 {
            let usage = Object::default().with("tokens", &self.tokens)?;
            body = body.with_extension("usage", &usage.with("cost_micros", &self.cost_micros)?)?;
        }
        Ok(body)
    }
}

#[cfg(test)]
mod tests {
    use popkit_protocol::message::ResultMessage;

    use super::*;

    #[test]
    fn a_report_says_what_the_coordinator_reads() {
        let report = Report::failed("no tests").with_approach("copy", "parser");
        let report = report.with_confidence(3.0).with_usage(5, 0).with("files", &["a.rs"]).unwrap();
        let result = ResultMessage::new(report.into_body().unwrap());
        assert_eq!((result.success(), result.confidence()), (Some(false), Some(1.0)));
        assert_eq!(result.approach().as_deref(), Some("copy"));
        let usage: Object = result.body.extension("usage").unwrap();
        assert_eq!((usage.get("tokens"), usage.get("cost_micros")), (Some(5), Some(0)));
        assert_eq!(result.body.get("error"), Some("no tests".to_owned()));
        assert_eq!(result.body.get("files"), Some(vec!["a.rs".to_owned()]));
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        let body = Report::done().into_body().unwrap();
        assert_eq!(body.keys(), ["success"]);
    }
}
