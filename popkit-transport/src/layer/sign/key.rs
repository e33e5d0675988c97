//! What a party signs with.

use std::fmt;
use std::sync::Arc;

use hmac::{Hmac, KeyInit as _};
use popkit_protocol::Party;
use secrecy::{ExposeSecret as _, SecretBox};
use sha2::Sha256;

use super::hex;
use crate::{Error, ErrorKind, Result};

/// The key of one party. Whoever holds it can sign as that party, and as no other, and can
/// verify what that party signs.
///
/// It is wiped from memory when the last clone is dropped, and is shown by no `Debug`.
#[derive(Clone)]
pub struct SigningKey {
    party: Party,
    key: Arc<SecretBox<[u8; 32]>>,
}

impl SigningKey {
    pub(super) fn new(party: Party, key: [u8; 32]) -> Result<Self> {
        if party == Party::Everyone {
            let message = "nobody signs as `*`; use an agent's id, coordinator or human";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        Ok(Self { party, key: Arc::new(SecretBox::new(Box::new(key))) })
    }

    /// Reads what [`expose_hex`](Self::expose_hex) gave: how an agent gets its key.
    ///
    /// # Errors
    ///
    /// `InvalidConfig` for other text, which is not shown; `InvalidInput` for
    /// [`Party::Everyone`].
    pub fn from_hex(party: Party, text: &str) -> Result<Self> {
        let bytes = hex::decode(text.trim());
        let key = bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
            let message = format!("the key of {party} is not 64 lower-case hex digits");
            Error::new(ErrorKind::InvalidConfig, message)
        })?;
        Self::new(party, key)
    }

    /// The key as text: for the process of its party alone.
    #[must_use]
    pub fn expose_hex(&self) -> String {
        hex::encode(self.key.expose_secret())
    }

    /// Whose key it is.
    #[must_use]
    pub fn party(&self) -> &Party {
        &self.party
    }

    pub(super) fn mac(&self) -> Hmac<Sha256> {
        Hmac::new_from_slice(self.key.expose_secret())
            .unwrap_or_else(|_| unreachable!("HMAC takes keys of every length"))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, ..)", self.party)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_text_and_is_not_shown() {
        let key = SigningKey::new(Party::Human, [7; 32]).unwrap();
        let text = key.expose_hex();
        assert_eq!(SigningKey::from_hex(Party::Human, &text).unwrap().expose_hex(), text);
        assert_eq!(format!("{key:?}"), "SigningKey(human, ..)");
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_shown() {
        for bad in ["", "0707", &"07".repeat(33), &"x".repeat(64)] {
            let error = SigningKey::from_hex(Party::Coordinator, bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{bad:?}");
            assert!(bad.is_empty() || !error.to_string().contains(bad), "{error}");
        }
        assert!(SigningKey::from_hex(Party::Everyone, &"07".repeat(32)).is_err());
    }
}
