//! What a session's keys follow from.

use std::fmt;
use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use popkit_protocol::{IdSource, Party};
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::Sha256;

use super::hex;
use super::key::SigningKey;
use crate::{Error, ErrorKind, Result};

/// Bytes of the shortest secret.
const MIN_BYTES: usize = 16;

/// The secret of a session: the keys of all its parties follow from it. Whoever holds it can
/// verify every message of the session, and sign as everybody: the coordinator's process,
/// and nobody's agent.
///
/// It is wiped from memory when the last clone is dropped, and is shown by no `Debug`.
#[derive(Clone)]
pub struct SessionSecret(Arc<SecretSlice<u8>>);

impl SessionSecret {
    /// Takes the secret: at least 16 bytes, of which nobody can guess any.
    ///
    /// # Errors
    ///
    /// `InvalidConfig` for a shorter one.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self> {
        let bytes = SecretSlice::from(bytes.into());
        let found = bytes.expose_secret().len();
        if found < MIN_BYTES {
            let message = format!(
                "the session secret has {found} bytes; use {MIN_BYTES} random ones or more"
            );
            return Err(Error::new(ErrorKind::InvalidConfig, message));
        }
        Ok(Self(Arc::new(bytes)))
    }

    /// A new one, of 32 bytes. The source must be unpredictable, as
    /// [`RandomIds`](popkit_protocol::RandomIds) is.
    #[must_use]
    pub fn draw(ids: &dyn IdSource) -> Self {
        let bytes = [ids.draw().to_be_bytes(), ids.draw().to_be_bytes()].concat();
        Self(Arc::new(bytes.into()))
    }

    /// Reads what [`expose_hex`](Self::expose_hex) gave.
    ///
    /// # Errors
    ///
    /// `InvalidConfig` for other text; the text is not shown.
    pub fn from_hex(text: &str) -> Result<Self> {
        let bytes = hex::decode(text.trim()).ok_or_else(|| {
            let message = "the session secret is not lower-case hex digits";
            Error::new(ErrorKind::InvalidConfig, message)
        })?;
        Self::new(bytes)
    }

    /// The secret as text: to be kept where only the coordinator's user can read it.
    #[must_use]
    pub fn expose_hex(&self) -> String {
        hex::encode(self.0.expose_secret())
    }

    /// The key with which a party signs; give it to that party alone.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for [`Party::Everyone`], as whom nobody signs.
    pub fn key_of(&self, party: &Party) -> Result<SigningKey> {
        let derived = Hmac::<Sha256>::new_from_slice(self.0.expose_secret())
            .unwrap_or_else(|_| unreachable!("HMAC takes keys of every length"))
            .chain_update("popkit v1 agent")
            .chain_update(party.as_str())
            .finalize();
        SigningKey::new(party.clone(), derived.into_bytes().into())
    }
}

impl fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    use popkit_protocol::{AgentId, RandomIds};

    use super::*;

    fn agent(name: &str) -> Party {
        Party::Agent(AgentId::new(name).unwrap())
    }

    #[test]
    fn keys_are_those_of_the_documentation() {
        // Computed by Python's hmac module.
        let secret = SessionSecret::new(b"0123456789abcdef".to_vec()).unwrap();
        let expected = "ac1da98000bf3102e6a27d89fec4ba2a7ec935141e9ef1c0ec19599d61a0da59";
        assert_eq!(secret.key_of(&agent("builder-1")).unwrap().expose_hex(), expected);
    }

    #[test]
    fn every_party_has_a_key_of_its_own() {
        let secret = SessionSecret::draw(&RandomIds);
        let mut keys: Vec<String> =
            [agent("a"), agent("A"), agent("b"), Party::Coordinator, Party::Human]
                .iter()
                .map(|party| secret.key_of(party).unwrap().expose_hex())
                .collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 5);
        let error = secret.key_of(&Party::Everyone).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn a_secret_survives_its_text_and_is_not_shown() {
        let secret = SessionSecret::draw(&RandomIds);
        let text = secret.expose_hex();
        assert_eq!(text.len(), 64);
        assert_eq!(SessionSecret::from_hex(&format!("{text}\n")).unwrap().expose_hex(), text);
        assert_eq!(format!("{secret:?}"), "SessionSecret(..)");
    }

    #[test]
    fn weak_and_damaged_secrets_are_refused_without_being_shown() {
        for bad in ["", "abcd", "00112233445566778899aabbccddee", "no hex digits at all, no"] {
            let error = SessionSecret::from_hex(bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{bad:?}");
            assert!(bad.is_empty() || !error.to_string().contains(bad), "{error}");
        }
    }
}
