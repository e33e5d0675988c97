//! A limit was broken.

use super::Object;

/// An agent broke a limit, or wants to: any object, of which four keys are read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct BoundaryAlert {
    /// The whole object.
    pub body: Object,
}

impl BoundaryAlert {
    /// Takes the object.
    #[must_use]
    pub fn new(body: Object) -> Self {
        Self { body }
    }

    /// Whether a person must decide. Where the key is there and no truth value, one must.
    #[must_use]
    pub fn requires_human(&self) -> bool {
        let is_there = self.body.keys().iter().any(|key| key == "requires_human");
        self.body.get("requires_human").unwrap_or(is_there)
    }

    /// Which limit.
    #[must_use]
    pub fn description(&self) -> Option<String> {
        self.body.get("description")
    }

    /// Why it was broken.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        self.body.get("reason")
    }

    /// What to do instead.
    #[must_use]
    pub fn suggestion(&self) -> Option<String> {
        self.body.get("suggestion")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_needs_a_person() {
        let alert = |body: Object| BoundaryAlert::new(body).requires_human();
        let with = |value: &str| Object::default().with("requires_human", value).unwrap();
        assert!(!alert(Object::default()));
        assert!(!alert(Object::default().with("requires_human", &false).unwrap()));
        assert!(alert(Object::default().with("requires_human", &true).unwrap()));
        assert!(alert(with("no")) && alert(with("")));
    }
}
