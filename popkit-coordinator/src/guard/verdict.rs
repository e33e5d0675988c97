//! What the guard says.

use std::fmt;

/// Why a tool call is not simply made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Objection {
    /// What it breaks: a pattern, or the description of a boundary.
    pub rule: String,
    /// In one line, for the agent.
    pub reason: String,
}

impl Objection {
    /// An objection.
    #[must_use]
    pub fn new(rule: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { rule: rule.into(), reason: reason.into() }
    }
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// What the guard says about a tool call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Verdict {
    /// It does not object. That is no permission: the host decides as it would without a guard.
    #[default]
    Silent,
    /// A person must be asked.
    Ask(Objection),
    /// It must not be made.
    Deny(Objection),
}

impl Verdict {
    /// The worse of two; of two that are as bad the first.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        if other.weight() > self.weight() { other } else { self }
    }

    /// Why, where it objects.
    #[must_use]
    pub fn objection(&self) -> Option<&Objection> {
        match self {
            Self::Silent => None,
            Self::Ask(objection) | Self::Deny(objection) => Some(objection),
        }
    }

    fn weight(&self) -> u8 {
        match self {
            Self::Silent => 0,
            Self::Ask(_) => 1,
            Self::Deny(_) => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_lowers_a_verdict() {
        let because = |rule: &str| Objection::new(rule, "x");
        let all = [
            Verdict::Silent,
            Verdict::Ask(because("a")),
            Verdict::Deny(because("b")),
            Verdict::Ask(because("c")),
            Verdict::Silent,
        ];
        for (at, one) in all.iter().enumerate() {
            for other in &all[at..] {
                let worst = one.clone().worst(other.clone());
                assert!(worst.weight() >= one.weight().max(other.weight()));
                assert!(worst == *one || worst == *other);
            }
        }
        let first = Verdict::Ask(because("a")).worst(Verdict::Ask(because("c")));
        assert_eq!(first.objection().unwrap().rule, "a");
    }
}
