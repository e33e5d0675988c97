//! The digest of an action.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::ParseError;
use crate::codec::named;

/// The digest of an exact action, as text: 64 lower-case hex digits of SHA-256.
///
/// ```
/// use popkit_protocol::session::ActionDigest;
///
/// let digest = ActionDigest::of("git push origin main");
/// assert_ne!(digest, ActionDigest::of("git push origin  main"));
/// assert_eq!(digest.to_string().parse::<ActionDigest>()?, digest);
/// # Ok::<(), popkit_protocol::ParseError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActionDigest([u8; 32]);

impl ActionDigest {
    /// Of an action, to the letter.
    #[must_use]
    pub fn of(action: &str) -> Self {
        Self(Sha256::digest(action).into())
    }
}

impl fmt::Display for ActionDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ActionDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ActionDigest({self})")
    }
}

impl FromStr for ActionDigest {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let refuse = || ParseError::new("action digest", text, "expected 64 lower-case hex digits");
        let digit = |b: u8| char::from(b).to_digit(16).filter(|_| !b.is_ascii_uppercase());
        if text.len() != 64 {
            return Err(refuse());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let mut digits = pair.iter().map(|b| digit(*b));
            let value = digits.try_fold(0, |all, digit| Some(all << 4 | digit?));
            *byte = value.and_then(|value| u8::try_from(value).ok()).ok_or_else(refuse)?;
        }
        Ok(Self(bytes))
    }
}

named! { ActionDigest = "a digest" }
