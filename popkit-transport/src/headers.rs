//! What travels beside a payload.

use std::sync::Arc;

use crate::{Error, ErrorKind, Result};

/// A few named texts beside a payload: a signature, a trace context. Names are kept in the
/// order they were set; setting one again replaces it. Cloning is cheap.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Headers(Arc<Vec<(String, String)>>);

impl Headers {
    /// Names of one message.
    pub const MAX_COUNT: usize = 16;
    /// Bytes of all names and values of one message.
    pub const MAX_BYTES: usize = 4096;

    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        let all = Arc::make_mut(&mut self.0);
        match all.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => all.push((name, value)),
        }
        self
    }

    /// The value of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Checks names and sizes: names are 1 to 64 lower-case letters, digits, `-` and `_`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` with the limit that is broken.
    pub fn check(&self) -> Result<()> {
        let refuse = |message: String| Err(Error::new(ErrorKind::InvalidInput, message));
        if self.0.len() > Self::MAX_COUNT {
            return refuse(format!("{} headers; the limit is {}", self.0.len(), Self::MAX_COUNT));
        }
        let allowed =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
        for (name, _) in self.iter() {
            if !(1..=64).contains(&name.len()) || !name.bytes().all(allowed) {
                let expected = "1 to 64 lower-case letters, digits, `-` and `_`";
                return refuse(format!("header name {name:?}; expected {expected}"));
            }
        }
        let bytes: usize = self.iter().map(|(name, value)| name.len() + value.len()).sum();
        if bytes > Self::MAX_BYTES {
            return refuse(format!("{bytes} bytes of headers; the limit is {}", Self::MAX_BYTES));
        }
        Ok(())
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        pairs.into_iter().fold(Self::new(), |all, (name, value)| all.with(name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_of_a_name_counts() {
        let headers = Headers::new().with("a", "1").with("b", "2").with("a", "3");
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("a", "3"), ("b", "2")]);
        assert_eq!((headers.get("a"), headers.get("c")), (Some("3"), None));
    }

    #[test]
    fn limits_are_named() {
        let many = (0..17).map(|n| (format!("h{n}"), "")).collect::<Headers>();
        assert!(many.check().unwrap_err().to_string().contains("the limit is 16"));
        for bad in ["", "A", "a b", "ä", &"x".repeat(65)] {
            assert!(Headers::new().with(bad, "").check().is_err(), "{bad:?}");
        }
        assert!(Headers::new().with("a", "x".repeat(4095)).check().is_ok());
        assert!(Headers::new().with("a", "x".repeat(4096)).check().is_err());
    }
}
